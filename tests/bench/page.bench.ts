/**
 * The report's page in a headless Chromium, in both languages, on a telephone, a screen and paper, light and dark: no
 * horizontal overflow, no missing glyph. POMMGR_SHOTS=DIR keeps the pictures, to be looked at.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderReportPage } from '../../src/report/workflows/render-page.ts';
import { hostileText, sampleReport, sampleSource } from '../support/report.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { openChromium, type Chromium } from './chromium.ts';

let chromium: Chromium;
let directory: string;
const long = 'x'.repeat(300);
const sources = [
  sampleSource(1, { source: hostileText, cves: ['CVE-2026-1111', 'CVE-2026-2222'], urgency: 'high' }),
  sampleSource(2, { changelog: [], missing: { why: 'absent', detail: '' } }),
  sampleSource(3, {
    source: long,
    changelog: [{ version: long, urgency: 'low', text: `${long}\n\t* ${long}` }],
    urgency: 'low',
  }),
  ...Array.from({ length: 30 }, (_, index) => sampleSource(index + 4)),
];

beforeAll(async () => {
  chromium = await openChromium();
  directory = process.env['POMMGR_SHOTS'] ?? (await scratchDirectory());
  for (const lang of ['en', 'ja'] as const)
    await writeFile(join(directory, `${lang}.html`), await renderReportPage(sampleReport(sources), lang));
}, 120_000);

afterAll(() => chromium.close());

it.each(
  (['en', 'ja'] as const).flatMap((lang) =>
    [390, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ lang, width, scheme }))),
  ),
)('$lang at $width, $scheme', { timeout: 120_000 }, async ({ lang, width, scheme }) => {
  await chromium.open(join(directory, `${lang}.html`), { width, scheme });
  await chromium.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
  // All of it has to be laid out before it is measured.
  await chromium.evaluate(
    `for (const one of document.querySelectorAll('.lazy')) one.style.contentVisibility = 'visible'`,
  );
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  expect(await chromium.evaluate(overflow)).toBe(0);
  const wide = await chromium.evaluate(
    `[...document.querySelectorAll('body *')].filter((one) => !one.closest('svg, thead') && one.getBoundingClientRect().right > ${width} + 1).map((one) => one.outerHTML.slice(0, 80))`,
  );
  expect(wide).toEqual([]);
  const background = await chromium.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(background).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 28)');
  await writeFile(join(directory, `${lang}-${width}-${scheme}.png`), await chromium.screenshot());
});

it.each(['en', 'ja'] as const)('%s on paper', { timeout: 120_000 }, async (lang) => {
  await chromium.open(join(directory, `${lang}.html`), { width: 1280, scheme: 'light' });
  const pdf = await chromium.pdf();
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  await writeFile(join(directory, `${lang}.pdf`), pdf);
});
