/** What a run that was killed left among the subscriptions of a medium. */
import { join } from 'node:path';
import { subscriptionsDirectoryName } from '../../medium/domain/medium-layout.ts';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { listSubscriptions } from './subscription-medium.ts';

/** The temporary directory of a set that did not get its name; nothing reads it. */
export function isUnfinishedSet(name: string): boolean {
  return /^\.\d{8}T\d{6}Z\.tmp$/.test(name);
}

export async function removeUnfinishedSubscriptions(media: string): Promise<void> {
  for (const name of (await listSubscriptions(media)).others.filter(isUnfinishedSet)) {
    await removeDurably(join(media, subscriptionsDirectoryName, name));
  }
}
