import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../core/ui/base-command.ts';
import { configFlag } from '../core/ui/config-flag.ts';
import type { MetCondition } from '../report/domain/fail-on.ts';
import type { Report as ReportResult } from '../report/domain/report.ts';
import { reportText } from '../report/ui/report-text.ts';
import { reportPageParts } from '../report/workflows/render-page.ts';
import { judgeReport } from '../report/workflows/judge-report.ts';
import { report } from '../report/workflows/report.ts';

export default class Report extends BaseCommand {
  static override summary = 'Report the changes that a baseline brings, for whoever approves it.';
  static override description = `What changes for each host that reported its packages: apt's plan with its
sizes, and the risks (reboots, prompts, removals). Then by source package:
versions before and after, the mirror and the keys that signed it, and out of
the packages' own changelogs the entries since then, their urgency, and the
CVEs that they name. Proxmox and Debian name CVEs there; one that no changelog
names is not in the report. Where security data was taken with the baseline
("advisories" in the config), the report tells which known issues it mends on
each host and which stay open. Without --since, it compares with what the
hosts have installed or, without a host, with the baseline before. Online
only. Exit code 1 when a host has no forecast, or --fail-on is met: an open
issue of at least that urgency, a removal, a downgrade, a reboot, a prompt, a
refusal. It is met, too, where nothing could be looked at: no host, or no
security data.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --format html >report.html',
      description: 'The newest baseline, as a page for a browser or paper.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --host pve1 --format html --lang ja >report.html',
      description: 'For one host, in Japanese.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-12 --since pve9-prod-11 --format csv',
      description: 'A line a package, for a spreadsheet.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --fail-on open:high --fail-on removals >report.md',
      description: 'In a script: exit code 1 when somebody has to look at it.',
    },
  ];
  static override args = {
    baseline: Args.string({ description: "Baseline. Default: the newest of the config's track." }),
  };
  static override flags = {
    since: Flags.string({
      summary: 'Compare with this baseline.',
      helpValue: 'NAME',
    }),
    host: Flags.string({
      exclusive: ['lock'],
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only this trusted host that left a report. Repeatable.',
      helpValue: 'NAME',
    }),
    lock: Flags.file({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'A host lock instead of what hosts reported. Repeatable.',
      helpValue: 'FILE',
    }),
    'fail-on': Flags.option({
      options: [
        ...(['open', 'open:low', 'open:medium', 'open:high', 'open:critical'] as const),
        ...(['removals', 'downgrades', 'reboot', 'prompts', 'refusals'] as const),
      ],
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Exit code 1 when this is so on a host. Repeatable.',
    })(),
    format: Flags.option({
      options: ['html', 'md', 'json', 'csv'] as const,
      default: 'md',
      summary: 'Format of the output; json is the document that pack puts on media.',
    })(),
    lang: Flags.option({
      options: ['en', 'ja'] as const,
      default: 'en',
      summary: 'Language of the page.',
    })(),
    ...configFlag,
  };

  protected readonly resultName = 'report-result';

  async run(): Promise<ReportResult & { failed: MetCondition[] }> {
    const { args, flags } = await this.parse(Report);
    const { since, format, lang, lock = [], host = [] } = flags;
    const context = this.context(flags);
    const hosts = [...lock.map((file) => ({ file })), ...host.map((name) => ({ host: name }))];
    const { baseline } = args;
    const result = await report({ configFile: flags.config, baseline, since, hosts, context });
    const failed = judgeReport(result, { conditions: flags['fail-on'] ?? [], context });
    if (failed.length > 0 || result.hosts.some(({ forecast }) => forecast === null)) this.answerNo();
    if (format === 'html') await this.writeDocument(await reportPageParts(result, lang));
    else await this.writeDocument([reportText(result, format)]);
    return { ...result, failed };
  }
}
