/** Runs `ceph` commands that answer in JSON. */
import type { Answer } from '../../core/domain/fact.ts';
import { askProgram, type Asking } from './ask.ts';

/** `ceph osd ok-to-stop` fails with EBUSY where the answer is no, and prints the same JSON. */
const notOkToStop = 16;

export function askCommand(words: readonly string[], asking: Asking): Promise<Answer> {
  return askProgram('ceph', ['--connect-timeout', '10', ...words, '--format', 'json'], {
    ...asking,
    accept: [0, notOkToStop],
  });
}

/** Returns whether `/etc/pve/ceph.conf` says that the cluster has a Ceph of its own. */
export function hasCeph(cephConfig: Answer): boolean {
  return !('failure' in cephConfig) && cephConfig.text.trim() !== '';
}

/** The answer in the place of one for which nobody was asked. */
export function unasked(at: string): Answer {
  return { source: 'ceph', at, failure: 'it was not asked' };
}
