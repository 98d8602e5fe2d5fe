/** Renders the commented pommgr.yaml that `init` writes. Invariant: parsing it returns exactly the draft's values. */
import { keyPlaceOf } from '../../config/domain/key-setting.ts';
import { configSchema, type ConfigFile } from '../../config/domain/config.ts';
import type { TargetConfig } from '../../config/domain/target-settings.ts';
import type { DraftMirror } from '../../config/domain/presets.ts';
import type { DraftWay } from './way-draft.ts';
import { siteReference } from './site-config-text.ts';
import { targetLines, upgradeLines } from './target-config-text.ts';
import { asListItem, list, scalar } from './yaml-lines.ts';

export interface ConfigDraft {
  track: string;
  /** These four are the defaults where they are absent. */
  engine?: ConfigFile['engine'];
  pom?: { configFile: string; binary: string };
  baseDir?: string;
  stateDir?: string;
  /** Architectures of mirrors that name none; the default where it is absent. */
  architectures?: string[];
  mirrors: DraftMirror[];
  /** Empty: the config names none, and one target is derived from the mirrors. */
  targets: TargetConfig[];
  /** Ways of major upgrades; none where it is absent. */
  upgrades?: DraftWay[];
}

/** Values that the schema fills in; the mirror is only there because a config needs one. */
const defaults = configSchema.parse({
  schema: 'pommgr/config/v1',
  track: 'any',
  mirrors: [{ id: 'any', uri: 'http://any', suite: 'any', components: ['any'], keyring: 'any' }],
});

/** YAML with a comment for each setting; defaults are shown commented out. The same draft gives the same bytes. */
export function renderConfig(draft: ConfigDraft): string {
  return [
    ...headLines(draft),
    '',
    ...mirrorReference,
    'mirrors:',
    ...draft.mirrors.flatMap((mirror, index) => [...(index === 0 ? [] : ['']), ...mirrorLines(mirror)]),
    '',
    ...targetLines(draft),
    '',
    ...upgradeLines(draft.upgrades ?? []),
    '',
    ...siteReference(defaults.subscription),
    '',
  ].join('\n');
}

function headLines(draft: ConfigDraft): string[] {
  return [
    '# The config of pommgr, first written by "pommgr init"; edit it as you need.',
    '# A setting that is commented out shows its default. Relative paths start at the',
    '# directory of this file.',
    'schema: pommgr/config/v1',
    '',
    '# Name of the line of baselines that this config makes: <track>-1, <track>-2, and so on.',
    '# Hosts follow one track; do not change it later.',
    `track: ${scalar(draft.track)}`,
    '',
    '# What makes the snapshots: pom (Proxmox Offline Mirror), builtin (pommgr itself, needs',
    '# no Proxmox package), or auto (pom where it is installed and can do what is asked).',
    draft.engine === undefined ? `#engine: ${defaults.engine}` : `engine: ${draft.engine}`,
    '',
    ...pomLines(draft.pom),
    '',
    '# Make a baseline although files are missing that upstream lists, with the pom engine. What',
    '# is missing is written into the baseline.',
    `#allowIncomplete: ${defaults.allowIncomplete}`,
    '',
    '# Package files and snapshots. This is where the space goes.',
    draft.baseDir === undefined
      ? `#baseDir: ${scalar(defaults.baseDir)}`
      : `baseDir: ${scalar(draft.baseDir)}`,
    '',
    '# Baselines and the sequence number. Small; back it up.',
    draft.stateDir === undefined
      ? `#stateDir: ${scalar(defaults.stateDir)}`
      : `stateDir: ${scalar(draft.stateDir)}`,
    '',
    '# Without a setting "retention" all baselines are kept. retention: {keep: 12} removes, after',
    '# each snapshot, all of the track but the newest 12, with the snapshots that only they use.',
    '',
    '# The private keys that sign bundles; "pommgr signing-key create" makes one.',
    '#signing:',
    `#  privateKeys: ${list(defaults.signing.privateKeys.map(keyPlaceOf))}`,
    '',
    '# Files of your own can travel with every bundle and come out with "pommgr extras", for',
    '# instance an installer or firmware: extras: [{name: pve.iso, file: ./pve.iso}].',
    '',
    '#download:',
    '#  # Files fetched at the same time, 1 to 64.',
    `#  concurrency: ${defaults.download.concurrency}`,
    '#  # How often a fetch is tried again after a network error, 0 to 10.',
    `#  retries: ${defaults.download.retries}`,
    '#  # Seconds without a byte before an attempt is given up.',
    `#  timeoutSeconds: ${defaults.download.timeoutSeconds}`,
    '',
    '# Architectures of mirrors that name none. Packages for "all" are always taken.',
    `${draft.architectures === undefined ? '#' : ''}architectures: ${list(draft.architectures ?? defaults.architectures)}`,
  ];
}

function pomLines(pom: ConfigDraft['pom']): string[] {
  const { binary, configFile, prefetch, stallMinutes, lockWaitSeconds } = defaults.pom;
  const mark = pom === undefined ? '#' : '';
  return [
    '# The pom engine.',
    `${mark}pom:`,
    '#  # The program, and its config. The mirrors there are brought in line with those here;',
    '#  # others are left alone.',
    `${mark}  binary: ${scalar(pom?.binary ?? binary)}`,
    `${mark}  configFile: ${scalar(pom?.configFile ?? configFile)}`,
    '#  # Fetch what it will need in parallel, before it runs.',
    `#  prefetch: ${prefetch}`,
    '#  # Minutes without output or traffic after which it is ended.',
    `#  stallMinutes: ${stallMinutes}`,
    '#  # Seconds to wait while another run works on its pool.',
    `#  lockWaitSeconds: ${lockWaitSeconds}`,
  ];
}

const mirrorReference = [
  '# The mirrors, each one APT repository and suite. The settings of a mirror:',
  '#   id               3 to 32 letters, digits, dots, hyphens or underscores; unique. It is part',
  '#                    of every baseline: do not change it later.',
  '#   uri              base of the repository; name a server near you if you like',
  '#   suite            what follows dists/ there, e.g. trixie-security; ./ or path/ for a flat',
  '#                    repository, which has no dists/ and no components',
  '#   components       e.g. [main, contrib]',
  '#   architectures    if others than above, e.g. [amd64, arm64]',
  '#   types            default [deb]; [deb, deb-src] takes the sources as well',
  '#   keyring          file with the OpenPGP certificates that may sign this repository',
  '#   authFile         file with the login, where one is needed, as in apt_auth.conf(5)',
  '#   caFile           certificates (PEM) that its https server is checked against, in place of',
  '#                    those of the system, as CaInfo in apt.conf',
  '#   clientCertificate, clientKey',
  '#                    certificate and key (PEM) that its https server asks for, as SslCert and',
  '#                    SslKey in apt.conf; one file may hold both',
  '#   useSubscription  pve, pbs, pmg or pom: with the pom engine, log in by the key that POM has',
  '#   checkValidUntil  default true; false takes a Release past its Valid-Until, for archives',
  '#   skip             what to leave out, e.g. {packages: ["*-dbg"], sections: [games]}',
  '#   include          take these packages only, e.g. {packages: [bash, "linux-image-*"]}',
  '#   versions         default all; latest takes the newest version of each package only',
  '# What is left out is invisible to the hosts.',
];

function mirrorLines(mirror: DraftMirror): string[] {
  const { settings } = mirror;
  const lines = [
    `id: ${scalar(settings.id)}`,
    `uri: ${scalar(settings.uri)}`,
    `suite: ${scalar(settings.suite)}`,
    ...(settings.components.length === 0 ? [] : [`components: ${list(settings.components)}`]),
  ];
  if (settings.architectures) lines.push(`architectures: ${list(settings.architectures)}`);
  if (settings.types) lines.push(`types: ${list(settings.types)}`);
  lines.push(`keyring: ${scalar(settings.keyring)}`);
  if (settings.authFile) lines.push(`authFile: ${scalar(settings.authFile)}`);
  for (const setting of ['caFile', 'clientCertificate', 'clientKey'] as const)
    if (settings[setting]) lines.push(`${setting}: ${scalar(settings[setting])}`);
  if (settings.useSubscription) lines.push(`useSubscription: ${settings.useSubscription}`);
  if (settings.checkValidUntil !== undefined) lines.push(`checkValidUntil: ${settings.checkValidUntil}`);
  if (settings.skip) lines.push('skip:', ...selectionLines(settings.skip));
  if (settings.include) lines.push('include:', ...selectionLines(settings.include));
  if (settings.versions) lines.push(`versions: ${settings.versions}`);
  return [...mirror.comments.map((line) => `  # ${line}`), ...asListItem(lines)];
}

function selectionLines(selection: {
  packages?: string[] | undefined;
  sections?: string[] | undefined;
}): string[] {
  const lines: string[] = [];
  if (selection.packages) lines.push(`  packages: ${list(selection.packages)}`);
  if (selection.sections) lines.push(`  sections: ${list(selection.sections)}`);
  return lines;
}
