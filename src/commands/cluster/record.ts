import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { recordText } from '../../cluster/ui/record-text.ts';
import { record, type RecordReport } from '../../cluster/workflows/record.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';

export default class ClusterRecord extends BaseCommand {
  static override summary = 'Show the signed records of rollouts, and copy them to a medium.';
  static override description = `Every go of "cluster gate --record" leaves an entry in the store of the host
that judged it: who, when, which node, every gate with the facts that it
judged by, the plan, the digests of logs; signed with the host's receipt key,
each with the digest of the entry before. With --media the entries of this
host go into receipts/ there; the online side takes them in by "pommgr
snapshot --media DIR", once it trusts the host.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'What was let go from this host?' },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Bring the record to the online side.',
    },
  ];
  static override flags = {
    media: Flags.directory({ summary: 'Directory of the medium that carries them.', helpValue: 'DIR' }),
    ...storeFlags,
  };

  protected readonly resultName = 'cluster-record-result';

  async run(): Promise<RecordReport> {
    const { flags } = await this.parse(ClusterRecord);
    const { media, root, store } = flags;
    const report = await record({ media, root, store, context: this.context(flags) });
    this.print(recordText(report));
    return report;
  }
}
