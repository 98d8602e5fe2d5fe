/** Reads the licenses that a package file names, out of the copyright file in it. */
import { readFiles } from '../../forecast/adapters/package-archive.ts';
import { copyrightLicenses } from '../domain/copyright.ts';
import type { ComponentLicenses } from '../domain/sbom.ts';

/** Longer copyright files are not read; the kernel's has 0.1 MB. */
const maxCopyrightBytes = 4 * 1024 * 1024;

/**
 * Returns null for a package without a copyright file of its own, and for one that names no license in Debian's format.
 * @throws PommgrError `tool.dpkg`, `integrity.package` for a damaged package.
 */
export async function readLicenses(deb: string, name: string): Promise<ComponentLicenses | null> {
  const path = `/usr/share/doc/${name}/copyright`;
  const none = new Set<string>();
  const wanted = { digests: none, contents: new Set([path]), maxContentBytes: maxCopyrightBytes };
  const content = (await readFiles(deb, wanted)).contents.get(path);
  return content === undefined || content === null ? null : copyrightLicenses(content.toString('utf8'));
}
