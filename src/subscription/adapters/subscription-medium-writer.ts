/** Removes what a killed run left among the subscriptions of a medium. */
import { removeAt } from '../../core/adapters/writes-at.ts';
import { listSubscriptions, subscriptionSetPlace } from './subscription-medium.ts';

/** Returns whether it is the temporary directory of an unfinished set; nothing reads it. */
export function isUnfinishedSet(name: string): boolean {
  return /^\.\d{8}T\d{6}Z\.tmp$/.test(name);
}

export async function removeUnfinishedSubscriptions(media: string): Promise<void> {
  for (const name of (await listSubscriptions(media)).others.filter(isUnfinishedSet)) {
    await removeAt(subscriptionSetPlace(media, name).directory);
  }
}
