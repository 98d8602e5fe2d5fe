import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../core/ui/base-command.ts';
import { configFlag } from '../core/ui/config-flag.ts';
import type { Forecast as ForecastResult } from '../forecast/domain/forecast.ts';
import { forecastText } from '../forecast/ui/forecast-text.ts';
import { forecastApplied } from '../forecast/workflows/forecast-applied.ts';
import { forecastLock } from '../forecast/workflows/forecast-lock.ts';
import { forecastMedium, forecastRemote } from '../forecast/workflows/forecast-preview.ts';
import { storeFlags } from '../store/ui/store-flags.ts';

export default class Forecast extends BaseCommand {
  static override summary = 'Predict what an upgrade would do on a host, before it is run.';
  static override description = `What "apt-get dist-upgrade" would change, by source package; room on /, /boot
and boot partitions; configuration files about which dpkg would ask, with the
difference; reboots, restarts of services, guests and Ceph daemons; questions
of debconf; NEWS; changed maintainer scripts. On a host: of the baseline that
is applied, or with --media or --from of one that is not. Online: by the lock
of a host, with --lock or --host. Reads the packages themselves and changes
nothing. Exit code 1 when the upgrade is refused, or lacks room.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Of this host, on what is applied.' },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Of this host, on the newest bundle of a medium, before "apply".',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --host pve1 pve9-prod-12',
      description: 'Online, of a host that left a report.',
    },
  ];
  static override args = {
    baseline: Args.string({
      description: 'Baseline; with --media, bundle. Default: what is applied, or the newest.',
    }),
  };
  static override flags = {
    media: Flags.directory({
      exclusive: ['from', 'lock', 'host'],
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Directory of a medium; nothing of it is applied.',
      helpValue: 'DIR',
    }),
    from: Flags.string({
      exclusive: ['lock', 'host'],
      summary: 'The store of another host, by address or as a directory.',
      helpValue: 'URL|DIR',
    }),
    lock: Flags.file({
      exclusive: ['host', 'root', 'store'],
      summary: 'Online: a host lock.',
      helpValue: 'FILE',
    }),
    host: Flags.string({
      exclusive: ['root', 'store'],
      summary: 'Online: a trusted host that left a report, by name.',
      helpValue: 'NAME',
    }),
    target: Flags.string({
      relationships: [{ type: 'some', flags: ['media', 'from'] }],
      summary: 'Target, where several fit the host.',
      helpValue: 'NAME',
    }),
    ...storeFlags,
    ...configFlag,
  };

  protected readonly resultName = 'forecast-result';

  async run(): Promise<ForecastResult> {
    const { args, flags } = await this.parse(Forecast);
    const { root, store, target, from, lock, host } = flags;
    const { baseline } = args;
    const [media, ...furtherMedia] = flags.media ?? [];
    const context = this.context(flags);
    const here = { root, store, target, context };
    let forecast: ForecastResult;
    if (lock !== undefined || host !== undefined) {
      const named = lock === undefined ? { host: host ?? '' } : { file: lock };
      forecast = await forecastLock({ configFile: flags.config, lock: named, baseline, context });
    } else if (media !== undefined)
      forecast = await forecastMedium({ ...here, media, furtherMedia, bundle: baseline, acceptGaps: true });
    else if (from !== undefined)
      forecast = await forecastRemote({ ...here, from, baseline, acceptGaps: true });
    else forecast = await forecastApplied({ root, store, baseline, context });
    if (forecast.verdict !== 'go') this.answerNo();
    this.print(forecastText(forecast));
    return forecast;
  }
}
