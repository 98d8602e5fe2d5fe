/** Formats extras for people. */
import type { ExtractReport, ExtrasReport } from '../domain/extras-report.ts';
import type { Extra } from '../../config/domain/extras.ts';
import { formatBytes, formatFields, formatTable } from '../../core/ui/format.ts';

export function extrasText({ media, store, extras }: ExtrasReport): string {
  const where = media ?? store ?? '';
  if (extras.length === 0) return `There are no extras in ${where}.`;
  return formatTable(
    ['NAME', 'SIZE', media === null ? 'BASELINES' : 'BUNDLES', 'SHA-256'],
    extras.map((extra) => [extra.name, formatBytes(extra.sizeBytes), extra.in.join(', '), extra.sha256]),
  );
}

export function extractText({ extra, from, file }: ExtractReport): string {
  const fields = formatFields({
    From: from,
    Size: formatBytes(extra.sizeBytes),
    'SHA-256': extra.sha256,
  });
  return `Extracted ${extra.name} to ${file}; every byte is as it was packed.\n${fields}`;
}

/** Returns `Extras: pve.iso (1.2 GB), …`; no field where there are none. */
export function extrasField(extras: readonly Extra[]): Record<string, string> {
  if (extras.length === 0) return {};
  return { Extras: extras.map(({ name, sizeBytes }) => `${name} (${formatBytes(sizeBytes)})`).join(', ') };
}
