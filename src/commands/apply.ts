import { Flags } from '@oclif/core';
import type { ApplyReport } from '../host/domain/apply-report.ts';
import { activationError } from '../host/ui/activation-text.ts';
import { applyText } from '../host/ui/apply-text.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { storeFlags } from '../store/ui/store-flags.ts';
import { activateAfter } from '../activation/workflows/activate-after.ts';
import { forecastSummary } from '../forecast/workflows/forecast-preview.ts';
import { apply } from '../host/workflows/apply.ts';
import { admitNextRelease, forecastNextRelease } from '../upgrade/workflows/admit-next-release.ts';
import { applyFrom } from '../host/workflows/apply-from.ts';

export default class Apply extends BaseCommand {
  static override summary = "Switch a host's APT to the baseline of a bundle.";
  static override description = `Checks the whole bundle and copies it into the store; only then sets other
sources aside and switches apt to the baseline, in one step. Installs and
upgrades nothing: it shows what apt-get dist-upgrade would do. When apt
refuses, what was there before comes back. Running it again after an
interruption undoes or finishes the work. Of a bundle that is spread over
several media it keeps the volumes that it finds and ends with exit code 8
until it has seen the last medium, in any order. With --from the packages
stay in another host's store ("pommgr serve", or a share), checked as a
medium is.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: "Apply the newest bundle of the host's track.",
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --dry-run',
      description: 'Check everything and show the upgrade plan and its sizes; change nothing.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --from http://192.0.2.7:8474',
      description: 'Use the store of another host, without a medium.',
    },
  ];
  static override flags = {
    media: Flags.directory({
      exactlyOne: ['media', 'from'],
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Directory of the medium. Of a set: one after the other, or several at once.',
      helpValue: 'DIR',
    }),
    from: Flags.string({
      exclusive: ['store-only', 'activate', 'receipt'],
      summary: 'Use the store of another host, by address or as a directory.',
      helpValue: 'URL|DIR',
    }),
    ...storeFlags,
    target: Flags.string({
      summary: 'Target to apply, where several fit the host; later runs take it too.',
      helpValue: 'NAME',
    }),
    bundle: Flags.string({
      summary: "Bundle (--from: baseline). Default: the highest of the host's track to be had.",
      helpValue: 'NAME',
    }),
    'allow-older': Flags.boolean({ summary: 'Apply a baseline older than the newest applied so far.' }),
    'accept-sequence': Flags.integer({
      exclusive: ['allow-older', 'store-only'],
      min: 1,
      summary: 'Accept a baseline with exactly this sequence number, and continue from it.',
      helpValue: 'N',
    }),
    'switch-track': Flags.boolean({ summary: 'Apply a baseline of another track than before.' }),
    'accept-gaps': Flags.boolean({
      summary: 'Apply even if the baseline cannot serve this host as it is now.',
    }),
    'upgrade-release': Flags.boolean({
      exclusive: ['from', 'store-only', 'activate'],
      summary: 'Switch to the target of the next Debian release; see upgrade-release next.',
    }),
    'store-only': Flags.boolean({ summary: 'Copy the bundle into the store and stop there.' }),
    'all-targets': Flags.boolean({
      exclusive: ['from'],
      summary: 'Store the files of all targets, for other hosts to use; see serve.',
    }),
    activate: Flags.boolean({
      summary: "Then activate the host's subscription keys, too; see subscription activate.",
      exclusive: ['store-only'],
    }),
    receipt: Flags.directory({
      summary: 'Then leave a signed receipt of what the host holds, in DIR/receipts.',
      helpValue: 'DIR',
    }),
    'dry-run': Flags.boolean({ summary: 'Check everything and show what would change; change nothing.' }),
  };

  protected readonly resultName = 'apply-result';

  async run(): Promise<ApplyReport> {
    const { flags } = await this.parse(Apply);
    const { 'store-only': storeOnly, 'all-targets': allTargets, 'upgrade-release': upgradeRelease } = flags;
    const { from = '', root, store, target, bundle, receipt } = flags;
    const activate = flags.activate ? activateAfter : undefined;
    const [media, ...furtherMedia] = flags.media ?? [];
    const common = {
      ...{ root, store, target },
      allowOlder: flags['allow-older'],
      acceptGaps: flags['accept-gaps'],
      acceptSequence: flags['accept-sequence'],
      switchTrack: flags['switch-track'],
      dryRun: flags['dry-run'],
      forecast: forecastSummary,
      context: this.context(flags),
    };
    const report =
      media === undefined
        ? await applyFrom({ ...common, from, baseline: bundle })
        : await apply({
            ...common,
            ...{ media, furtherMedia, bundle, receipt, activate },
            storeOnly,
            allTargets,
            ...(upgradeRelease ? { upgradeRelease: admitNextRelease, forecast: forecastNextRelease } : {}),
          });
    this.print(applyText(report));
    const failure = report.activation === null ? undefined : activationError(report.activation, report);
    if (failure !== undefined) throw failure;
    return report;
  }
}
