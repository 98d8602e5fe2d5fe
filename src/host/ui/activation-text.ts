/** Formats the outcome of `subscription activate` for people. */
import type { ActivationReport, ProductActivation, ShownSubscription } from '../domain/activation-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** Formats a line for each product; the error that ends the command says why one failed. */
export function activationText({ products }: ActivationReport): string {
  return products.map(productText).join('\n');
}

function productText(activation: ProductActivation): string {
  const { product, outcome, subscription } = activation;
  const shown = subscription === null ? '' : ` ${subscriptionText(subscription)}`;
  switch (outcome) {
    case 'activated':
      return `${product}: activated${shown}. The product says: active.`;
    case 'would-activate':
      return `${product}: would activate${shown}. Nothing was changed: this was a dry run.`;
    case 'unchanged':
      return `${product}:${shown} is active already; nothing was changed.`;
    case 'kept':
      return `${product}: kept${shown}, which is active: what was brought is not better.`;
    case 'failed':
      return `${product}: not activated.`;
  }
}

function subscriptionText({ maskedKey, plan, nextDueDate, validUntil }: ShownSubscription): string {
  const facts = [
    ...(plan === null ? [] : [plan]),
    ...(nextDueDate === null ? [] : [`due ${nextDueDate}`]),
    ...(validUntil === null ? [] : [`valid here until ${validUntil.slice(0, 10)}`]),
  ];
  return facts.length === 0 ? maskedKey : `${maskedKey} (${facts.join(', ')})`;
}

/** Returns the error that ends a command when a product still has no active key; `result` goes into its details. */
export function activationError(
  { products, error: common }: ActivationReport,
  result: unknown,
): PommgrError | undefined {
  const failures = products.flatMap(({ product, error }) =>
    error === null ? [] : [{ ...error, message: `${product}: ${error.message}` }],
  );
  if (common !== null) failures.push(common);
  const [first] = failures;
  if (first === undefined) return undefined;
  const message = failures.map((failure) => failure.message).join('\n');
  const hints = [...new Set(failures.flatMap((failure) => failure.hints))];
  return new PommgrError(first.code, message, { hints, details: { result } });
}
