import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../core/ui/base-command.ts';
import { configFlag } from '../core/ui/config-flag.ts';
import type { SbomResult } from '../sbom/domain/sbom.ts';
import { sbomText } from '../sbom/ui/sbom-text.ts';
import { sbom } from '../sbom/workflows/sbom.ts';
import { storeFlags } from '../store/ui/store-flags.ts';

export default class Sbom extends BaseCommand {
  static override summary = 'Write a software bill of materials of a baseline, a target or a host.';
  static override description = `CycloneDX 1.6 or SPDX 2.3, both as JSON. Each package has its digest and a
package URL: the vendor is the origin that the signed Release file names, and
the source package, architecture and Debian release are in it, too. A package
of a host that no known baseline lists has no URL, and the number of these is
reported. Equal content gives equal bytes.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-12 -o baseline.cdx.json',
      description: 'All packages of a baseline.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --host pve1 --format spdx -o pve1.spdx.json',
      description: 'Online, what is installed on a host that left a report.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --installed -o /mnt/usb/pve1.cdx.json',
      description: 'What is installed on this host.',
    },
  ];
  static override args = {
    baseline: Args.string({ description: "Baseline. Default: the newest of the config's track." }),
  };
  static override flags = {
    target: Flags.string({
      exclusive: ['lock', 'host', 'installed', 'root', 'store'],
      summary: 'Only what the hosts of this target see.',
      helpValue: 'NAME',
    }),
    lock: Flags.file({
      exclusive: ['host', 'installed', 'root', 'store'],
      summary: 'Online: what is installed according to a host lock.',
      helpValue: 'FILE',
    }),
    host: Flags.string({
      exclusive: ['installed', 'root', 'store'],
      summary: 'Online: a trusted host that left a report, by name.',
      helpValue: 'NAME',
    }),
    installed: Flags.boolean({
      summary: 'What is installed on this host, or with --root on the system there.',
    }),
    licenses: Flags.boolean({
      exclusive: ['lock', 'host', 'installed', 'root', 'store'],
      summary: 'With the licenses that the packages name; reads every package.',
    }),
    format: Flags.option({
      options: ['cyclonedx', 'spdx'] as const,
      default: 'cyclonedx' as const,
      summary: 'Format of the bill.',
    })(),
    output: Flags.string({
      char: 'o',
      summary: 'File to write. Default: standard output. Required with --json.',
      helpValue: 'FILE',
    }),
    ...storeFlags,
    ...configFlag,
  };

  protected readonly resultName = 'sbom-result';

  async run(): Promise<SbomResult> {
    const { args, flags } = await this.parse(Sbom);
    const { target, lock, host, installed, format, output, root, store } = flags;
    const { baseline } = args;
    if (!installed && (root ?? store) !== undefined)
      this.error('--root and --store need --installed: they say where the host is.', { exit: 2 });
    const hostOf =
      lock !== undefined ? { lock } : host !== undefined ? { host } : installed ? { root, store } : undefined;
    if (hostOf !== undefined && baseline !== undefined)
      this.error('A host has no baseline of its own to name: leave the argument out.', { exit: 2 });
    if (output === undefined && this.jsonEnabled())
      this.error('--json needs --output: the bill and the result cannot share standard output.', { exit: 2 });
    const result = await sbom({
      configFile: flags.config,
      subject: hostOf ?? { baseline, target, withLicenses: flags.licenses },
      format,
      output: output ?? null,
      context: this.context(flags),
    });
    if (result.file !== null) this.print(sbomText(result));
    return result;
  }
}
