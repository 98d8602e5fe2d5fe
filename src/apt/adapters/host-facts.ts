/** Gathers the facts that decide a host's kind (domain/host.ts). */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { hostname } from 'node:os';
import type { HostFacts } from '../domain/host.ts';
import { resolveInRoot, type AptRoot } from './apt-root.ts';
import { installedPackages } from './dpkg.ts';

/** A root without apt and os-release counts as this machine's release, because this machine's apt works on it. */
export async function hostFacts(aptRoot: AptRoot): Promise<HostFacts> {
  const file =
    (await resolveInRoot(aptRoot, '/etc/os-release')) ??
    (await resolveInRoot(aptRoot, '/usr/lib/os-release')) ??
    (aptRoot.kind === 'outside' ? '/etc/os-release' : undefined);
  return {
    osRelease: file === undefined ? '' : await readPlainText(file),
    installed: await installedPackages(aptRoot),
    architecture: aptRoot.architecture,
    foreignArchitectures: aptRoot.foreignArchitectures,
  };
}

/** Returns the machine's own name, or the content of the root's /etc/hostname; empty where there is none. */
export async function hostName(aptRoot: AptRoot): Promise<string> {
  if (aptRoot.kind === 'host') return hostname();
  const file = await resolveInRoot(aptRoot, '/etc/hostname');
  return file === undefined ? '' : (await readPlainText(file)).trim();
}
