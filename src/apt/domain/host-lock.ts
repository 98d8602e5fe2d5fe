/**
 * Defines the host lock: every installed package of one host, and what the host is. Version 2 adds what a solver needs
 * of each package, changed configuration files and how the host boots; version 1 is still read, without these.
 * Invariant: it is sorted, so that equal hosts give equal bytes except for the time; it contains no secret.
 */
import { z } from 'zod';
import { baselineNameSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { canonicalJson, compareText } from '../../core/domain/canonical-json.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { packageRelationsSchema } from './inventory.ts';
import { productPackages, type Host } from './host.ts';
import {
  packageArchitecturePattern,
  packageNamePattern,
  packageSourcePattern,
  packageVersionPattern,
} from './package-entry.ts';
import { productSchema, type Product } from './target.ts';

const nameSchema = z.string().regex(packageNamePattern, 'expected the name of a Debian package');
const versionSchema = z.string().regex(packageVersionPattern, 'expected the version of a Debian package');
const architectureSchema = z.string().regex(packageArchitecturePattern, 'expected a Debian architecture');

/** An installed package with its marks (apt-mark(8)). */
export const markedPackageSchema = z.strictObject({
  name: nameSchema,
  version: versionSchema,
  architecture: architectureSchema,
  /** Installed because others need it, not because somebody asked for it. */
  automatic: z.boolean(),
  hold: z.boolean(),
});
export type MarkedPackage = z.infer<typeof markedPackageSchema>;

/** A `MarkedPackage` with its relations and its source package. */
const lockedPackageSchema = markedPackageSchema.extend({
  relations: packageRelationsSchema.optional(),
  /** dpkg's field `Source`; absent where source package and version are those of the package. */
  source: z.string().regex(packageSourcePattern, 'expected the name of a source package').optional(),
});
export type LockedPackage = z.infer<typeof lockedPackageSchema>;

const md5Schema = z.string().regex(/^[0-9a-f]{32}$/);
/** A configuration file that differs from the one its package shipped; dpkg keeps MD5 digests of these. */
const changedConffileSchema = z.strictObject({
  path: z.string().startsWith('/'),
  package: nameSchema,
  shippedMd5: md5Schema,
  /** Null where the file is absent or could not be read. */
  foundMd5: md5Schema.nullable(),
});
export type ChangedConffile = z.infer<typeof changedConffileSchema>;

/** The product's ID of the machine, to which a subscription key is bound. A host has up to two for each product. */
const serverIdSchema = z.strictObject({
  product: z.enum(['pbs', 'pmg', 'pve']),
  serverId: z.string().regex(/^[0-9A-Fa-f]{32}$/, 'expected 32 hex digits'),
});
export type ServerId = z.infer<typeof serverIdSchema>;

export const hostLockSchema = z.strictObject({
  schema: z.enum(['pommgr/host-lock/v1', 'pommgr/host-lock/v2']),
  created: timeSchema,
  tool: z.strictObject({ name: z.literal('pommgr'), version: z.string() }),
  hostName: z.string(),
  codename: z.string().min(1),
  /** dpkg's native architecture. */
  architecture: architectureSchema,
  foreignArchitectures: z.array(architectureSchema),
  /** Sorted by product; `version` is that of `package`. */
  products: z.array(z.strictObject({ product: productSchema, package: nameSchema, version: versionSchema })),
  /** Sorted by product; for each product, the ID that it reports itself comes first. */
  serverIds: z.array(serverIdSchema),
  /** Number that a subscription key of Proxmox VE has to cover; absent where it is unknown. */
  cpuSockets: z.int().min(1).optional(),
  /**
   * Public half of the host's age key (X25519): infos are encrypted to it on the online side. Absent where the host
   * could not make one.
   */
  ageRecipient: z
    .string()
    .regex(/^age1[02-9ac-hj-np-z]{58}$/, 'expected an age recipient, "age1" and 58 letters and digits')
    .optional(),
  /** The applied baseline; null where none is applied. */
  baseline: z.strictObject({ name: baselineNameSchema, digest: sha256Schema, target: z.string() }).nullable(),
  /** Null for unknown values. Absent in version 1, as are the changed configuration files. */
  boot: z
    .strictObject({
      runningKernel: z.string().nullable(),
      firmware: z.enum(['efi', 'bios']).nullable(),
      /** Whether proxmox-boot-tool manages the ESPs. */
      proxmoxBootTool: z.boolean(),
    })
    .optional(),
  /** Sorted by path. */
  changedConffiles: z.array(changedConffileSchema).optional(),
  /** Sorted by name and architecture. */
  packages: z.array(lockedPackageSchema),
});
export type HostLock = z.infer<typeof hostLockSchema>;

export const hostLockKind: DocumentKind<HostLock> = {
  noun: 'host-lock',
  schema: hostLockSchema,
  versions: [1, 2],
};

/** Returns what a lock lacks because an older pommgr made it; empty for a current lock. */
export function lockGaps({ schema }: Pick<HostLock, 'schema'>): string[] {
  if (schema === 'pommgr/host-lock/v2') return [];
  return ['dependencies of installed packages', 'changed configuration files', 'kernel and boot'];
}

/**
 * Formats the lock as a file: canonical JSON except for line breaks, one for each member and each element of a list, so
 * that two locks of one host differ in the lines of the changed packages.
 */
export function formatHostLock(lock: HostLock): string {
  const members = Object.entries(lock)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, value]) => `${JSON.stringify(key)}: ${memberText(value)}`);
  return `{\n${members.join(',\n')}\n}\n`;
}

function memberText(value: unknown): string {
  const compact = (part: unknown): string => canonicalJson(part).trimEnd();
  if (!Array.isArray(value) || value.length === 0) return compact(value);
  return `[\n${value.map(compact).join(',\n')}\n]`;
}

/** Creates a lock; the order of its input does not matter. */
export function createHostLock(facts: {
  created: string;
  toolVersion: string;
  hostName: string;
  host: Host;
  serverIds: readonly ServerId[];
  cpuSockets: number | undefined;
  ageRecipient: string | undefined;
  baseline: HostLock['baseline'];
  boot: NonNullable<HostLock['boot']>;
  changedConffiles: readonly ChangedConffile[];
  packages: readonly LockedPackage[];
}): HostLock {
  const { codename, architecture, foreignArchitectures, products } = facts.host;
  return {
    schema: 'pommgr/host-lock/v2',
    created: facts.created,
    tool: { name: 'pommgr', version: facts.toolVersion },
    hostName: facts.hostName,
    ...{ codename, architecture, foreignArchitectures },
    products: products.flatMap((product) => productVersion(product, facts.packages)),
    serverIds: facts.serverIds.toSorted((a, b) => compareText(a.product, b.product)),
    ...(facts.cpuSockets === undefined ? {} : { cpuSockets: facts.cpuSockets }),
    ...(facts.ageRecipient === undefined ? {} : { ageRecipient: facts.ageRecipient }),
    baseline: facts.baseline,
    boot: facts.boot,
    changedConffiles: [...facts.changedConffiles],
    packages: sortMarked(facts.packages),
  };
}

/** Returns the kind of host that a lock describes. */
export function lockedHost({ products, codename, architecture, foreignArchitectures }: HostLock): Host {
  const names = products.map(({ product }) => product);
  return {
    products: names.length === 0 ? ['debian'] : names.toSorted(compareText),
    ...{ codename, architecture, foreignArchitectures },
  };
}

/** Sorts by name and architecture. */
export function sortMarked<Package extends MarkedPackage>(packages: readonly Package[]): Package[] {
  return packages.toSorted(
    (a, b) => compareText(a.name, b.name) || compareText(a.architecture, b.architecture),
  );
}

/** Returns the version of the first installed package among those that identify the product. */
function productVersion(product: Product, packages: readonly MarkedPackage[]): HostLock['products'] {
  const names = product === 'debian' ? ['base-files'] : productPackages[product];
  for (const name of names) {
    const found = packages.find((candidate) => candidate.name === name);
    if (found !== undefined) return [{ product, package: name, version: found.version }];
  }
  return [];
}
