/**
 * Describes what a solver needs of one host: every installed package with its marks and relations. A host lock contains
 * an inventory; version 1 of it has no relations.
 */
import { z } from 'zod';
import { packageArchitecturePattern, packageNamePattern, packageVersionPattern } from './package-entry.ts';

const nameSchema = z.string().regex(packageNamePattern, 'expected the name of a Debian package');
const versionSchema = z.string().regex(packageVersionPattern, 'expected the version of a Debian package');
const architectureSchema = z.string().regex(packageArchitecturePattern, 'expected a Debian architecture');
/** A relationship field of the package, on one line (Debian Policy 7.1). */
const relationSchema = z.string().min(1);

/**
 * The fields of an installed package that affect apt's decisions. A field that the package lacks is absent. Priority
 * and section are here because apt's problem resolver and its autoremover use them, and the installed size because apt
 * distinguishes two builds of one version by it.
 */
export const packageRelationsSchema = z.strictObject({
  depends: relationSchema.optional(),
  preDepends: relationSchema.optional(),
  recommends: relationSchema.optional(),
  provides: relationSchema.optional(),
  conflicts: relationSchema.optional(),
  breaks: relationSchema.optional(),
  replaces: relationSchema.optional(),
  multiArch: z.enum(['same', 'foreign', 'allowed']).optional(),
  essential: z.literal(true).optional(),
  protected: z.literal(true).optional(),
  priority: z.string().min(1).optional(),
  section: z.string().min(1).optional(),
  installedSizeKiB: z.int().nonnegative().optional(),
});
export type PackageRelations = z.infer<typeof packageRelationsSchema>;

export const inventoryPackageSchema = z.object({
  name: nameSchema,
  version: versionSchema,
  architecture: architectureSchema,
  /** Installed because others need it, not because somebody asked for it. */
  automatic: z.boolean(),
  hold: z.boolean(),
  /** Absent in a host lock of version 1. */
  relations: packageRelationsSchema.optional(),
});
export type InventoryPackage = z.infer<typeof inventoryPackageSchema>;

/** The part of a host lock, of either version, from which closures are made; other keys are ignored. */
export const inventorySchema = z.object({
  schema: z.enum(['pommgr/host-lock/v1', 'pommgr/host-lock/v2']),
  created: z.string(),
  hostName: z.string(),
  codename: z.string().min(1),
  /** dpkg's native architecture. */
  architecture: architectureSchema,
  foreignArchitectures: z.array(architectureSchema),
  packages: z.array(inventoryPackageSchema),
});
export type Inventory = z.infer<typeof inventorySchema>;
