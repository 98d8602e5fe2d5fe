/** Reads files of /etc/pve. They count only while pmxcfs is mounted there: an empty directory says nothing. */
import { join } from 'node:path';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import type { GateFacts } from '../domain/check.ts';
import { unknownFact, type Answer } from '../../core/domain/fact.ts';
import { askFile, type Asking } from './ask.ts';

/** Where pmxcfs(8) is mounted. */
export const usualClusterFiles = '/etc/pve';

/** Guests' configuration files are named by their numbers: qm.conf(5), pct.conf(5). */
export async function readGuestConfigs(node: string, asking: Asking): Promise<GateFacts['guestConfigs']> {
  const source = join(asking.clusterFiles, 'nodes', node);
  const mounted = await askMounted(asking);
  if ('failure' in mounted) return unknownFact(mounted.source, mounted.failure);
  const configs = new Map<number, string>();
  for (const kind of ['qemu-server', 'lxc']) {
    for (const name of await listDirectory(join(source, kind))) {
      const vmid = Number(/^([1-9][0-9]*)\.conf$/.exec(name)?.[1]);
      if (Number.isNaN(vmid)) continue;
      const answer = await askFile(join(source, kind, name), asking);
      if ('failure' in answer) return unknownFact(answer.source, answer.failure);
      configs.set(vmid, answer.text);
    }
  }
  return { isKnown: true, source, at: mounted.at, value: configs };
}

/** A file that does not exist is an empty text. */
export async function askClusterFile(name: string, asking: Asking): Promise<Answer> {
  const mounted = await askMounted(asking);
  return 'failure' in mounted ? mounted : askFile(join(asking.clusterFiles, name), asking, '');
}

/** pmxcfs provides `.members` itself, exactly while it is mounted. */
function askMounted(asking: Asking): Promise<Answer> {
  return askFile(join(asking.clusterFiles, '.members'), asking);
}
