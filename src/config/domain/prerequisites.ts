/**
 * Checks what a snapshot needs besides the config: keyrings, logins, Proxmox Offline Mirror; and says how to get what
 * is missing. Sources: the package repository chapters of the products' manuals, 2026-11.
 */
import { PommgrError, type ErrorCode } from '../../core/domain/errors.ts';
import { debianKeyring, proxmoxKeyrings } from './known-releases.ts';

export interface Prerequisite {
  kind: 'keyring' | 'login' | 'program';
  /** A file, absolute; of a program its name. */
  path: string;
  /** Mirrors that need it. */
  mirrors: string[];
}

/** `ways`: what to do, a line each; commands are indented. */
export type MissingPrerequisite = Prerequisite & { ways: string[] };

const proxmoxKeys = 'https://enterprise.proxmox.com/debian';

/** How to get and check the keyrings that the presets name. */
const knownKeyrings: ReadonlyMap<string, string[]> = new Map([
  [
    proxmoxKeyrings.trixie,
    fetched(
      proxmoxKeyrings.trixie,
      `${proxmoxKeys}/proxmox-archive-keyring-trixie.gpg`,
      'sha256sum',
      '136673be77aba35dcce385b28737689ad64fd785a797e57897589aed08db6e45',
    ),
  ],
  [
    proxmoxKeyrings.bookworm,
    fetched(
      proxmoxKeyrings.bookworm,
      `${proxmoxKeys}/proxmox-release-bookworm.gpg`,
      'sha512sum',
      '7da6fe34168adc6e479327ba517796d4702fa2f8b4f0a9833f5ea6e6b48f6507a6da403a274fe201595edc86a84463d50383d07f64bdde2e3658108db7d6dc87',
    ),
  ],
  [
    debianKeyring,
    ['It is in the package debian-archive-keyring:', '  apt-get install debian-archive-keyring'],
  ],
]);

function fetched(path: string, ...[uri, program, digest]: [string, string, string]): string[] {
  return [
    'Plain Debian does not have it (a Proxmox host does: package proxmox-archive-keyring). Fetch it:',
    `  wget -O ${path} \\`,
    `    ${uri}`,
    `Then compare: "${program} ${path}" must print`,
    `  ${digest}`,
  ];
}

export function missingPrerequisite(needed: Prerequisite): MissingPrerequisite {
  return { ...needed, ways: waysTo(needed) };
}

function waysTo({ kind, path }: Prerequisite): string[] {
  switch (kind) {
    case 'keyring':
      return (
        knownKeyrings.get(path) ?? [
          "Get it from the repository's operator, compare its fingerprint by another way than the network, and put it there.",
        ]
      );
    case 'login':
      return [
        `Write the login into it (apt_auth.conf(5)), readable for you alone: the subscription key and the server ID.`,
        `  install -m 0600 /dev/null ${path}`,
        '  machine enterprise.proxmox.com login SUBSCRIPTION-KEY password SERVER-ID',
      ];
    case 'program':
      return [
        'Install the package proxmox-offline-mirror (it is in the repository of the PBS client), or set "engine: builtin".',
      ];
  }
}

/** `keyring /path, for the mirrors a, b` */
export function prerequisiteTitle({ kind, path, mirrors }: Prerequisite): string {
  const names = mirrors.length > 4 ? [...mirrors.slice(0, 3), `${mirrors.length - 3} more`] : mirrors;
  const whose = mirrors.length === 0 ? '' : `, for ${names.join(', ')}`;
  return `${kind} ${path}${whose}`;
}

const codes: Record<Prerequisite['kind'], ErrorCode> = {
  keyring: 'config.keyring',
  login: 'config.authFile',
  program: 'tool.missing',
};

/** Returns one error for all that is missing: `config.missing`, or the code of the only kind. */
export function prerequisitesError(missing: readonly MissingPrerequisite[], configFile: string): PommgrError {
  const kinds = new Set(missing.map(({ kind }) => kind));
  const [kind = 'keyring'] = kinds;
  const lines = missing.flatMap((one) => [
    `  ${prerequisiteTitle(one)}`,
    ...one.ways.map((line) => `    ${line}`),
  ]);
  const head = `Missing before a snapshot can be taken (named in ${configFile}):`;
  return new PommgrError(kinds.size === 1 ? codes[kind] : 'config.missing', [head, ...lines].join('\n'), {
    hints: ['Put these in place, then run the same command again. Nothing was fetched.'],
    details: { missing: missing.map(({ kind, path, mirrors }) => ({ kind, path, mirrors })) },
  });
}
