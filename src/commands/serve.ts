import { Flags } from '@oclif/core';
import type { ServeReport } from '../serve/domain/serve-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { readyText, requestText, serveText } from '../serve/ui/serve-text.ts';
import { storeFlags } from '../store/ui/store-flags.ts';
import { nginxConfig, type NginxConfig } from '../serve/workflows/nginx-config.ts';
import { serve } from '../serve/workflows/serve.ts';

export default class Serve extends BaseCommand {
  static override summary = "Offer this host's store to other hosts by HTTP.";
  static override description = `Answers GET and HEAD for the files of the stored baselines and for nothing
else, until it is told to stop. Started by root, it becomes another user
first. Other hosts check every signature themselves: "pommgr apply --from
http://HOST:PORT". With --media, hosts that have nothing yet can start from
here, too: launcher and runtime of that medium are checked and kept, and each
later apply from a medium renews them. Each request is a line on stderr, but
for --quiet.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --listen 192.0.2.7:8474',
      description: 'Offer the store to the network of that address.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --listen 0.0.0.0:8474 --media /mnt/usb',
      description: 'On every address, and with what a bare host starts from.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --print-nginx --listen 192.0.2.7:80',
      description: 'Print a server of nginx that does the same, for good.',
    },
  ];
  static override flags = {
    listen: Flags.string({
      default: '127.0.0.1:8474',
      summary: 'Where to listen; port 0 is any that is free.',
      helpValue: 'ADDRESS:PORT',
    }),
    media: Flags.directory({
      summary: 'Take launcher and runtime of this medium into the store first.',
      helpValue: 'DIR',
    }),
    user: Flags.string({
      default: 'nobody',
      summary: 'User to become when root starts it.',
      helpValue: 'NAME',
    }),
    'print-nginx': Flags.boolean({ summary: 'Print a config for nginx, and serve nothing.' }),
    ...storeFlags,
  };

  protected readonly resultName = 'serve-result';

  async run(): Promise<ServeReport | NginxConfig> {
    const { flags } = await this.parse(Serve);
    const { root, store, user } = flags;
    const place = { root, store, listen: flags.listen };
    if (flags['print-nginx']) {
      const result = await nginxConfig(place);
      this.printDocument(result.config);
      return result;
    }
    const context = this.context(flags);
    const report = await serve({
      ...place,
      user,
      media: flags.media,
      onReady: (ready) =>
        (this.jsonEnabled() ? context.progress.note : this.log.bind(this))(readyText(ready)),
      onRequest: (request) => context.progress.note(requestText(request)),
      context,
    });
    this.print(serveText(report));
    return report;
  }
}
