/** The outcome of `store gc` for people. */
import type { KeepReason, StoreGcReport } from '../../store/domain/store-gc.ts';
import { formatBytes, formatCount, formatFields } from '../../core/ui/format.ts';

const reasons: Record<KeepReason, string> = {
  applied: 'applied',
  rollback: 'rollback goes back to it',
  pins: 'pins are for it',
  restore: 'a restore to it was interrupted',
  named: 'you named it',
  newest: 'one of the newest of its track',
};

export function storeGcText({ store, kept, removed, freed, dryRun }: StoreGcReport): string {
  const freedText = `${formatBytes(freed.sizeBytes)} in ${formatCount(freed.files, 'file')}`;
  const head = dryRun
    ? `Would remove ${formatCount(removed.length, 'baseline')} and free ${freedText}. Nothing was changed.`
    : `Removed ${formatCount(removed.length, 'baseline')}; that freed ${freedText}.`;
  return [
    head,
    formatFields({ Store: store, [dryRun ? 'Would go' : 'Removed']: removed.join(', ') || 'none' }),
    'Kept:',
    ...kept.map(({ name, why }) => `  ${name}  ${reasons[why]}`),
  ].join('\n');
}
