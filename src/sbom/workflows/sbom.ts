/** `pommgr sbom`: a bill of materials of a baseline, of what a target's hosts see of it, or of a host. */
import type { Context } from '../../core/domain/progress.ts';
import { writeSbom } from '../adapters/sbom-output.ts';
import { cycloneDx } from '../domain/cyclonedx.ts';
import type { SbomComponent, SbomFormat, SbomResult } from '../domain/sbom.ts';
import { spdx } from '../domain/spdx.ts';
import { openBaselineBill } from './baseline-bill.ts';
import { openHostBill, type HostOfBill } from './host-bill.ts';

export interface SbomOptions {
  configFile: string | undefined;
  subject: { baseline: string | undefined; target: string | undefined; withLicenses: boolean } | HostOfBill;
  format: SbomFormat;
  /** File to write; null is standard output. */
  output: string | null;
  context: Context;
}

const renderers = { cyclonedx: cycloneDx, spdx };

/** @throws PommgrError `config.baseline`, `usage.target`, `usage.host`, `config.lock`, `state.dpkg`. */
export async function sbom({
  configFile,
  subject: about,
  format,
  output,
  context,
}: SbomOptions): Promise<SbomResult> {
  const { subject, components } =
    'target' in about
      ? await openBaselineBill(configFile, about)
      : await openHostBill(configFile, { host: about, context });
  const counts = { components: 0, withoutUrl: 0 };
  const counted = async function* (): AsyncGenerator<SbomComponent> {
    for await (const component of components) {
      context.signal.throwIfAborted();
      counts.components += 1;
      if (component.purl === null) counts.withoutUrl += 1;
      yield component;
    }
  };
  const written = await writeSbom(renderers[format](subject, counted()), output);
  if (counts.withoutUrl > 0)
    context.progress.warn(
      `${counts.withoutUrl} of ${counts.components} packages have no package URL: no signed Release file says where they are from.`,
    );
  return { format, file: output, subject, ...counts, ...written };
}
