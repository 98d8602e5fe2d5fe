/** What a run that was killed left among the subscriptions of a medium. */
import { removeAt } from '../../core/adapters/writes-at.ts';
import { listSubscriptions, subscriptionSetPlace } from './subscription-medium.ts';

/** The temporary directory of a set that did not get its name; nothing reads it. */
export function isUnfinishedSet(name: string): boolean {
  return /^\.\d{8}T\d{6}Z\.tmp$/.test(name);
}

export async function removeUnfinishedSubscriptions(media: string): Promise<void> {
  for (const name of (await listSubscriptions(media)).others.filter(isUnfinishedSet)) {
    await removeAt(subscriptionSetPlace(media, name).directory);
  }
}
