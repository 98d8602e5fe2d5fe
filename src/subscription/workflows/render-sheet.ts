/**
 * Renders steps for people on paper or a screen, from `templates/<name>.<lang>.eta`; the same view gives the same text.
 */
import { readTemplate } from '../../core/adapters/templates.ts';
import { escapeValue, parseSteps } from '../domain/steps-document.ts';
import { renderStepsHtml } from '../domain/steps-html.ts';
import { renderStepsMarkdown } from '../domain/steps-markdown.ts';
import { renderStepsText } from '../domain/steps-text.ts';

export type SheetFormat = 'text' | 'md' | 'html';
export type SheetLanguage = 'en' | 'ja';

/** Values of `view` are treated as plain text, whatever they contain. */
export async function renderSheet(
  name: string,
  view: object,
  { format, lang }: { format: SheetFormat; lang: SheetLanguage },
): Promise<string> {
  const { Eta } = await import('eta');
  const eta = new Eta({ autoEscape: true, autoTrim: false, escapeFunction: escapeValue });
  const blocks = parseSteps(eta.renderString(await readTemplate(`${name}.${lang}.eta`), view));
  if (format === 'text') return renderStepsText(blocks);
  if (format === 'md') return renderStepsMarkdown(blocks);
  return renderStepsHtml(blocks, { lang, css: await readTemplate('steps.css') });
}
