/** The config `pommgr.yaml`: its schema, its defaults, and the values the rest of the program works with. */
import { z } from 'zod';
import { trackSchema, mirrorIdSchema } from '../../core/domain/names.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { extraNameSchema, sortExtras } from './extras.ts';
import { closureConfigSchema } from './closure-settings.ts';
import { isPackageGlob } from './filters.ts';
import { subscriptionSchema, type AccessFile, type Mirror } from './mirror.ts';
import { archiveTypeSchema } from '../../apt/domain/apt-sources.ts';
import {
  completeSite,
  completeSubscriptionSettings,
  siteSchema,
  subscriptionSettingsSchema,
} from './site.ts';
import { productSchema, targetSchema } from '../../apt/domain/target.ts';

const text = z.string().min(1);
const texts = z.array(text);
const architectureSchema = z
  .string()
  .regex(
    /^(?!(any|source|all)$)[a-z0-9][a-z0-9-]+$/,
    'expected an architecture like amd64 ("all" comes by itself)',
  );
/** A package's name or a glob for some, as filters.ts has them. */
export const packageGlobSchema = z
  .string()
  .refine(isPackageGlob, 'expected a package name, in which * ? [abc] and {a,b} match');

const mirrorConfigSchema = z.strictObject({
  id: mirrorIdSchema,
  uri: z
    .string()
    .refine(isRepositoryUri, 'expected an http://, https:// or file:// URI without "?" and "#"')
    .refine(
      (uri) => !/^[a-z]+:\/\/[^/]*@/.test(uri),
      'expected a URI without a login: put that into a file and name it in authFile',
    ),
  suite: text.refine(
    isSuite,
    'expected the name of a suite, or the directory of a flat repository with "/" at its end, without ".." and blanks',
  ),
  /** None in a flat repository, and only there. */
  components: texts.default([]),
  architectures: z.array(architectureSchema).min(1).optional(),
  types: z.array(archiveTypeSchema).min(1).optional(),
  keyring: text,
  authFile: text.optional(),
  caFile: text.optional(),
  clientCertificate: text.optional(),
  clientKey: text.optional(),
  useSubscription: subscriptionSchema.optional(),
  checkValidUntil: z.boolean().optional(),
  skip: z
    .strictObject({ packages: z.array(packageGlobSchema).optional(), sections: texts.optional() })
    .optional(),
  include: z.strictObject({ packages: z.array(packageGlobSchema).optional() }).optional(),
  versions: z.enum(['all', 'latest']).optional(),
});

/** A mirror as the file has it, defaults left out. */
export type MirrorConfig = z.infer<typeof mirrorConfigSchema>;

const targetConfigSchema = z.strictObject({
  name: targetSchema.shape.name,
  mirrors: z.array(mirrorIdSchema).min(1),
  products: z.array(productSchema).min(1),
  codename: text,
  architectures: z.array(architectureSchema).min(1).optional(),
  notAutomatic: z.array(mirrorIdSchema).optional(),
  /** Thin: only what these hosts and names need. Absent: the mirrors whole. */
  closure: closureConfigSchema.optional(),
});
/** A target as the file has it, defaults left out. */
export type TargetConfig = z.input<typeof targetConfigSchema>;
/** A target with every default of its closure filled in. */
export type CompleteTargetConfig = z.output<typeof targetConfigSchema>;

export const configSchema = z.strictObject({
  schema: z.literal('pommgr/config/v1'),
  track: trackSchema,
  engine: z.enum(['auto', 'pom', 'builtin']).default('auto'),
  pom: z
    .strictObject({
      /** A path, or a name that is looked for in $PATH. */
      binary: text.default('proxmox-offline-mirror'),
      configFile: text.default('/etc/proxmox-offline-mirror.cfg'),
      /** Whether pommgr fetches what POM will need before POM runs. */
      prefetch: z.boolean().default(true),
      /** Minutes without output or work after which POM is ended. */
      stallMinutes: z.number().min(0.01).max(1440).default(15),
      /** Seconds to wait while another run holds the pool's lock. */
      lockWaitSeconds: z.int().min(0).max(3600).default(60),
    })
    .prefault({}),
  /** Whether a baseline is made of a snapshot that lacks files; what it lacks is written into the baseline. */
  allowIncomplete: z.boolean().default(false),
  /** Pool and snapshots, in POM's layout. */
  baseDir: text.default('./mirror'),
  /** Baselines and the sequence number. */
  stateDir: text.default('./state'),
  /** What `status` answers no to. */
  status: z
    .strictObject({
      /** Days after which the last baseline is too old; absent: never. */
      maxAgeDays: z.int().min(1).max(3650).optional(),
    })
    .prefault({}),
  /** How many baselines of the track stay; absent: all. */
  retention: z.strictObject({ keep: z.int().min(1).max(100_000) }).optional(),
  signing: z.strictObject({ privateKeys: texts.min(1) }).default({ privateKeys: ['./signing-key.pem'] }),
  download: z
    .strictObject({
      concurrency: z.int().min(1).max(64).default(24),
      retries: z.int().min(0).max(10).default(4),
      /** Seconds without a byte before an attempt is given up. */
      timeoutSeconds: z.number().min(0.1).max(3600).default(60),
    })
    .prefault({}),
  architectures: z.array(architectureSchema).min(1).default(['amd64']),
  mirrors: z.array(mirrorConfigSchema).min(1),
  targets: z.array(targetConfigSchema).min(1).optional(),
  /** Files that travel with each bundle. */
  extras: z.array(z.strictObject({ name: extraNameSchema, file: text })).default([]),
  /** The offline hosts, and how often somebody visits them. */
  site: siteSchema.prefault({}),
  subscription: subscriptionSettingsSchema.prefault({}),
});
export type ConfigFile = z.infer<typeof configSchema>;

/** The config with every path absolute and every default filled in. */
export interface Config extends Omit<ConfigFile, 'mirrors' | 'targets' | 'signing'> {
  /** Path of the file it was read from. */
  file: string;
  signing: { privateKeys: string[] };
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
    signing: { privateKeys: file.signing.privateKeys.map(absolute) },
    mirrors: file.mirrors
      .map((mirror) => completeMirror(mirror, file.architectures, absolute))
      .toSorted((a, b) => compareText(a.id, b.id)),
    targets: (file.targets ?? []).map((target) => completeTargetConfig(target, absolute)),
    extras: sortExtras(file.extras.map(({ name, file: path }) => ({ name, file: absolute(path) }))),
    site: completeSite(file.site, absolute),
    subscription: completeSubscriptionSettings(file.subscription, absolute),
  };
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

function isSuite(suite: string): boolean {
  return /^[!-~]+$/.test(suite) && !/[#"[\]]/.test(suite) && !suite.split('/').includes('..');
}

function isRepositoryUri(uri: string): boolean {
  return /^(https?:\/\/[^\s/?#]+|file:\/\/\/)[^\s?#]*$/.test(uri) && URL.canParse(uri);
}

function sorted<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted(compareText);
}
