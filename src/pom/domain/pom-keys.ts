/** Handles the subscription keys that POM knows. A key and its server ID are a login: they go into no text. */
import { z } from 'zod';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { Login } from '../../config/domain/login.ts';
import type { Subscription } from '../../config/domain/mirror.ts';

/** An element of `key list --output-format json`. */
export const pomKeySchema = z.object({
  key: z.string(),
  'server-id': z.string(),
  status: z.string().optional(),
});
export type PomKey = z.infer<typeof pomKeySchema>;

/**
 * Returns the login for a repository of that product: an active key where there is one. POM may consider one active
 * that its list does not show as such, so any other is better than none.
 */
export function subscriptionLogin(keys: readonly PomKey[], product: Subscription): Login | undefined {
  const [best] = keys
    .filter(({ key }) => key.startsWith(product))
    .toSorted((a, b) => rank(a) - rank(b) || compareText(a.key, b.key));
  return best === undefined ? undefined : { user: best.key, password: best['server-id'] };
}

function rank({ status }: PomKey): number {
  return status === 'active' ? 0 : status === undefined ? 2 : 1;
}
