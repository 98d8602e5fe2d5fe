import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../core/ui/base-command.ts';
import { configFlag } from '../core/ui/config-flag.ts';
import type { Report as ReportResult } from '../report/domain/report.ts';
import { reportCsv } from '../report/ui/report-csv.ts';
import { reportMarkdown } from '../report/ui/report-markdown.ts';
import { reportPageParts } from '../report/workflows/render-page.ts';
import { report } from '../report/workflows/report.ts';

export default class Report extends BaseCommand {
  static override summary = 'Report the changes between two baselines, for whoever approves them.';
  static override description = `By source package: versions before and after, the mirror and the keys that
signed it, and out of the packages' own changelogs the entries since then,
their urgency, and the CVEs that they name. Proxmox and Debian name CVEs
there; one that no changelog names is not in the report. Online only; what a
host will make of it is told by "pommgr forecast --host".`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --since pve9-prod-11 >report.md',
      description: 'The newest baseline against number 11, as Markdown.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --since pve9-prod-11 --format html >report.html',
      description: 'One page for a browser or paper, complete in itself.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-12 --since pve9-prod-11 --format csv',
      description: 'A line a package, for a spreadsheet.',
    },
  ];
  static override args = {
    baseline: Args.string({ description: "Baseline. Default: the newest of the config's track." }),
  };
  static override flags = {
    since: Flags.string({
      required: true,
      summary: 'The baseline that hosts have now.',
      helpValue: 'NAME',
    }),
    format: Flags.string({
      options: ['html', 'md', 'csv'] as const,
      default: 'md',
      summary: 'Format of the output; --json has all of it.',
    }),
    lang: Flags.option({
      options: ['en', 'ja'] as const,
      default: 'en',
      summary: 'Language of the page.',
    })(),
    ...configFlag,
  };

  protected readonly resultName = 'report-result';

  async run(): Promise<ReportResult> {
    const { args, flags } = await this.parse(Report);
    const { since, format, lang } = flags;
    const context = this.context(flags);
    const result = await report({ configFile: flags.config, baseline: args.baseline, since, context });
    if (format === 'html') await this.writeDocument(await reportPageParts(result, lang));
    else this.printDocument(format === 'csv' ? reportCsv(result) : reportMarkdown(result));
    return result;
  }
}
