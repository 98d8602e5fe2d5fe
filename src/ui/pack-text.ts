/** The outcome of `pack` for people. */
import { formatBytes, formatCount, formatFields } from './format.ts';

/** The shape that the workflow returns. */
interface ShownPack {
  outcome: 'packed' | 'unchanged' | 'planned';
  bundle: string;
  directory: string;
  baseline: { name: string; digest: string };
  signers: string[];
  volumes: number;
  objects: number;
  sizeBytes: number;
}

export function packText(result: ShownPack): string {
  return [
    headline(result),
    formatFields({
      Baseline: result.baseline.name,
      Digest: result.baseline.digest,
      Directory: result.directory,
      'Signed by': result.signers.join(', '),
      Contents: `${formatCount(result.objects, 'object')} in ${formatCount(result.volumes, 'volume')}, ${formatBytes(result.sizeBytes)}`,
    }),
  ].join('\n');
}

function headline({ outcome, bundle }: ShownPack): string {
  const lines = {
    packed: `Packed ${bundle}. Unmount the medium before you take it out.`,
    unchanged: `${bundle} is on the medium already; nothing was written.`,
    planned: `Would pack ${bundle}. Nothing was changed: this was a dry run.`,
  };
  return lines[outcome];
}
