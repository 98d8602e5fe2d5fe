/** Checks the room that the upgrade needs: on /, on /boot and the boot partitions, and for the new RRD files. */
import { formatBytes } from '../../../core/domain/byte-size.ts';
import { bootSpaceNeeds, type BootPlace } from '../../../forecast/domain/boot-space.ts';
import { before, fail, known, pass, unknown, warn, type UpgradeCheck } from './check.ts';

const gigabyte = 1e9;
/** What the products' guides ask for at least, and advise. */
const leastBytes = 5 * gigabyte;
const advisedBytes = 10 * gigabyte;
/** The new files are larger by about these factors: more values, at a higher resolution. */
const rrdGrowth: readonly (readonly [string, number])[] = [
  ['pve2-node', 19],
  ['pve2-vm', 21],
  ['pve2-storage', 12],
];
/** A kernel of Proxmox with its map, configuration and modules' list, in /boot. */
const kernelFiles = new Map([
  ['/boot/vmlinuz-new', 16_000_000],
  ['/boot/System.map-new', 10_000_000],
  ['/boot/config-new', 300_000],
]);

export const spaceChecks: readonly UpgradeCheck[] = [
  {
    id: 'room',
    title: 'There is room for the packages',
    phases: before,
    byHand: 'df -h / /usr /var',
    judge: ({ rooms, host }) =>
      known([rooms], (all) => {
        // Debian names no figure, and a plain system is smaller than a product.
        const isPlain = host.products.every((product) => product === 'debian');
        const least = isPlain ? leastBytes / 5 : leastBytes;
        const advised = isPlain ? leastBytes / 2 : advisedBytes;
        const seen = all
          .map(({ place, freeBytes }) => `${place} has ${formatBytes(freeBytes)} free`)
          .join(', ');
        const smallest = Math.min(...all.map(({ freeBytes }) => freeBytes));
        const todo = `Free at least ${formatBytes(advised)} on each: apt-get clean, old kernels, logs, ISO images. "pommgr upgrade-release plan" says what each stage needs.`;
        if (all.length === 0) return unknown('no file system was looked at');
        if (smallest < least) return fail(seen, todo);
        return smallest < advised ? warn(seen, todo) : pass(seen);
      }),
  },
  {
    id: 'room-boot',
    title: 'There is room for a new kernel',
    phases: before,
    byHand: 'df -h /boot /boot/efi; proxmox-boot-tool status',
    judge: ({ boot }) =>
      known([boot], ({ places, kernels, largestInitramfsBytes }) => {
        if (kernels.length === 0)
          return pass('no kernel is installed here: a container, or a root without one');
        const names = ['initramfs-tools'];
        const needs = bootSpaceNeeds(distinctPlaces(places), {
          ...{ bootFiles: kernelFiles, largestInitramfsBytes, loaderBytes: 0, names },
        });
        const unread = needs.filter(({ freeBytes }) => freeBytes === null).map(({ place }) => place);
        const short = needs.filter(
          ({ freeBytes, neededBytes }) => freeBytes !== null && freeBytes < neededBytes,
        );
        if (short.length > 0) {
          const seen = short.map(
            ({ place, neededBytes, freeBytes }) =>
              `${place} has ${formatBytes(freeBytes ?? 0)} free, about ${formatBytes(neededBytes)} are needed`,
          );
          return fail(
            seen.join('; '),
            'Remove old kernels: apt-get autoremove --purge, or apt-get purge KERNEL. Debian advises 300 MB free on a /boot of its own.',
          );
        }
        if (unread.length > 0) return unknown(`the free space of ${unread.join(', ')} cannot be read`);
        const seen = needs.map(({ place, freeBytes }) => `${place} has ${formatBytes(freeBytes ?? 0)} free`);
        return seen.length === 0 ? unknown('no boot partition was found') : pass(seen.join(', '));
      }),
  },
  {
    id: 'room-rrd',
    title: 'There is room for the new RRD files',
    phases: before,
    products: ['pve'],
    byHand: 'du -sh /var/lib/rrdcached/db; df -h /var/lib/rrdcached/db',
    judge: ({ rrdBytes, rooms }) =>
      known([rrdBytes, rooms], (bytes, all) => {
        const neededBytes = rrdGrowth.reduce(
          (sum, [name, factor]) => sum + (bytes.get(name) ?? 0) * factor,
          0,
        );
        const place = ['/var', '/'].map((name) => all.find((room) => room.place === name)).find(Boolean);
        if (place === undefined) return unknown('the file system of /var/lib/rrdcached/db was not looked at');
        const seen = `about ${formatBytes(neededBytes)} and 1 GB to spare, ${place.place} has ${formatBytes(place.freeBytes)} free`;
        return place.freeBytes >= neededBytes + gigabyte
          ? pass(seen)
          : fail(
              seen,
              `Free ${formatBytes(neededBytes + gigabyte - place.freeBytes)} on ${place.place}: the new release converts the statistics of nodes, guests and storages to larger files.`,
            );
      }),
  },
];

/** A place may be both, as /boot on an EFI system partition. */
function distinctPlaces(places: readonly BootPlace[]): BootPlace[] {
  return places.filter(
    ({ place, kind }, index) => places.findIndex((one) => one.place === place && one.kind === kind) === index,
  );
}
