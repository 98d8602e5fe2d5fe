import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { dryRunFlag, storeFlags } from '../../store/ui/store-flags.ts';
import type { NextReport } from '../../upgrade/domain/next-report.ts';
import { askForStage } from '../../upgrade/ui/next-question.ts';
import { nextText } from '../../upgrade/ui/next-text.ts';
import { wayFlags } from '../../upgrade/ui/way-flags.ts';
import { next } from '../../upgrade/workflows/next.ts';

export default class UpgradeReleaseNext extends BaseCommand {
  static override summary = 'Do the next stage of a major upgrade, or go on with the one that is begun.';
  static override description = `Shows apt's plan for the stage, asks, and switches apt to its target as apply
does. Refuses a stage that is not in turn, and a plan that removes what must
stay, such as proxmox-ve, the kernel that runs, or an essential package. Then
it prints the commands for your terminal. With --run it runs the upgrade
itself, without questions, in a session of its own (a scope of systemd where
that runs): it goes on when the connection breaks, and writes a log in
/var/log/pommgr. After an interruption run the same command again. Exit code 0
only when the stage is done; 1 while packages are left to upgrade.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Begin the stage that is in turn; after "apt-get dist-upgrade" again, to complete it.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --run --yes',
      description: 'Do the whole stage without a question.',
    },
  ];
  static override args = {
    stage: Args.string({ description: 'Refuse unless this stage is in turn: the name of its target.' }),
  };
  static override flags = {
    run: Flags.boolean({ summary: 'Run the upgrade, too.' }),
    yes: Flags.boolean({ summary: 'Begin the stage without a question.' }),
    accept: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Accept a finding of "upgrade-release check"; it is recorded.',
      helpValue: 'ID',
    }),
    ...wayFlags,
    ...dryRunFlag,
    ...storeFlags,
  };

  protected readonly resultName = 'upgrade-next-result';

  async run(): Promise<NextReport> {
    const { args, flags } = await this.parse(UpgradeReleaseNext);
    const { root, store, baseline, way, run, accept = [] } = flags;
    const report = await next({
      ...{ root, store, baseline, way, run, accept },
      stage: args.stage,
      dryRun: flags['dry-run'],
      confirm: flags.yes ? undefined : askForStage,
      onOutput: (text) => void (flags.quiet || process.stderr.write(text)),
      context: this.context(flags),
    });
    if (report.outcome === 'begun') this.answerNo();
    this.print(nextText(report));
    return report;
  }
}
