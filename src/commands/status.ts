import type { Status as StatusResult } from '../host/domain/status.ts';
import { configFlag } from '../core/ui/config-flag.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { statusText } from '../host/ui/status-text.ts';
import { storeFlags } from '../store/ui/store-flags.ts';
import { hostStatus } from '../host/workflows/host-status.ts';
import { onlineStatus } from '../host/workflows/status.ts';

export default class Status extends BaseCommand {
  static override summary =
    'Show the last baseline of the online side, and what an offline host has applied.';
  static override description =
    `Online, where there is a config: the last baseline and its age. Offline, where
there is a store: what is applied since when, what apt would upgrade, what an
interrupted run left, and sources that appeared since. Exit code 1 when one of
the last two is there, or when the last baseline is older than
status.maxAgeDays of the config.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Show the status of this machine.' },
    { command: '<%= config.bin %> <%= command.id %> --json', description: 'The same for programs.' },
  ];
  static override flags = {
    ...configFlag,
    ...storeFlags,
  };

  protected readonly resultName = 'status-result';

  async run(): Promise<StatusResult> {
    const { flags } = await this.parse(Status);
    const { now } = this.context(flags);
    const host = (await hostStatus({ root: flags.root, store: flags.store, now: now() })) ?? null;
    const online = (await onlineStatus(flags.config, now())) ?? null;
    if (host !== null) {
      const { interrupted, interruptedRestore, otherSources, waiting } = host;
      const isUnfinished = interrupted !== null || interruptedRestore !== null || waiting !== null;
      if (isUnfinished || otherSources.length > 0) this.answerNo();
    }
    if (online?.tooOld === true) this.answerNo();
    const result = { online, host };
    this.print(statusText(result));
    return result;
  }
}
