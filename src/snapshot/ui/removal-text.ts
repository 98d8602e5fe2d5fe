/** Formats removed baselines for people. */
import { formatBytes, formatCount, formatFields } from '../../core/ui/format.ts';

interface ShownRemoval {
  baselines: readonly string[];
  snapshots: readonly { mirror: string; snapshot: string }[];
  freed: { files: number; sizeBytes: number };
}

export function baselineRemoveText(result: ShownRemoval & { outcome: 'removed' | 'planned' }): string {
  const lead = result.outcome === 'removed' ? 'Removed' : 'Would remove';
  const fields = formatFields({
    [lead]: result.baselines.join(', '),
    Snapshots: result.snapshots.map(({ mirror, snapshot }) => `${mirror}/${snapshot}`).join(', ') || 'none',
    'Pool files': `${formatCount(result.freed.files, 'file')}, ${formatBytes(result.freed.sizeBytes)}`,
  });
  return result.outcome === 'removed' ? fields : `${fields}\n\nNothing was changed: this was a dry run.`;
}

/** Returns one line below the outcome of a snapshot; empty where nothing was removed. */
export function retentionText(removal: ShownRemoval | undefined): string {
  if (removal === undefined || removal.baselines.length === 0) return '';
  const { files, sizeBytes } = removal.freed;
  return `Removed by retention: ${removal.baselines.join(', ')} (${formatCount(files, 'file')}, ${formatBytes(sizeBytes)}).`;
}
