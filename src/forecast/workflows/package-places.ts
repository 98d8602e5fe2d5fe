/** Locates the package files of a plan: in the store, in a snapshot, in the volumes of a medium, on another host. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readObject, type FoundObject } from '../../medium/adapters/volume-object.ts';

export interface PackagePlaces {
  /** Whether apt first copies the packages into /var/cache/apt/archives. */
  copies: boolean;
  /**
   * Lets `work` read the package; the path is valid until it returns. @throws PommgrError `integrity.*`, `network.*`.
   */
  withPackage<T>(entry: PackageEntry, work: (path: string) => Promise<T>): Promise<T>;
}

/** `pathOf` names an existing file that was verified when it was written. */
export function placesOf(pathOf: (entry: PackageEntry) => string, copies: boolean): PackagePlaces {
  return {
    copies,
    async withPackage(entry, work) {
      const path = pathOf(entry);
      if (!(await pathExists(path))) throw missing(entry, path);
      return work(path);
    },
  };
}

/** Copies files to `scratch` one by one; `copy` checks their digest. */
export function fetchedPlaces(
  scratch: string,
  copy: (entry: PackageEntry, to: string) => Promise<void>,
  copies: boolean,
): PackagePlaces {
  return {
    copies,
    async withPackage(entry, work) {
      const path = join(scratch, `${entry.sha256}.deb`);
      try {
        await copy(entry, path);
        return await work(path);
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}

/** @throws PommgrError `integrity.digest`: the medium gives something else than it gave a moment ago. */
export async function copyObject(object: FoundObject, sha256: string, to: string): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(to, 'wx', 0o600);
  try {
    for await (const chunk of readObject(object)) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  const found = hash.digest('hex');
  if (found === sha256) return;
  throw new PommgrError(
    'integrity.digest',
    `${object.path} was changed while it was read: expected SHA-256 ${sha256} of an object, found ${found}.`,
    {
      hints: ['Try another reader or port, or use another medium.'],
      details: { file: object.path, expected: sha256, found },
    },
  );
}

function missing({ name, version }: PackageEntry, path: string): PommgrError {
  return new PommgrError('integrity.missing', `The package ${name} ${version} is missing: ${path}.`, {
    hints: ['Run "pommgr doctor" on a host, or "pommgr baseline verify" online.'],
    details: { file: path },
  });
}
