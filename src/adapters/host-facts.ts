/** Gathers what tells a host's kind (domain/host.ts). */
import { readFile } from 'node:fs/promises';
import type { HostFacts } from '../domain/host.ts';
import { resolveInRoot, type AptRoot } from './apt-root.ts';
import { installedPackages } from './dpkg.ts';

/** A root without apt and os-release is taken for this machine's release: it is this machine's apt that works on it. */
export async function hostFacts(aptRoot: AptRoot): Promise<HostFacts> {
  const file =
    (await resolveInRoot(aptRoot, '/etc/os-release')) ??
    (await resolveInRoot(aptRoot, '/usr/lib/os-release')) ??
    (aptRoot.kind === 'outside' ? '/etc/os-release' : undefined);
  return {
    osRelease: file === undefined ? '' : await readFile(file, 'utf8'),
    installed: await installedPackages(aptRoot),
    architecture: aptRoot.architecture,
    foreignArchitectures: aptRoot.foreignArchitectures,
  };
}
