import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { mirrorListText } from '../../snapshot/ui/mirror-text.ts';
import { listMirrors, type MirrorList } from '../../snapshot/workflows/mirror-list.ts';

export default class MirrorListCommand extends BaseCommand {
  static override summary = 'List the mirrors of the config.';
  static override description = `Shows where each mirror comes from and what its filters leave out; with the
pom engine also how it stands in the config of Proxmox Offline Mirror: same,
to add, to change, or only in POM. Nothing is fetched and nothing changed.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'The mirrors as a table.' },
    {
      command: '<%= config.bin %> <%= command.id %> --json --config /srv/pve9/pommgr.yaml',
      description: 'The mirrors of another config, as JSON.',
    },
  ];

  static override flags = { ...configFlag };

  protected readonly resultName = 'mirror-list';

  async run(): Promise<MirrorList> {
    const { flags } = await this.parse(MirrorListCommand);
    const list = await listMirrors(flags.config, this.context(flags));
    this.print(mirrorListText(list));
    return list;
  }
}
