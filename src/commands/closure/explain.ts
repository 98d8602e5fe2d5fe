import { Args, Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { closureExplainText } from '../../baseline/ui/closure-explain-text.ts';
import { closureExplain, type ClosureExplanation } from '../../baseline/workflows/closure-explain.ts';

export default class ClosureExplain extends BaseCommand {
  static override summary = 'Show why a package is in a thin baseline, or why not.';
  static override description = 'For each host, the chain of dependencies by which the package came in.';
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %> libssl3t64', description: 'For all hosts.' },
    { command: '<%= config.bin %> <%= command.id %> nginx --host pve1', description: 'For one host.' },
  ];
  static override args = {
    package: Args.string({ description: 'Name of the package.', required: true }),
  };
  static override flags = {
    ...configFlag,
    host: Flags.string({ summary: 'Only this host, by the name in its lock.', helpValue: 'NAME' }),
    baseline: Flags.string({
      summary: "Name of the baseline. Default: the newest of the config's track.",
      helpValue: 'NAME',
    }),
  };

  protected readonly resultName = 'closure-explain-result';

  async run(): Promise<ClosureExplanation> {
    const { args, flags } = await this.parse(ClosureExplain);
    const explanation = await closureExplain(flags.config, {
      name: args.package,
      host: flags.host,
      baseline: flags.baseline,
    });
    this.print(closureExplainText(explanation));
    return explanation;
  }
}
