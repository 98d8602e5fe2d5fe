/** Checks the packages of the boot loader. */
import { before, fail, known, pass, warn, type UpgradeCheck } from './check.ts';
import { versionOf } from './facts.ts';

export const loaderChecks: readonly UpgradeCheck[] = [
  {
    id: 'systemd-boot',
    title: 'The meta package systemd-boot is not installed',
    phases: before,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'dpkg -l systemd-boot; proxmox-boot-tool status',
    judge: ({ packages, texts, firmware }) =>
      known([packages], (all) => {
        if (versionOf(all, 'systemd-boot') === undefined) return pass('not installed');
        return known([firmware, texts.bootUuids], (kind, uuids) => {
          if (kind === 'bios')
            return warn(
              'systemd-boot is installed, and the host boots by BIOS',
              'Remove it: apt-get remove systemd-boot',
            );
          if ((uuids ?? '').trim() === '') return removeIt();
          // Until the upgrade, proxmox-boot-tool needs bootctl, which this package brings on Debian 12.
          return known([texts.bootTool], (status) =>
            /configured with:.*\b(?:uefi|systemd-boot)\b/.test(status ?? '')
              ? pass('installed, and proxmox-boot-tool needs it until the upgrade is done; then remove it')
              : removeIt(),
          );
        });
      }),
  },
  {
    id: 'grub-efi',
    title: 'GRUB is kept up to date on the EFI system partition',
    phases: before,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'dpkg -l grub-efi-amd64 grub-efi-arm64; findmnt /boot/efi',
    judge: ({ packages, texts, firmware, boot, host }) =>
      known([boot], ({ kernels }) => {
        if (kernels.length === 0) return pass('no kernel is installed here');
        return known([firmware, texts.bootUuids, packages], (kind, uuids, all) => {
          if (kind === 'bios') return pass('the host boots by BIOS');
          if ((uuids ?? '').trim() !== '') return pass('proxmox-boot-tool updates the boot loader');
          const name = `grub-efi-${host.architecture}`;
          if (versionOf(all, name) !== undefined) return pass(`${name} is installed`);
          const todo = `Install ${name}: without it new versions of GRUB never get onto the EFI system partition.`;
          const onLvm = /\broot=\/dev\/mapper\//;
          return known([texts.commandLine], (line) =>
            onLvm.test(line ?? '')
              ? fail(`${name} is missing, and the root is on LVM, which the old GRUB may fail to read`, todo)
              : warn(`${name} is missing`, todo),
          );
        });
      }),
  },
  {
    id: 'removable-loader',
    title: 'The boot loader at the removable path is updated',
    phases: before,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'ls /boot/efi/EFI/BOOT; debconf-show grub-efi-amd64',
    judge: ({ texts, boot }) =>
      known([boot, texts.bootUuids], ({ hasRemovableLoader }, uuids) => {
        if (!hasRemovableLoader) return pass('no boot loader at the removable path');
        if ((uuids ?? '').trim() !== '') return pass('proxmox-boot-tool updates it');
        return known([texts.loaderAnswers], (answers) =>
          /force_efi_extra_removable: +true\s*$/m.test(answers ?? '')
            ? pass('GRUB updates it')
            : warn(
                '/boot/efi/EFI/BOOT has one, and GRUB does not update it',
                "Run: echo 'grub-efi-amd64 grub2/force_efi_extra_removable boolean true' | debconf-set-selections; then reinstall grub-efi-amd64.",
              ),
        );
      }),
  },
];

function removeIt() {
  return fail(
    'systemd-boot is installed',
    'Remove it before the upgrade (apt-get remove systemd-boot): its scripts make upgrades of other boot packages fail. systemd-boot-efi and systemd-boot-tools may stay.',
  );
}
