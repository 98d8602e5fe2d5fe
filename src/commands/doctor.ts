import { Flags } from '@oclif/core';
import type { DoctorReport } from '../upkeep/domain/doctor-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { doctorText } from '../upkeep/ui/doctor-text.ts';
import { storeFlags } from '../store/ui/store-flags.ts';
import { doctor } from '../upkeep/workflows/doctor.ts';

export default class Doctor extends BaseCommand {
  static override summary = "Check a host's store, and its APT against the applied baseline.";
  static override description = `Looks for interrupted work, links and a guard that are not as they should be,
other APT sources, files that the store lacks, a clock behind the baseline,
signing keys, and a changed audit log. Changes nothing without --repair. Exit
code 1 when something is wrong.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Check this machine.' },
    {
      command: '<%= config.bin %> <%= command.id %> --deep',
      description: 'Read every stored file, too, and compare its digest.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --repair',
      description: 'Undo or finish what an interrupted run left, then check.',
    },
  ];
  static override flags = {
    deep: Flags.boolean({ default: false, summary: 'Read every stored file and compare its digest.' }),
    repair: Flags.boolean({ default: false, summary: 'Undo or finish what an interrupted run left.' }),
    ...storeFlags,
  };

  protected readonly resultName = 'doctor-result';

  async run(): Promise<DoctorReport> {
    const { flags } = await this.parse(Doctor);
    const { root, store, deep, repair } = flags;
    const report = await doctor({ root, store, deep, repair, context: this.context(flags) });
    if (report.checks.some(({ problems }) => problems.length > 0)) this.answerNo();
    this.print(doctorText(report));
    return report;
  }
}
