/** Brings POM's config in line with ours by POM's own commands; pommgr never writes POM's file. */
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { dirname, join } from 'node:path';
import { withDir } from 'tmp-promise';
import { entryExists, makeDirectory, pathExists, writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import type { Pom } from '../adapters/pom.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { planPomMirrors, type PomPlan, type WantedMirrors } from '../domain/pom-mirrors.ts';
import type { PomChange } from '../../mirror/domain/pom-change.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface Reconciliation {
  wanted: WantedMirrors;
  plan: PomPlan;
  /** Keyrings to write first, because POM cannot read those of the config. */
  keyrings: readonly { path: string; bytes: Uint8Array }[];
}

/** @throws PommgrError `tool.*` where POM refuses a change, or takes it and does something else. */
export async function reconcilePom(
  { wanted, plan, keyrings }: Reconciliation,
  { pom, context }: { pom: Pom; context: Context },
): Promise<void> {
  for (const keyring of keyrings) await writeKeyring(keyring);
  if (plan.changes.length === 0) return;
  await makeDirectory(wanted.baseDir);
  for (const change of plan.changes) {
    context.progress.note(`POM's config: mirror ${change.mirror}: ${change.state} ${settingsText(change)}`);
    if (change.state === 'to add') await addMirror(pom, change, wanted.baseDir);
    else await pom.updateMirror(change.mirror, change.options);
  }
  const [left] = planPomMirrors(wanted, await pom.listMirrors()).changes;
  if (left === undefined) return;
  throw new PommgrError(
    'tool.reconcile',
    `Proxmox Offline Mirror did not take a change of mirror ${left.mirror}: ${settingsText(left)}.`,
    {
      hints: [
        `Look at its config: ${pom.path} config mirror show --id ${left.mirror} --config ${pom.configFile}`,
      ],
      details: { mirror: left.mirror, settings: left.settings },
    },
  );
}

async function writeKeyring({ path, bytes }: { path: string; bytes: Uint8Array }): Promise<void> {
  if ((await pathExists(path)) && (await readPlainFile(path)).equals(bytes)) return;
  await makeDirectory(dirname(path));
  await writeFileAtomic(path, bytes);
}

/**
 * POM refuses to add a mirror whose directory exists, as it does after snapshots of the builtin engine. So the mirror
 * is added with another base directory, which is then changed. A run that is killed in between leaves a change for the
 * next one.
 */
async function addMirror(pom: Pom, { mirror, options }: PomChange, baseDir: string): Promise<void> {
  if (!(await entryExists(join(baseDir, mirror)))) {
    await pom.addMirror(mirror, options);
    return;
  }
  await withDir(
    async ({ path }) => {
      await pom.addMirror(mirror, { ...options, 'base-dir': path });
      await pom.updateMirror(mirror, { 'base-dir': baseDir });
    },
    { prefix: 'pommgr-', unsafeCleanup: true },
  );
}

function settingsText({ settings }: PomChange): string {
  return settings
    .map(({ name, from, to }) => (from === null ? `${name} ${to}` : `${name} ${from} -> ${to}`))
    .join(', ');
}
