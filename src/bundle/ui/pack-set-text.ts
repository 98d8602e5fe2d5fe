/** Formats the outcome of `pack` onto several media for people. */
import { extrasField } from './extras-text.ts';
import { formatFields } from '../../core/ui/format.ts';
import { readBackField, reportField, runtimeText, type packText } from './pack-text.ts';
import { subscriptionPackFields } from '../../subscription/ui/subscription-pack-text.ts';
import { contentsFields, kindText } from './verify-text.ts';

type ShownPack = Parameters<typeof packText>[0];

/** The shape that the workflow returns. */
interface ShownSet
  extends Omit<ShownPack, 'directory' | 'readBack' | 'runtime' | 'subscriptions' | 'report'> {
  media: ShownMedium[];
}

interface ShownMedium
  extends Pick<ShownPack, 'outcome' | 'readBack' | 'runtime' | 'subscriptions' | 'report'> {
  media: string;
  directory: string;
  volumes: string[];
}

export function packSetText(result: ShownSet): string {
  const fields = formatFields({
    Baseline: result.baseline.name,
    Digest: result.baseline.digest,
    Kind: kindText(result.base),
    'Signed by': result.signers.join(', '),
    ...contentsFields(result),
    ...extrasField(result.extras),
  });
  return [headline(result), fields, ...result.media.map(mediumText)].join('\n');
}

function mediumText(medium: ShownMedium): string {
  const fields = formatFields({
    Directory: medium.directory,
    Volumes: medium.volumes.join(', ') || 'none: there was nothing left for it',
    Runtime: runtimeText(medium),
    ...readBackField(medium),
    ...subscriptionPackFields(medium.subscriptions),
    ...reportField(medium),
  });
  return `\n${medium.media}\n${fields.replace(/^/gm, '  ')}`;
}

function headline({ outcome, bundle }: ShownSet): string {
  const lines = {
    packed: `Packed ${bundle}; all its volumes are on media now. Unmount them before you take them out.`,
    unchanged: `${bundle} is on the media already; nothing was written.`,
    planned: `Would pack ${bundle}. Nothing was changed: this was a dry run.`,
  };
  return lines[outcome];
}
