import { Args, Flags } from '@oclif/core';
import { configFlag } from '../core/ui/config-flag.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { presetListText } from '../snapshot/ui/mirror-text.ts';
import { listPresets, type ListedPreset } from '../snapshot/workflows/mirror-list.ts';
import { initText } from '../init/ui/init-text.ts';
import { initConfig, type InitResult } from '../init/workflows/init.ts';

export default class Init extends BaseCommand {
  static override summary = 'Write a commented config, from presets, apt sources or Proxmox Offline Mirror.';
  static override description = `The config goes to the file that --config or $POMMGR_CONFIG names, else to
./pommgr.yaml. A file that is there already is never changed.

With --preset the baselines are thin: they hold what a new host of the product
needs and, once their locks are named in the config, what each host needs.
With --whole they hold all of the repositories, a hundred times as much.

A preset upgrade-* has the mirrors of both releases and a target for each
stage of a major upgrade. With a Ceph preset of the old release, the stages of
Ceph come in between.

With --from-apt each source of /etc/apt becomes a mirror, with the keyring of
its Signed-By. deb-src entries are left out; what a config cannot express is
left out with a warning.

With --from-pom each mirror of Proxmox Offline Mirror becomes one, in the same
base directory: its snapshots go on where they are. Without POMCONFIG its
default config is read.

With --continue-from the new machine goes on with the track of a medium that
an earlier one packed: its next baseline has the next number. The medium's
signature must be by a key that this machine trusts, or that --key names.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --preset pve-9-enterprise debian-trixie',
      description: 'A Proxmox VE 9 site with its Debian base. "init --list-presets" lists all.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --preset upgrade-pve-8-to-9 ceph-reef-bookworm-enterprise',
      description: 'All stages from Proxmox VE 8 with Ceph reef to 9 with Ceph tentacle.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --from-apt --include bash "linux-image-*"',
      description: "This machine's own sources, limited to a few packages.",
    },
    {
      command: '<%= config.bin %> <%= command.id %> --from-pom',
      description: 'The mirrors that Proxmox Offline Mirror has on this machine.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> -p pve-9-enterprise --continue-from /mnt/usb --key signing-key.pub.pem',
      description: 'A new machine in the place of one that is lost.',
    },
  ];
  static override args = {
    pomConfig: Args.string({
      name: 'CONFIG',
      description: 'With --from-pom: the config of Proxmox Offline Mirror.',
    }),
  };
  static override flags = {
    ...configFlag,
    preset: Flags.string({
      char: 'p',
      summary: 'A repository of Proxmox or Debian; several names may follow.',
      multiple: true,
      helpValue: 'NAME',
      exactlyOne: ['preset', 'from-apt', 'from-pom', 'list-presets'],
    }),
    'from-apt': Flags.boolean({
      summary: 'Take the apt sources of this machine.',
      exactlyOne: ['preset', 'from-apt', 'from-pom', 'list-presets'],
    }),
    'from-pom': Flags.boolean({
      summary: 'Take the mirrors of Proxmox Offline Mirror; POMCONFIG may follow.',
      exactlyOne: ['preset', 'from-apt', 'from-pom', 'list-presets'],
    }),
    'list-presets': Flags.boolean({
      summary: 'List the presets, with their end of life, and write nothing.',
      exactlyOne: ['preset', 'from-apt', 'from-pom', 'list-presets'],
    }),
    include: Flags.string({
      char: 'i',
      summary: 'Mirror this package only; * and ? match; several may follow.',
      description: 'Packages that it depends on are not added by themselves.',
      multiple: true,
      relationships: [{ type: 'none', flags: ['from-pom'] }],
      helpValue: 'PKG',
    }),
    whole: Flags.boolean({
      summary: 'With --preset: mirror the repositories whole, not only what hosts need.',
      relationships: [{ type: 'all', flags: ['preset'] }],
    }),
    track: Flags.string({
      summary: 'Name of the line of baselines. Default: product and release, e.g. pve9.',
      helpValue: 'NAME',
    }),
    'continue-from': Flags.directory({
      summary: 'Continue the track of this medium, after its highest baseline.',
      helpValue: 'MEDIA',
    }),
    key: Flags.file({
      multiple: true,
      summary: "With --continue-from: trust this public key instead of the machine's own.",
      relationships: [{ type: 'all', flags: ['continue-from'] }],
      helpValue: 'FILE',
    }),
    root: Flags.directory({
      summary: 'With --from-apt: read the sources of the system in this directory.',
      relationships: [{ type: 'all', flags: ['from-apt'] }],
      exists: true,
      helpValue: 'DIR',
    }),
  };

  protected resultName = 'init-result';

  async run(): Promise<InitResult | { presets: ListedPreset[] }> {
    const { args, flags } = await this.parse(Init);
    if (flags['list-presets']) {
      this.resultName = 'mirror-presets';
      const list = listPresets(new Date());
      this.print(presetListText(list));
      return list;
    }
    const result = await initConfig({
      context: this.context(flags),
      from: flags.preset
        ? { kind: 'presets', names: flags.preset, whole: flags.whole }
        : flags['from-pom']
          ? { kind: 'pom' }
          : { kind: 'apt', root: flags.root ?? '/' },
      include: flags.include ?? [],
      ...(args.pomConfig === undefined ? {} : { pomConfig: args.pomConfig }),
      ...(flags.track === undefined ? {} : { track: flags.track }),
      ...(flags['continue-from'] === undefined
        ? {}
        : { continueFrom: { media: flags['continue-from'], keyFiles: flags.key ?? [] } }),
      ...(flags.config === undefined ? {} : { output: flags.config }),
    });
    this.print(initText(result, flags.config));
    return result;
  }
}
