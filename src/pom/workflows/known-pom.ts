/** Detects POM as the manager of a base-dir: only POM removes its snapshots. */
import { findPomBinary } from '../adapters/pom-binary.ts';
import { openPom, type Pom } from '../adapters/pom.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface KnownPom {
  pom: Pom;
  /** Ids of the mirrors that it has in the config's base-dir; at least one. */
  mirrors: string[];
}

/**
 * Returns undefined where POM does not use the base-dir: engine builtin, no POM (with engine auto), no mirror there.
 * @throws PommgrError `tool.missing` when the config asks for POM and it is not there, other `tool.*` from POM.
 */
export async function findKnownPom(config: Config): Promise<KnownPom | undefined> {
  if (config.engine === 'builtin') return undefined;
  const binary = await findPomBinary(config.pom.binary);
  if (binary === undefined) {
    if (config.engine === 'pom') throw notFound(config);
    return undefined;
  }
  const pom = openPom(binary, config.pom.configFile);
  const mirrors = (await pom.listMirrors())
    .filter((mirror) => mirror['base-dir'].replace(/\/+$/, '') === config.baseDir)
    .map(({ id }) => id)
    .toSorted();
  return mirrors.length === 0 ? undefined : { pom, mirrors };
}

function notFound({ pom }: Config): PommgrError {
  return new PommgrError('tool.missing', `The program ${pom.binary} was not found.`, {
    hints: [
      'Install the package proxmox-offline-mirror, name the program in pom.binary, or set engine: builtin.',
    ],
    details: { program: pom.binary },
  });
}
