/** What a rollout upgrades: a program whose postinst tells the model, a configuration file, and a kernel. */
import { buildPackage, type BuiltPackage } from './packages.ts';

/** Long enough that a run can be killed while dpkg works. */
const postinst = (version: number) =>
  `if [ -S /run/site/model.sock ]; then note postinst ${version}; sleep 0.5; fi\n`;

export async function rolloutPackages(version: number): Promise<BuiltPackage[]> {
  const kernel = `6.17.${version}-1-pve`;
  return Promise.all([
    buildPackage({
      ...{ name: 'app', version: String(version), depends: `proxmox-kernel-${kernel}` },
      scripts: { postinst: postinst(version) },
    }),
    buildPackage({
      ...{ name: 'conf', version: String(version) },
      files: { '/etc/conf': `${version}\n` },
      conffiles: ['/etc/conf'],
    }),
    buildPackage({
      ...{ name: `proxmox-kernel-${kernel}`, version: '1' },
      files: { [`/boot/vmlinuz-${kernel}`]: kernel },
    }),
  ]);
}
