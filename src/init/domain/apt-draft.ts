/**
 * The draft of a config made of a machine's own apt sources. Packages only: `deb-src` entries are left out,
 * a line under `types` takes them. What a config cannot express is left out with a warning, never weakened.
 */
import { mergedSources, type MergedSource } from './apt-merge.ts';
import type { SourceEntry } from '../../apt/domain/apt-sources.ts';
import type { MirrorConfig } from '../../config/domain/config.ts';
import type { ConfigDraft } from './config-text.ts';
import { codenames, productVersion } from '../../config/domain/known-releases.ts';
import { createMirrorNames } from './mirror-names.ts';
import type { DraftMirror } from '../../config/domain/presets.ts';
import { productSchema, type Product } from '../../apt/domain/target.ts';

/** What a machine's apt is set up with; paths are absolute. */
export interface AptSetup {
  /** Of all source lists, in apt's order. */
  entries: SourceEntry[];
  /** The keyrings that sign for every source without `Signed-By`. */
  trustedKeyrings: string[];
  /** For whom there are logins: `machine` as in apt_auth.conf(5), with the file. No login itself. */
  logins: { machine: string; file: string }[];
  /** The machine's own architecture and its foreign ones. */
  architectures: string[];
}

/** A keyring to write beside the config, at a path relative to it. */
export type DraftKeyring =
  | { path: string; from: 'files'; files: string[] }
  | { path: string; from: 'text'; armored: string };

export interface AptDraft extends ConfigDraft {
  keyrings: DraftKeyring[];
  warnings: string[];
}

const sharedKeyringPath = './keyrings/apt-trusted.gpg';

/** Entries of one URI, suite and keyring become one mirror. No mirrors when nothing can be taken. */
export function draftFromSources(setup: AptSetup): AptDraft {
  const { sources, warnings } = mergedSources(setup.entries);
  const keyrings = new Map<string, DraftKeyring>();
  const nameOf = createMirrorNames();
  const mirrors = sources.map((source) => {
    const id = nameOf(source.uri, source.suite);
    const { keyring, comments } = keyringOf(source, { id, setup, keyrings });
    return draftMirror(source, { id, keyring, comments, setup });
  });
  const unsigned = mirrors.filter((mirror) => mirror.settings.keyring === sharedKeyringPath);
  if (unsigned.length > 0)
    warnings.push(
      `${unsigned.map((mirror) => mirror.settings.id).join(', ')}: no Signed-By, so all keys that apt trusts may sign; name the right one in "keyring".`,
    );
  return {
    track: trackOf(mirrors),
    architectures: setup.architectures,
    mirrors,
    targets: [],
    keyrings: [...keyrings.values()],
    warnings,
  };
}

function draftMirror(
  source: MergedSource,
  about: { id: string; keyring: string; comments: string[]; setup: AptSetup },
): DraftMirror {
  const login = about.setup.logins.find((candidate) => opens(candidate.machine, source.uri));
  const settings: MirrorConfig = {
    id: about.id,
    uri: source.uri,
    suite: source.suite,
    components: source.components,
    ...(source.architectures.length === 0 ? {} : { architectures: source.architectures }),
    keyring: about.keyring,
    ...(login === undefined ? {} : { authFile: login.file }),
    ...(source.checkValidUntil ? {} : { checkValidUntil: false }),
  };
  return { comments: [`From ${source.places.join(' and ')}.`, ...about.comments], settings };
}

function keyringOf(
  source: MergedSource,
  about: { id: string; setup: AptSetup; keyrings: Map<string, DraftKeyring> },
): { keyring: string; comments: string[] } {
  const { signedBy } = source;
  if (signedBy?.kind === 'key') {
    const path = `./keyrings/${about.id}.asc`;
    about.keyrings.set(path, { path, from: 'text', armored: signedBy.armored });
    return { keyring: path, comments: ['Its key stood in the source itself.'] };
  }
  const files = signedBy?.paths ?? about.setup.trustedKeyrings;
  const [only, ...others] = files;
  const comments = signedBy === undefined ? ['It has no Signed-By: this is every key that apt trusts.'] : [];
  if (signedBy !== undefined && only !== undefined && others.length === 0) return { keyring: only, comments };
  const path = signedBy === undefined ? sharedKeyringPath : `./keyrings/${about.id}.gpg`;
  about.keyrings.set(path, { path, from: 'files', files });
  return { keyring: path, comments: [...comments, `Made of ${files.join(', ') || 'no file'}.`] };
}

/** apt_auth.conf(5): the host, an optional port, and a path that the URI begins with; https unless it says otherwise. */
function opens(machine: string, uri: string): boolean {
  const wanted = new URL(machine.includes('://') ? machine : `https://${machine}`);
  const given = new URL(uri);
  const path = wanted.pathname.replace(/\/$/, '');
  return (
    wanted.protocol === given.protocol &&
    wanted.host === given.host &&
    (given.pathname === path || given.pathname.startsWith(`${path}/`))
  );
}

/** `pve9` where a product of Proxmox is among the mirrors, else the id of the first mirror. */
export function trackOf(mirrors: readonly DraftMirror[]): string {
  const products = mirrors.flatMap(({ settings }) => {
    const product = productSchema.safeParse(/\/debian\/(p[a-z]+)\/?$/.exec(settings.uri)?.[1]);
    const codename = codenames.find((name) => name === settings.suite);
    return product.success && codename !== undefined ? [versionedName(product.data, codename)] : [];
  });
  if (products.length > 0) return [...new Set(products)].join('-');
  return (
    (mirrors[0]?.settings.id ?? 'site')
      .toLowerCase()
      .replaceAll(/^[^a-z0-9]+|[^a-z0-9.-]/g, '-')
      .replace(/^-+/, '') || 'site'
  );
}

function versionedName(product: Product, codename: (typeof codenames)[number]): string {
  return `${product}${productVersion(product, codename) ?? ''}`;
}
