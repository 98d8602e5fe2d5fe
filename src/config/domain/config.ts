/** Defines the config `pommgr.yaml`: its schema, its defaults, and the values that the rest of the program uses. */
import { z } from 'zod';
import { trackSchema } from '../../core/domain/names.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { advisorySchema, completeAdvisories } from './advisory-settings.ts';
import { extraNameSchema, sortExtras } from './extras.ts';
import { completeKeySetting, keySettingSchema, type KeySetting } from './key-setting.ts';
import type { AccessFile, Mirror } from './mirror.ts';
import { architectureSchema, mirrorConfigSchema, textSchema, type MirrorConfig } from './mirror-settings.ts';
import {
  completeSite,
  completeSubscriptionSettings,
  siteSchema,
  subscriptionSettingsSchema,
} from './site.ts';
import { upgradesConfigSchema } from './upgrade-settings.ts';
import { targetConfigSchema, type CompleteTargetConfig } from './target-settings.ts';

export const configSchema = z.strictObject({
  schema: z.literal('pommgr/config/v1').describe('Format of this file: pommgr/config/v1.'),
  track: trackSchema.describe(
    'Name of the line of baselines that this config makes. Hosts follow one track: do not change it later.',
  ),
  engine: z
    .enum(['auto', 'pom', 'builtin'])
    .default('auto')
    .describe(
      'What makes the snapshots: pom (Proxmox Offline Mirror), builtin (pommgr itself), or auto (pom where it is installed and can do what is asked).',
    ),
  pom: z
    .strictObject({
      binary: textSchema
        .default('proxmox-offline-mirror')
        .describe('The program: a path, or a name that is looked for in $PATH.'),
      configFile: textSchema
        .default('/etc/proxmox-offline-mirror.cfg')
        .describe('Its config. Mirrors there are brought in line with those here; others are left alone.'),
      prefetch: z
        .boolean()
        .default(true)
        .describe('Whether pommgr fetches in parallel what it will need, before it runs.'),
      stallMinutes: z
        .number()
        .min(0.01)
        .max(1440)
        .default(15)
        .describe('Minutes without output or traffic after which it is ended.'),
      lockWaitSeconds: z
        .int()
        .min(0)
        .max(3600)
        .default(60)
        .describe('Seconds to wait while another run holds the lock of its pool.'),
    })
    .prefault({})
    .describe('The engine of Proxmox Offline Mirror.'),
  allowIncomplete: z
    .boolean()
    .default(false)
    .describe(
      'Whether a baseline is made although upstream lacks files that it lists; what is missing is written into it. For the pom engine.',
    ),
  baseDir: textSchema
    .default('./mirror')
    .describe('Directory of the package files and snapshots. This is where the space goes.'),
  stateDir: textSchema
    .default('./state')
    .describe('Directory of the baselines and the sequence number. Small; back it up.'),
  status: z
    .strictObject({
      maxAgeDays: z
        .int()
        .min(1)
        .max(3650)
        .optional()
        .describe('Days after which the last baseline is too old. Default: never.'),
    })
    .prefault({})
    .describe('What "pommgr status" answers no to.'),
  retention: z
    .strictObject({ keep: z.int().min(1).max(100_000).describe('How many baselines of the track stay.') })
    .optional()
    .describe('Which baselines stay after a snapshot. Default: all.'),
  signing: z
    .strictObject({
      privateKeys: z
        .array(keySettingSchema)
        .min(1)
        .describe('Private keys, each of which signs every bundle: files, or programs that sign.'),
    })
    .default({ privateKeys: ['./signing-key.pem'] })
    .describe('Who signs.'),
  download: z
    .strictObject({
      concurrency: z.int().min(1).max(64).default(24).describe('Files that are fetched at the same time.'),
      retries: z
        .int()
        .min(0)
        .max(10)
        .default(4)
        .describe('How often a fetch is tried again after a network error.'),
      timeoutSeconds: z
        .number()
        .min(0.1)
        .max(3600)
        .default(60)
        .describe('Seconds without a byte after which an attempt is given up.'),
    })
    .prefault({})
    .describe('How files are fetched.'),
  architectures: z
    .array(architectureSchema)
    .min(1)
    .default(['amd64'])
    .describe('Architectures of mirrors that name none. Packages for all are always taken.'),
  mirrors: z.array(mirrorConfigSchema).min(1).describe('The mirrors: each one APT repository and suite.'),
  targets: z
    .array(targetConfigSchema)
    .min(1)
    .optional()
    .describe(
      'What each kind of host sees. Default: one target of all mirrors, which must then be of one Debian release.',
    ),
  upgrades: upgradesConfigSchema
    .default([])
    .describe('Ways of major upgrades, each a list of targets that hosts take one after the other.'),
  aptRoots: z
    .strictObject({
      bookworm: textSchema.optional().describe('Directory with the apt of Debian 12.'),
      trixie: textSchema.optional().describe('Directory with the apt of Debian 13.'),
    })
    .prefault({})
    .describe(
      'Directories with a minimal Debian, whose apt judges the thin targets of that release. Default: the apt of this machine judges all.',
    ),
  extras: z
    .array(
      z.strictObject({
        name: extraNameSchema.describe('Name under which it travels.'),
        file: textSchema.describe('Path of the file.'),
      }),
    )
    .default([])
    .describe('Files of your own that travel with every bundle.'),
  advisories: z
    .array(advisorySchema)
    .default([])
    .describe('Security data that is taken with each baseline and travels with its bundles.'),
  site: siteSchema.prefault({}).describe('The offline hosts with subscription keys.'),
  subscription: subscriptionSettingsSchema
    .prefault({})
    .describe('How subscription keys are packed and judged.'),
});
export type ConfigFile = z.infer<typeof configSchema>;

/** The config with every path absolute and every default filled in. */
export interface Config extends Omit<ConfigFile, 'mirrors' | 'targets' | 'signing'> {
  /** Path of the file it was read from. */
  file: string;
  signing: { privateKeys: KeySetting[] };
  mirrors: Mirror[];
  /** Empty: one target is derived from the mirrors (domain/default-target.ts). */
  targets: CompleteTargetConfig[];
}

/** Fills the defaults in; `absolute` makes a path of the file absolute. Mirrors come out sorted by id. */
export function completeConfig(file: ConfigFile, path: string, absolute: (path: string) => string): Config {
  return {
    ...file,
    file: path,
    baseDir: absolute(file.baseDir),
    stateDir: absolute(file.stateDir),
    pom: {
      ...file.pom,
      binary: file.pom.binary.includes('/') ? absolute(file.pom.binary) : file.pom.binary,
      configFile: absolute(file.pom.configFile),
    },
    signing: { privateKeys: file.signing.privateKeys.map((key) => completeKeySetting(key, absolute)) },
    mirrors: file.mirrors
      .map((mirror) => completeMirror(mirror, file.architectures, absolute))
      .toSorted((a, b) => compareText(a.id, b.id)),
    targets: (file.targets ?? []).map((target) => completeTargetConfig(target, absolute)),
    upgrades: file.upgrades.toSorted((a, b) => compareText(a.name, b.name)),
    aptRoots: completeAptRoots(file.aptRoots, absolute),
    extras: sortExtras(file.extras.map(({ name, file: path }) => ({ name, file: absolute(path) }))),
    advisories: completeAdvisories(file.advisories, absolute),
    site: completeSite(file.site, absolute),
    subscription: completeSubscriptionSettings(file.subscription, absolute),
  };
}

function completeAptRoots(
  { bookworm, trixie }: ConfigFile['aptRoots'],
  absolute: (path: string) => string,
): ConfigFile['aptRoots'] {
  return { bookworm: bookworm && absolute(bookworm), trixie: trixie && absolute(trixie) };
}

function completeTargetConfig(
  { closure, ...target }: CompleteTargetConfig,
  absolute: (path: string) => string,
): CompleteTargetConfig {
  if (closure === undefined) return target;
  const { hosts, install, also, ...rest } = closure;
  const lists = { hosts: sorted(hosts.map(absolute)), install: sorted(install), also: sorted(also) };
  return { ...target, closure: { ...rest, ...lists } };
}

function completeMirror(
  mirror: MirrorConfig,
  architectures: string[],
  absolute: (path: string) => string,
): Mirror {
  return {
    id: mirror.id,
    types: sorted(mirror.types ?? ['deb']),
    uri: mirror.uri.replace(/\/+$/, ''),
    suite: mirror.suite,
    components: sorted(mirror.components),
    architectures: sorted(mirror.architectures ?? architectures),
    keyring: absolute(mirror.keyring),
    ...accessFilesOf(mirror, absolute),
    ...(mirror.useSubscription === undefined ? {} : { useSubscription: mirror.useSubscription }),
    checkValidUntil: mirror.checkValidUntil ?? true,
    filters: {
      skip: { packages: sorted(mirror.skip?.packages ?? []), sections: sorted(mirror.skip?.sections ?? []) },
      include: { packages: sorted(mirror.include?.packages ?? []) },
      versions: mirror.versions ?? 'all',
    },
  };
}

const accessFiles: readonly AccessFile[] = ['authFile', 'caFile', 'clientCertificate', 'clientKey'];

function accessFilesOf(mirror: MirrorConfig, absolute: (path: string) => string): Pick<Mirror, AccessFile> {
  return Object.fromEntries(
    accessFiles.flatMap((setting) => {
      const path = mirror[setting];
      return path === undefined ? [] : [[setting, absolute(path)]];
    }),
  );
}

function sorted<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted(compareText);
}
