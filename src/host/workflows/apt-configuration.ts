/** Renders the apt configuration of a baseline, for one host. */
import { join } from 'node:path';
import { pathForApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { plainIndexSettings, renderAptConfiguration } from '../../apt/domain/apt-configuration.ts';
import { fileUri } from '../../apt/domain/apt-sources.ts';
import type { Target } from '../../apt/domain/target.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { hasPlainIndices } from '../../medium/domain/bundle-objects.ts';
import type { Store } from '../../store/adapters/store.ts';
import { isHttpAddress } from '../../store/domain/store-address.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { changelogsDirectoryName } from '../adapters/applied-directory.ts';

export function aptConfiguration(
  { baseline, remote }: StoredBaseline,
  { store, aptRoot, target }: { store: Store; aptRoot: AptRoot; target: Target },
): string {
  const mirrors = baseline.content.mirrors.filter(({ id }) => target.mirrors.includes(id));
  const directory = pathForApt(aptRoot, join(store.current, changelogsDirectoryName));
  return renderAptConfiguration({
    baseline,
    origins: mirrors.map(({ release }) => release.origin),
    changelogs: fileUri(directory).replace(/^file:/, 'copy:'),
    direct: directHost(remote),
    plainIndices: hasPlainIndices(baseline),
  });
}

/** Returns the settings that apt needs to fetch the lists of a baseline, as `NAME=VALUE`. */
export function listSettings(baseline: Baseline): string[] {
  return hasPlainIndices(baseline) ? plainIndexSettings : [];
}

function directHost(remote: string | null): { scheme: string; host: string } | null {
  if (remote === null || !isHttpAddress(remote)) return null;
  const { protocol, hostname } = new URL(remote);
  return { scheme: protocol.replace(/:$/, ''), host: hostname.replaceAll(/[[\]]/g, '') };
}
