/**
 * Makes the report that `pack` puts beside a bundle: the page in English and Japanese, and its data. Invariant: the
 * pages are what this pommgr renders from the data.
 */
import { reportDocument } from '../domain/report-document.ts';
import type { ReportMaker, ReportRequest } from '../../approval/domain/report-pack.ts';
import { reportDataName, reportPageNames } from '../../approval/domain/approval-files.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Report } from '../domain/report.ts';
import { renderReportPage } from './render-page.ts';
import { report } from './report.ts';

export const reportMaker: ReportMaker = {
  async make(request) {
    return await filesOf(await reportFor(request));
  },
  async compare(files, request) {
    const found = dataOf(files);
    const expected = await filesOf(found);
    const names = [...expected].filter(([name, bytes]) => files.get(name)?.equals(bytes) !== true);
    return [...names.map(([name]) => name), ...((await saysTheSame(found, request)) ? [] : ['the changes'])];
  },
};

/** Compares with the same baseline as the report does; a machine that does not have that cannot say. */
async function saysTheSame(found: Report, request: ReportRequest): Promise<boolean> {
  try {
    const own = await reportFor({ ...request, base: found.since?.name ?? null });
    return canonicalJson(changesOf(found)) === canonicalJson(changesOf(own));
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.baseline') return false;
    throw error;
  }
}

async function filesOf(data: Report): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const lang of ['en', 'ja'] as const) {
    files.set(reportPageNames[lang], Buffer.from(await renderReportPage(data, lang)));
  }
  files.set(reportDataName, Buffer.from(reportDocument(data)));
  return files;
}

/** Compares with the base of a delta, else with what "report" takes. */
async function reportFor({ config, baseline, base, context }: ReportRequest): Promise<Report> {
  const since = base ?? undefined;
  return await report({ configFile: config.file, baseline: baseline.name, since, context });
}

/** What the packages say; another machine may have other hosts, and made its baselines at another time. */
function changesOf({ baseline, since, comparedWith, totals, sources }: Report): unknown {
  return { baseline: baseline.digest, since: since?.digest ?? null, comparedWith, totals, sources };
}

/** The text was written by a machine whose key signed it. @throws PommgrError `config.document` */
function dataOf(files: ReadonlyMap<string, Buffer>): Report {
  try {
    const { schema: _schema, ...data } = JSON.parse(
      (files.get(reportDataName) ?? Buffer.of()).toString('utf8'),
    ) as Report & { schema: string };
    return data;
  } catch (error) {
    throw new PommgrError('config.document', `${reportDataName} is not valid JSON.`, { cause: error });
  }
}
