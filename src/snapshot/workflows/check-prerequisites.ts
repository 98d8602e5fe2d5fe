/** Finds what a snapshot needs and this machine lacks: everything at once, before anything is fetched. */
import { pathExists } from '../../core/adapters/atomic-files.ts';
import type { Config } from '../../config/domain/config.ts';
import {
  missingPrerequisite,
  prerequisitesError,
  type MissingPrerequisite,
  type Prerequisite,
} from '../../config/domain/prerequisites.ts';
import { findPomBinary } from '../../pom/adapters/pom-binary.ts';

/** Returns missing keyrings and logins, and POM where the config asks for it. */
export async function missingPrerequisites(config: Config): Promise<MissingPrerequisite[]> {
  const missing: MissingPrerequisite[] = [];
  for (const needed of neededFiles(config)) {
    if (!(await pathExists(needed.path))) missing.push(missingPrerequisite(needed));
  }
  if (needsPom(config) && (await findPomBinary(config.pom.binary)) === undefined) {
    missing.push(missingPrerequisite({ kind: 'program', path: config.pom.binary, mirrors: [] }));
  }
  return missing;
}

/** @throws PommgrError `config.keyring`, `config.authFile`, `tool.missing`, or `config.missing` for several kinds. */
export async function requirePrerequisites(config: Config): Promise<void> {
  const missing = await missingPrerequisites(config);
  if (missing.length > 0) throw prerequisitesError(missing, config.file);
}

/** A subscription of POM's is the only login for some mirrors. */
function needsPom({ engine, mirrors }: Config): boolean {
  if (engine !== 'auto') return engine === 'pom';
  return mirrors.some(
    ({ useSubscription, authFile }) => useSubscription !== undefined && authFile === undefined,
  );
}

function neededFiles({ engine, mirrors }: Config): Prerequisite[] {
  const needed = new Map<string, Prerequisite>();
  const add = (kind: Prerequisite['kind'], path: string | undefined, mirror: string): void => {
    if (path === undefined) return;
    const known = needed.get(path);
    if (known === undefined) needed.set(path, { kind, path, mirrors: [mirror] });
    else known.mirrors.push(mirror);
  };
  for (const { id, keyring } of mirrors) add('keyring', keyring, id);
  // POM has its own logins.
  if (engine !== 'pom') for (const { id, authFile } of mirrors) add('login', authFile, id);
  return [...needed.values()];
}
