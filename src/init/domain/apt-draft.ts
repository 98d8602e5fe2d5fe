/**
 * Drafts a config from a machine's own apt sources. It takes only packages: `deb-src` entries are left out, and a line
 * under `types` includes them. Settings that a config cannot express are left out with a warning, never weakened.
 */
import { mergedSources, type MergedSource } from './apt-merge.ts';
import { tlsFilesFor, type AptSettings } from './apt-settings.ts';
import type { SourceEntry } from '../../apt/domain/apt-sources.ts';
import type { MirrorConfig } from '../../config/domain/mirror-settings.ts';
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { ConfigDraft } from './config-text.ts';
import { productsOf } from '../../config/domain/default-target.ts';
import { codenames, productVersion } from '../../config/domain/known-releases.ts';
import { withoutLogin } from './source-uri.ts';
import { createMirrorNames } from './mirror-names.ts';
import type { DraftMirror } from '../../config/domain/presets.ts';
import { productSchema, type Product } from '../../apt/domain/target.ts';

/** Setup of a machine's apt; paths are absolute. */
export interface AptSetup {
  /** Entries of all source lists, in apt's order. */
  entries: SourceEntry[];
  /** The keyrings that sign for every source without `Signed-By`. */
  trustedKeyrings: string[];
  /** For whom there are logins: `machine` as in apt_auth.conf(5), with the file. No login itself. */
  logins: { machine: string; file: string }[];
  /** The machine's own architecture and its foreign ones. */
  architectures: string[];
  /** The first URI of each list of mirrors that a `mirror+file:` source names, by path. */
  mirrorLists: ReadonlyMap<string, string>;
  /** VERSION_CODENAME of the machine; empty where it names none. */
  codename: string;
  /** Products of Proxmox that are installed on it. */
  products: Product[];
  settings: AptSettings;
}

/** A keyring to write beside the config, at a path relative to it. */
export type DraftKeyring =
  | {
      path: string;
      from: 'files';
      files: string[];
      /** Only these of their certificates; absent for all. */
      fingerprints?: string[];
    }
  | { path: string; from: 'text'; armored: string };

export interface AptDraft extends ConfigDraft {
  keyrings: DraftKeyring[];
  /** Login files to write beside the config, in the format of apt_auth.conf(5). */
  logins: { path: string; text: string }[];
  warnings: string[];
}

const sharedKeyringPath = './keyrings/apt-trusted.gpg';

/** Merges entries of one URI, suite and keyring into one mirror. Returns no mirrors when none can be used. */
export function draftFromSources(setup: AptSetup): AptDraft {
  const { sources, warnings } = mergedSources(setup.entries, setup);
  const keyrings = new Map<string, DraftKeyring>();
  const nameOf = createMirrorNames();
  const mirrors = sources.map((source) => {
    const id = nameOf(source.uri, source.suite);
    const { keyring, comments } = keyringOf(source, { id, setup, keyrings });
    return draftMirror(source, { id, keyring, comments, setup });
  });
  const logins = sources.flatMap((source, index) => loginOf(source, mirrors[index]));
  const unsigned = mirrors.filter((mirror) => mirror.settings.keyring === sharedKeyringPath);
  if (unsigned.length > 0)
    warnings.push(
      `${unsigned.map((mirror) => mirror.settings.id).join(', ')}: no Signed-By, so all keys that apt trusts may sign; name the right one in "keyring".`,
    );
  return {
    track: trackOf(mirrors),
    architectures: setup.architectures,
    mirrors,
    targets: targetsOf(mirrors, setup),
    keyrings: [...keyrings.values()],
    logins,
    warnings: [...warnings, ...settingWarnings(setup)],
  };
}

/** Returns one target for hosts like this machine, whatever the suites of the vendors are called. */
function targetsOf(mirrors: readonly DraftMirror[], { codename, products }: AptSetup): TargetConfig[] {
  if (codename === '' || mirrors.length === 0) return [];
  const found = new Set([...productsOf(mirrors.map(({ settings }) => settings)), ...products]);
  if (found.size > 1) found.delete('debian');
  const known = codenames.find((name) => name === codename);
  const names = [...found]
    .toSorted(compareText)
    .map((product) =>
      product === 'debian' || known === undefined ? `${product}-${codename}` : versionedName(product, known),
    );
  return [
    {
      name: names
        .join('-')
        .toLowerCase()
        .replaceAll(/[^a-z0-9._-]/g, '-'),
      products: [...found].toSorted(compareText),
      codename,
      mirrors: mirrors.map(({ settings }) => settings.id),
      notAutomatic: [],
    },
  ];
}

function loginOf({ uri, login }: MergedSource, mirror: DraftMirror | undefined): AptDraft['logins'] {
  if (login === undefined || mirror?.settings.authFile === undefined) return [];
  const text = `machine ${uri} login ${login.user} password ${login.password}\n`;
  return [{ path: mirror.settings.authFile, text }];
}

/** Warns about settings of apt.conf that a config cannot express. */
function settingWarnings({ settings }: AptSetup): string[] {
  const { defaultRelease, proxies, unverified } = settings;
  return [
    ...(defaultRelease === ''
      ? []
      : [
          `APT::Default-Release is ${JSON.stringify(defaultRelease)} on this machine; a config has no such setting, and apply stops on hosts whose apt it would mislead.`,
        ]),
    ...proxies.map(
      ({ name, uri }) =>
        `${name} is ${withoutLogin(uri)} on this machine; pommgr takes proxies from the environment: set http_proxy and https_proxy for "pommgr snapshot".`,
    ),
    ...unverified.map(
      (name) => `${name} switches a check of TLS off on this machine; pommgr checks all the same.`,
    ),
  ];
}

function draftMirror(
  source: MergedSource,
  about: { id: string; keyring: string; comments: string[]; setup: AptSetup },
): DraftMirror {
  const login = about.setup.logins.find((candidate) => opens(candidate.machine, source.uri));
  const authFile = source.login === undefined ? login?.file : `./secrets/${about.id}-auth.conf`;
  const settings: MirrorConfig = {
    id: about.id,
    uri: source.uri,
    suite: source.suite,
    components: source.components,
    ...(source.architectures.length === 0 ? {} : { architectures: source.architectures }),
    keyring: about.keyring,
    ...(authFile === undefined ? {} : { authFile }),
    ...tlsFilesFor(source.uri, about.setup.settings.tls),
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
  const { paths = [], fingerprints = [] } = signedBy ?? {};
  const files = paths.length === 0 ? about.setup.trustedKeyrings : paths;
  const [only, ...others] = files;
  const comments = signedBy === undefined ? ['It has no Signed-By: this is every key that apt trusts.'] : [];
  if (paths.length > 0 && fingerprints.length === 0 && only !== undefined && others.length === 0) {
    return { keyring: only, comments };
  }
  const path = signedBy === undefined ? sharedKeyringPath : `./keyrings/${about.id}.gpg`;
  about.keyrings.set(path, {
    path,
    from: 'files',
    files,
    ...(fingerprints.length === 0 ? {} : { fingerprints }),
  });
  const of = fingerprints.length === 0 ? '' : `${fingerprints.join(', ')} of `;
  return { keyring: path, comments: [...comments, `Made of ${of}${files.join(', ') || 'no file'}.`] };
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
