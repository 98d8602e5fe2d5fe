/** Renders a report as its HTML page. */
import { readTemplate } from '../../core/adapters/templates.ts';
import { reportPage } from '../domain/page.ts';
import type { PageLanguage } from '../domain/page-words.ts';
import type { Report } from '../domain/report.ts';

/** The same report gives the same bytes. */
export async function renderReportPage(report: Report, lang: PageLanguage): Promise<string> {
  return [...(await reportPageParts(report, lang))].join('');
}

/** The page in parts, for output that is not kept in memory as a whole. */
export async function reportPageParts(report: Report, lang: PageLanguage): Promise<Iterable<string>> {
  return reportPage(report, { lang, css: await readTemplate('report.css') });
}
