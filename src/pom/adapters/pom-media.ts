/**
 * Lists the media that POM knows, and runs its copying to one. Its messages decide nothing, and none that contains a
 * key is shown.
 */
import { z } from 'zod';
import { PommgrError } from '../../core/domain/errors.ts';
import { shownOutput } from '../domain/pom-output.ts';
import type { Pom } from './pom.ts';
import { run } from '../../core/adapters/process.ts';
import { pomIdleSeconds } from './pom-run.ts';
import { watchForStall, type StallWatch } from './stall-watch.ts';

const pomMediumSchema = z.object({ id: z.string(), mountpoint: z.string(), mirrors: z.array(z.string()) });
/** An element of `config media list --output-format json`. */
export type PomMedium = z.infer<typeof pomMediumSchema>;

type Program = Pick<Pom, 'path' | 'configFile'>;

/** Sorted by id. @throws PommgrError `tool.output`, `tool.failed` */
export async function listPomMedia({ path, configFile }: Program): Promise<PomMedium[]> {
  const args = ['config', 'media', 'list', '--config', configFile, '--output-format', 'json'];
  const { stdout } = await run(path, args, { redact: shownOutput });
  const result = z.array(pomMediumSchema).safeParse(parseJson(stdout));
  if (result.success) return result.data.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  throw new PommgrError('tool.output', `${path} config media list gave an answer that pommgr cannot read.`, {
    hints: ['This version of Proxmox Offline Mirror may be too new: look for a newer pommgr.'],
    details: { program: path },
  });
}

/**
 * Copies all snapshots of the medium's mirrors, and the subscriptions, to it; deletes there what is no longer in the
 * base-dir.
 * @throws PommgrError `tool.failed`, `tool.stalled`, `interrupted.signal`
 */
export async function syncPomMedium(
  { path, configFile }: Program,
  id: string,
  { stallMs, signal }: { stallMs: number; signal: AbortSignal },
): Promise<void> {
  const stalled = new AbortController();
  let watch: StallWatch | undefined;
  try {
    await run(path, ['medium', 'sync', id, '--config', configFile], {
      signal: AbortSignal.any([signal, stalled.signal]),
      redact: shownOutput,
      idleSeconds: pomIdleSeconds,
      onStart: (processId) => {
        watch = watchForStall(processId, stallMs, () => stalled.abort());
      },
      onOutput: () => watch?.sawOutput(),
      hints: [`Try it by hand: ${path} medium sync ${id} --config ${configFile}`],
    });
  } catch (error) {
    if (!stalled.signal.aborted || signal.aborted) throw error;
    throw new PommgrError(
      'tool.stalled',
      `Proxmox Offline Mirror did nothing for ${stallMs / 60_000} minutes while it filled the medium ${id}.`,
      {
        hints: ['Check the medium and its connection, then run the same command again: it goes on.'],
        details: { medium: id },
        cause: error,
      },
    );
  } finally {
    watch?.stop();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text is not quoted: invalid JSON may contain anything.
    return undefined;
  }
}
