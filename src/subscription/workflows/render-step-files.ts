/** Renders the activation steps beside the infos on a medium, in both languages, as text and as HTML. */
import type { SubscriptionSet } from '../domain/subscription-set.ts';
import { renderSteps } from './render-steps.ts';

/** By file name; the same set gives the same bytes. */
export async function renderStepFiles(set: SubscriptionSet): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const [suffix, lang] of [
    ['', 'en'],
    ['.ja', 'ja'],
  ] as const) {
    files.set(`STEPS${suffix}.txt`, Buffer.from(await renderSteps(set, { format: 'text', lang })));
    files.set(`STEPS${suffix}.html`, Buffer.from(await renderSteps(set, { format: 'html', lang })));
  }
  return files;
}
