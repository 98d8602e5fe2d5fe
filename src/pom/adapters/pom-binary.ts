/** Finds the proxmox-offline-mirror program and its version. */
import { realpath } from 'node:fs/promises';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { run } from '../../core/adapters/process.ts';

/** The version that pommgr was made for; older ones lack commands that it uses. */
const oldestVersion = '0.6';

export interface PomBinary {
  /** Absolute, symlinks resolved. */
  path: string;
  /** Version of its Debian package; `unknown` for a program that no package brought. */
  version: string;
}

/**
 * Looks for the program: $POMMGR_POM, else `binary`, a path or a name in $PATH. Undefined where it is not there.
 * @throws PommgrError `tool.version` where it is too old.
 */
export async function findPomBinary(binary: string): Promise<PomBinary | undefined> {
  const named = process.env['POMMGR_POM'] || binary;
  const found = await run('sh', ['-c', 'command -v -- "$1"', 'sh', named], { accept: [0, 1, 127] });
  if (found.exitCode !== 0) return undefined;
  const path = await realpath(found.stdout.trim());
  const version = await packageVersion(path);
  if (version === undefined || compareVersions(version, oldestVersion) >= 0) {
    return { path, version: version ?? 'unknown' };
  }
  throw new PommgrError(
    'tool.version',
    `${path} is Proxmox Offline Mirror ${version}; pommgr needs ${oldestVersion} or newer.`,
    {
      hints: ['Upgrade the package proxmox-offline-mirror, or set engine: builtin in the config.'],
      details: { program: path, expected: oldestVersion, found: version },
    },
  );
}

/** Returns the version of the package that the file belongs to; undefined where it belongs to none. */
async function packageVersion(path: string): Promise<string | undefined> {
  try {
    const owner = await run('dpkg-query', ['--search', path], { accept: [0, 1] });
    const name = /^([^\s:,]+)(?::[^\s:,]+)?: \//m.exec(owner.stdout)?.[1];
    if (owner.exitCode !== 0 || name === undefined) return undefined;
    const { stdout } = await run('dpkg-query', ['--show', '--showformat', '${Version}', name]);
    return stdout.trim();
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'tool.missing') return undefined;
    throw error;
  }
}
