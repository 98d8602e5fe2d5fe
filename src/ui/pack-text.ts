/** The outcome of `pack` for people. */
import { formatBytes, formatCount, formatFields } from './format.ts';
import { contentsText } from './verify-text.ts';

/** The shape that the workflow returns. */
interface ShownPack {
  outcome: 'packed' | 'unchanged' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  signers: string[];
  layout: 'volumes' | 'pom';
  volumes: number;
  snapshots: number;
  objects: number;
  sizeBytes: number;
  /** What POM copied. */
  copied?: { files: number; sizeBytes: number };
}

export function packText(result: ShownPack): string {
  return [
    headline(result),
    formatFields({
      Baseline: result.baseline.name,
      Digest: result.baseline.digest,
      Directory: result.directory,
      'Signed by': result.signers.join(', '),
      Contents: contentsText(result),
      ...copiedField(result),
    }),
  ].join('\n');
}

function copiedField({ copied, outcome }: ShownPack): Record<string, string> {
  if (copied === undefined) return {};
  const name = outcome === 'planned' ? 'POM would copy' : 'POM copied';
  return { [name]: `${formatCount(copied.files, 'file')}, ${formatBytes(copied.sizeBytes)}` };
}

function headline({ outcome, bundle }: ShownPack): string {
  const lines = {
    packed: `Packed ${bundle}. Unmount the medium before you take it out.`,
    unchanged: `${bundle} is on the medium already; nothing was written.`,
    planned: `Would pack ${bundle}. Nothing was changed: this was a dry run.`,
  };
  return lines[outcome];
}
