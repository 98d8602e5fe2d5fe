/** The report in the formats that are one text. */
import { reportDocument } from '../domain/report-document.ts';
import type { Report } from '../domain/report.ts';
import { reportCsv } from './report-csv.ts';
import { reportMarkdown } from './report-markdown.ts';

export function reportText(report: Report, format: 'csv' | 'json' | 'md'): string {
  if (format === 'json') return reportDocument(report);
  return format === 'csv' ? reportCsv(report) : reportMarkdown(report);
}
