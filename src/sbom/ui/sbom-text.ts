/** What a written bill of materials is, for people. */
import { formatBytes, formatCount } from '../../core/ui/format.ts';
import type { SbomResult } from '../domain/sbom.ts';

const formats = { cyclonedx: 'CycloneDX 1.6', spdx: 'SPDX 2.3' };

export function sbomText({ format, file, subject, components, sizeBytes }: SbomResult): string {
  return `Wrote ${file}: ${formats[format]} of ${subject.kind} ${subject.name}, ${formatCount(components, 'package')}, ${formatBytes(sizeBytes)}.`;
}
