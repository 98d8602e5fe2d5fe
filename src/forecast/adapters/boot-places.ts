/** Finds where a host keeps its boot files, and how much space is there. Reads only; mounts nothing. */
import { open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { fileSize, listDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { freeSpaceFor } from '../../core/adapters/free-space.ts';
import { listMounts, mountOf } from '../../core/adapters/mounts.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import type { BootPlace } from '../domain/boot-space.ts';
import type { BootableKernels } from '../domain/reboots.ts';
import { freeFatBytes, parseFatLayout } from '../domain/fat-space.ts';
import { readInRoot } from './host-files.ts';

/** Mount points of an EFI system partition on Debian. */
const espPlaces = ['/boot/efi', '/efi'];

export async function findBootPlaces(aptRoot: AptRoot): Promise<BootPlace[]> {
  const { root } = aptRoot;
  const boot = await pathInRoot(root, '/boot');
  const places: BootPlace[] = [];
  if (await pathExists(boot)) places.push({ kind: 'boot', ...(await roomFor(aptRoot, '/boot')) });
  const mounts = await listMounts();
  for (const path of espPlaces) {
    const place = await pathInRoot(root, path);
    if (!mounts.some(({ mountPoint }) => mountPoint === place)) continue;
    places.push({ place: path, kind: 'esp', freeBytes: (await freeSpaceFor(place)).sizeBytes });
  }
  return [...places, ...(await proxmoxPlaces(aptRoot))];
}

/** Partitions that proxmox-boot-tool manages, which are mounted only while it works. */
async function proxmoxPlaces({ root }: AptRoot): Promise<BootPlace[]> {
  const text = (await readInRoot(root, '/etc/kernel/proxmox-boot-uuids'))?.toString('utf8') ?? '';
  const uuids = text.split(/\s+/).filter((uuid) => /^[0-9A-Fa-f-]+$/.test(uuid));
  const places: BootPlace[] = [];
  for (const uuid of uuids) {
    const place = `/dev/disk/by-uuid/${uuid}`;
    places.push({ place, kind: 'proxmox-boot-tool', freeBytes: await freeOnDevice(place) });
  }
  return places;
}

/** Returns null where the device is absent, may not be read, or holds no FAT. */
export async function freeOnDevice(path: string): Promise<number | null> {
  let device: string;
  try {
    device = await realpath(path);
  } catch {
    return null;
  }
  const mount = (await listMounts()).find(({ source }) => source === device);
  if (mount !== undefined) return (await freeSpaceFor(mount.mountPoint)).sizeBytes;
  try {
    return await freeInFat(device);
  } catch (error) {
    if (['EACCES', 'EPERM', 'ENXIO', 'ENODEV', 'EIO'].includes(systemErrorCode(error) ?? '')) return null;
    throw error;
  }
}

/** The tables of the largest boot partition in use are far smaller. */
const maxTableBytes = 64 * 1024 * 1024;

async function freeInFat(device: string): Promise<number | null> {
  const file = await open(device, 'r');
  try {
    const sector = Buffer.alloc(512);
    await file.read(sector, 0, sector.length, 0);
    const layout = parseFatLayout(sector);
    if (layout === undefined || layout.tableBytes > maxTableBytes) return null;
    // One byte more: an entry of 12 bits is read as 16.
    const table = Buffer.alloc(layout.tableBytes + 1);
    const { bytesRead } = await file.read(table, 0, layout.tableBytes, layout.tableOffsetBytes);
    return bytesRead === layout.tableBytes ? freeFatBytes(layout, table) : null;
  } finally {
    await file.close();
  }
}

export interface InstalledKernels extends BootableKernels {
  largestInitramfsBytes: number | null;
}

export async function readKernels(aptRoot: AptRoot): Promise<InstalledKernels> {
  const boot = await pathInRoot(aptRoot.root, '/boot');
  const versions: string[] = [];
  let largest: number | null = null;
  for (const name of await listDirectory(boot)) {
    const [, kind, version = ''] = /^(vmlinu[xz]|initrd\.img)-(.+)$/.exec(name) ?? [];
    if (kind === 'initrd.img') largest = Math.max(largest ?? 0, await fileSize(join(boot, name)));
    else if (kind !== undefined) versions.push(version);
  }
  return { versions, largestInitramfsBytes: largest, pinned: await pinnedKernel(aptRoot) };
}

/** That of the next boot only comes before the lasting one (proxmox-boot-tool). */
async function pinnedKernel({ root }: AptRoot): Promise<string | null> {
  for (const name of ['next-boot-pin', 'proxmox-boot-pin']) {
    const version = ((await readInRoot(root, `/etc/kernel/${name}`)) ?? '').toString().trim();
    if (version !== '') return version;
  }
  return null;
}

/** Returns the size of the boot loader's files on the EFI system partition now. */
export async function loaderBytes(aptRoot: AptRoot): Promise<number> {
  let bytes = 0;
  for (const place of espPlaces) {
    const directory = await pathInRoot(aptRoot.root, `${place}/EFI`);
    if (!(await pathExists(directory))) continue;
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) bytes += await fileSize(join(entry.parentPath, entry.name));
  }
  return bytes;
}

/**
 * Returns the mount point of the file system that holds a path of the root, as the root sees it, and its free space.
 */
export async function roomFor(
  { root }: AptRoot,
  path: string,
): Promise<{ place: string; freeBytes: number }> {
  const place = await pathInRoot(root, path);
  const mountPoint = (await mountOf(place))?.mountPoint ?? root;
  const isInside = root === '/' || mountPoint === root || mountPoint.startsWith(`${root}/`);
  const inside = isInside ? mountPoint.slice(root === '/' ? 0 : root.length) : '';
  return { place: inside === '' ? '/' : inside, freeBytes: (await freeSpaceFor(place)).sizeBytes };
}
