/**
 * Computes the space for kernels: what the files below /boot and the initramfs images of an upgrade need on `/boot` and
 * on the boot partitions. The image of a new kernel is assumed to be as large as the largest existing one.
 */
import { formatBytes } from '../../core/domain/byte-size.ts';
import type { SpaceNeed } from './forecast.ts';

/** A place that boot files are written to. */
export interface BootPlace {
  /** A mount point, or a device. */
  place: string;
  kind: 'boot' | 'esp' | 'proxmox-boot-tool';
  freeBytes: number | null;
}

export interface BootFacts {
  /** Bytes by path below /boot, of all packages of the plan. */
  bootFiles: ReadonlyMap<string, number>;
  /** Size of the largest initramfs; null where there is none. */
  largestInitramfsBytes: number | null;
  /** Size of the boot loader's files on the ESP now. */
  loaderBytes: number;
  /** Names of the packages that the plan upgrades or installs. */
  names: readonly string[];
}

/** Typical size of an image with all drivers, for a host without an existing one. */
const assumedInitramfsBytes = 128 * 1024 * 1024;
/** Packages after which the images of all kernels are rebuilt, one at a time. */
const remakers =
  /^(?:initramfs-tools(?:-core|-bin)?|intel-microcode|amd64-microcode|firmware-.*|pve-firmware|udev|lvm2|mdadm|cryptsetup(?:-initramfs)?|zfs-initramfs|zfsutils-linux|busybox|kmod)$/;
const loaders = /^(?:grub-efi-.*|grub2?-common|shim-signed.*|systemd-boot.*|proxmox-grub)$/;

/** Returns nothing where the upgrade writes no boot files. */
export function bootSpaceNeeds(places: readonly BootPlace[], facts: BootFacts): SpaceNeed[] {
  const kernels = [...facts.bootFiles].filter(([path]) => /^\/boot\/vmlinu[xz]-/.test(path));
  const initramfs = facts.largestInitramfsBytes ?? assumedInitramfsBytes;
  const all = [...facts.bootFiles.values()].reduce((sum, bytes) => sum + bytes, 0);
  const remakes = facts.names.some((name) => remakers.test(name));
  const estimate =
    facts.largestInitramfsBytes === null
      ? `there is no initramfs to go by: ${formatBytes(initramfs)} each is assumed`
      : `each initramfs is taken to be as large as the largest one now, ${formatBytes(initramfs)}`;
  const needs: SpaceNeed[] = [];
  for (const { place, kind, freeBytes } of places) {
    if (kind === 'boot' && (kernels.length > 0 || remakes)) {
      // One image is written beside the old one before that is replaced.
      const neededBytes = all + kernels.length * initramfs + (remakes ? initramfs : 0);
      const what = remakes
        ? `${kernelsText(kernels.length)}, and one initramfs at a time made anew,`
        : kernelsText(kernels.length);
      needs.push({ place, what, neededBytes, freeBytes, estimate });
    } else if (kind === 'proxmox-boot-tool' && (kernels.length > 0 || remakes)) {
      const images = kernels.reduce((sum, [, bytes]) => sum + bytes + initramfs, 0);
      needs.push({
        ...{ place, freeBytes },
        neededBytes: images + (remakes ? initramfs : 0),
        what: `copies of ${kernelsText(kernels.length)} by proxmox-boot-tool`,
        estimate: `${estimate}; old kernels may be dropped first`,
      });
    } else if (kind === 'esp' && facts.names.some((name) => loaders.test(name))) {
      const what = 'boot loader files';
      needs.push({
        ...{ place, what, freeBytes, neededBytes: facts.loaderBytes },
        estimate: 'taken to be as large as what is there now',
      });
    }
  }
  return needs;
}

function kernelsText(count: number): string {
  return `${count} new ${count === 1 ? 'kernel' : 'kernels'} with initramfs`;
}
