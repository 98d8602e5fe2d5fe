/** Defines the setting `closure` of a target: the hosts and names that a thin baseline must serve. */
import { z } from 'zod';
import { createFilter, isPackageGlob } from './filters.ts';
import { noFilters } from './mirror.ts';

/** A package, one of a foreign architecture, or a task as apt writes it. */
const installNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9+._-]*(?::[a-z0-9-]+|\^)?$/,
    'expected a package, "package:architecture" or "task^"',
  );

export const closureConfigSchema = z.strictObject({
  hosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Host locks: paths, in whose last part * and ? match.'),
  install: z
    .array(installNameSchema)
    .default([])
    .describe(
      'What must be installable on each of the hosts and on a bare system: packages, or tasks as name^.',
    ),
  recommends: z
    .boolean()
    .default(true)
    .describe('Whether apt installs recommended packages there, as it does by default.'),
  keepInstalled: z
    .boolean()
    .default(false)
    .describe('Takes the very versions of the locks too, where upstream still has them.'),
  also: z
    .array(z.string().refine(isPackageGlob, 'expected a package name, in which * ? [abc] and {a,b} match'))
    .default([])
    .describe('More packages, with what they need; * ? [abc] and {a,b} match.'),
});
export type ClosureConfig = z.infer<typeof closureConfigSchema>;

/** Returns whether `also` names a package. */
export function createAlsoFilter(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => false;
  const isTaken = createFilter({ ...noFilters, include: { packages: [...globs] } });
  return (name) => isTaken({ name, component: '', section: '' });
}
