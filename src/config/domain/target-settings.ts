/** Defines the settings of one target in pommgr.yaml. pommgr.yaml(5) is made from their texts. */
import { z } from 'zod';
import { productSchema, targetSchema } from '../../apt/domain/target.ts';
import { mirrorIdSchema } from '../../core/domain/names.ts';
import { closureConfigSchema } from './closure-settings.ts';
import { architectureSchema, textSchema } from './mirror-settings.ts';

export const targetConfigSchema = z.strictObject({
  name: targetSchema.shape.name.describe('Name of the target; a host remembers it.'),
  mirrors: z.array(mirrorIdSchema).min(1).describe('Ids of the mirrors that hosts of this kind see.'),
  products: z
    .array(productSchema)
    .min(1)
    .describe('Products of such hosts: pve, pbs, pmg, pdm, or debian for a host with none of them.'),
  codename: textSchema.describe('Debian release of such hosts: VERSION_CODENAME of their os-release(5).'),
  architectures: z
    .array(architectureSchema)
    .min(1)
    .optional()
    .describe('Architectures of such hosts. Default: those of the mirrors.'),
  notAutomatic: z
    .array(mirrorIdSchema)
    .optional()
    .describe(
      'Mirrors of NotAutomatic suites, such as backports, whose versions are candidates all the same.',
    ),
  closure: closureConfigSchema
    .optional()
    .describe(
      'Makes the target thin: only what these hosts and names need is in its baselines. Default: the mirrors whole.',
    ),
});
/** A target as the file has it, defaults left out. */
export type TargetConfig = z.input<typeof targetConfigSchema>;
/** A target with every default of its closure filled in. */
export type CompleteTargetConfig = z.output<typeof targetConfigSchema>;
