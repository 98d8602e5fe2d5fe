import { BaseCommand } from '../../core/ui/base-command.ts';
import { presetListText } from '../../snapshot/ui/mirror-text.ts';
import { listPresets, type ListedPreset } from '../../snapshot/workflows/mirror-list.ts';

export default class MirrorPresets extends BaseCommand {
  static override summary = 'List the presets that "init --preset" takes.';
  static override description = `Every repository of Proxmox and Debian that a config can be written for:

pve|pbs|pmg|pdm-VERSION-CHANNEL: a product.
ceph-RELEASE-CODENAME-CHANNEL: Ceph for Proxmox VE.
pbs-client-CODENAME: the backup client, for any Debian host.
debian-CODENAME: the Debian base with updates and security.

CHANNEL is enterprise, no-subscription or test.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'All presets, with their end of life.' },
    {
      command: '<%= config.bin %> init --preset pbs-4-no-subscription debian-trixie',
      description: 'Write a config with two of them.',
    },
  ];

  protected readonly resultName = 'mirror-presets';

  async run(): Promise<{ presets: ListedPreset[] }> {
    await this.parse(MirrorPresets);
    const list = listPresets(new Date());
    this.print(presetListText(list));
    return list;
  }
}
