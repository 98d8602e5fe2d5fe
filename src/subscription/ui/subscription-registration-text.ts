/** Formats the outcome for each key that was to be registered or refreshed, for people. */
import type { RegistrationEntry, RegistrationReport } from '../domain/subscription-registration.ts';
import { printable } from '../../core/domain/printable.ts';

export function registrationText({ subscriptions }: RegistrationReport): string {
  return subscriptions.map((entry) => printable(entryText(entry))).join('\n');
}

function entryText(entry: RegistrationEntry): string {
  const { host, product, maskedKey, problem } = entry;
  const head = `${host} (${product})${maskedKey === null ? '' : `, ${maskedKey}`}: ${outcomeText(entry)}`;
  // Only a dry run has a problem here.
  return problem === null ? head : `${head}\n  ${problem}`;
}

function outcomeText({ action, outcome, validUntil, daysLeft }: RegistrationEntry): string {
  const until = validUntil === null ? '' : `, valid until ${validUntil} (${daysLeft ?? 0} days left)`;
  if (outcome === 'kept') return `still fresh${until}.`;
  if (outcome === 'planned') return action === 'add' ? 'would be registered.' : 'would be refreshed.';
  if (outcome === 'failed') return 'would fail.';
  return `${action === 'add' ? 'registered' : 'refreshed'}${until}.`;
}
