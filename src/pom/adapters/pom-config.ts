/** Reads the mirrors of a POM config that somebody else wrote. */
import { resolve } from 'node:path';
import { configSchema } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { PomMirror } from '../domain/pom-mirrors.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { findPomBinary } from './pom-binary.ts';
import { openPom } from './pom.ts';

/** What a config without these settings means. */
const { binary, configFile: systemConfigFile } = configSchema.shape.pom.parse(undefined);

/**
 * Read by POM itself, with the config's absolute path; without a name the one that POM uses by itself.
 * @throws PommgrError `config.missing`, and `tool.*` where POM is not there or cannot read the file.
 */
export async function readPomConfig(
  named: string | undefined,
): Promise<{ mirrors: PomMirror[]; file: string; binary: string }> {
  const file = resolve(named ?? (process.env['PROXMOX_OFFLINE_MIRROR_CONFIG'] || systemConfigFile));
  // POM treats a missing file as an empty one.
  if (!(await pathExists(file))) {
    throw new PommgrError('config.missing', `The config ${file} of Proxmox Offline Mirror is not there.`, {
      hints: ['Name the file after --from-pom.'],
      details: { file },
    });
  }
  const found = await findPomBinary(binary);
  if (found !== undefined) {
    return { mirrors: await openPom(found, file).listMirrors(), file, binary: found.path };
  }
  throw new PommgrError('tool.missing', `The program ${binary} was not found.`, {
    hints: ['Install the package proxmox-offline-mirror, or name the program in $POMMGR_POM.'],
    details: { program: binary },
  });
}
