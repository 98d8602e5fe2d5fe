import { configFlag } from '../core/ui/config-flag.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { packFlags, packMode } from '../bundle/ui/pack-flags.ts';
import { packSetText } from '../bundle/ui/pack-set-text.ts';
import { packText } from '../bundle/ui/pack-text.ts';
import { askPassphrase } from '../core/ui/passphrase-prompt.ts';
import { reportMaker } from '../report/workflows/pack-report.ts';
import { packAsAsked, type PackDone } from '../bundle/workflows/pack-as-asked.ts';

export default class Pack extends BaseCommand {
  static override summary = 'Pack a baseline onto a medium as a signed bundle.';
  static override description = `Writes the volumes first and the signed list of digests last: a bundle that
was interrupted has no signature. Run the same command again to finish. A
bundle that is there already is left alone. With --format pom, Proxmox Offline
Mirror fills a medium that it knows ("medium sync"), with all snapshots of the
medium's mirrors; pommgr reads the baseline's back and signs them.

Before a bundle gets its name the medium is read again, past the cache where
the file system has a way, and compared; --no-read-back leaves that out.
Volumes that do not fit onto one medium are spread over several, each with the
whole signed list: give --media for each, or write one after the other with
--resume, which ends with exit code 8 as long as volumes are missing.

The signed subscription infos of the hosts in site.hosts go along, in a
directory of their own; "subscription pack" brings nothing else. So does the
report of what the bundle changes, by which "pommgr approve" approves it.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: "Pack the newest baseline of the config's track.",
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --media /mnt/usb --baseline pve9-prod-12 --volume-size 4000000000',
      description: 'Pack a certain baseline, in volumes of at most 4 GB.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --since pve9-prod-11',
      description: 'Pack only what pve9-prod-11 lacks; the site must have that baseline.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --since receipt',
      description: 'Pack only what some trusted host lacks, by the receipts on the medium.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/dvd --volume-size dvd --resume',
      description: 'Pack onto one medium after the other; run it again for each.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --format pom --media disk1',
      description: 'Let POM fill its medium disk1, and sign the baseline on it.',
    },
  ];
  static override flags = { ...configFlag, ...packFlags };

  protected readonly resultName = 'pack-result';

  async run(): Promise<PackDone['result']> {
    const { flags } = await this.parse(Pack);
    const done = await packAsAsked({
      mode: packMode(flags),
      media: flags.media,
      configFile: flags.config,
      baselineName: flags.baseline,
      since: flags.since,
      closure: flags.closure,
      volumeSize: flags['volume-size'],
      resume: flags.resume,
      readBack: flags['read-back'],
      allowLocal: flags['allow-local'],
      withRuntime: flags.runtime,
      reports: flags.report ? reportMaker : undefined,
      dryRun: flags['dry-run'],
      askPassphrase,
      context: this.context(flags),
    });
    this.print(textOf(done, flags['allow-local']));
    return done.result;
  }
}

function textOf(done: PackDone, isLocal: boolean): string {
  switch (done.mode) {
    case 'bundle':
    case 'pom':
      return packText(done.result, { isLocal });
    case 'set':
      return packSetText(done.result);
  }
}
