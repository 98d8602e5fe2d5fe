/** Looks at the machine of a host: file systems, boot files, kernel, network cards, services. Changes nothing. */
import { lstat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { listDirectory, pathExists } from '../../core/adapters/atomic-files.ts';
import { walkTree } from '../../core/adapters/file-tree.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';
import { ifPresent } from '../../core/adapters/system-error.ts';
import type { Fact } from '../../core/domain/fact.ts';
import { findBootPlaces, readKernels, roomFor } from '../../forecast/adapters/boot-places.ts';
import { readInRoot } from '../../forecast/adapters/host-files.ts';
import { mapFact } from '../domain/checks/check.ts';
import type { NetworkCard, Room, UpgradeFacts } from '../domain/checks/facts.ts';
import { clockUnits, otherUnits, productUnits } from '../domain/checks/texts.ts';
import { askHost, gather, type Asking } from './ask-root.ts';

type MachineFacts = Pick<
  UpgradeFacts,
  | 'rooms'
  | 'boot'
  | 'firmware'
  | 'runningKernel'
  | 'rrdBytes'
  | 'cards'
  | 'addresses'
  | 'units'
  | 'dkmsModules'
  | 'isUsrMerged'
>;

export async function readMachineFacts(asking: Asking): Promise<MachineFacts> {
  const { root } = asking.aptRoot;
  return {
    rooms: await gather('free space', asking, () => readRooms(asking)),
    boot: await gather('/boot', asking, () => readBoot(asking)),
    firmware: await gather('/sys/firmware', asking, async () => {
      await requireDirectory(root, '/sys/firmware');
      return (await pathExists(await pathInRoot(root, '/sys/firmware/efi'))) ? 'efi' : 'bios';
    }),
    runningKernel: await gather('the running kernel', asking, async () => {
      const text = (await readInRoot(root, '/proc/sys/kernel/osrelease'))?.toString('utf8').trim() ?? '';
      if (text === '') throw new Error('/proc is not mounted in this root');
      return text;
    }),
    rrdBytes: await gather('/var/lib/rrdcached/db', asking, () => readRrdBytes(root)),
    cards: await gather('/sys/class/net', asking, () => readCards(root)),
    addresses: await gather('network addresses', asking, async () => {
      if (asking.aptRoot.kind !== 'host') throw new Error('this root does not run here');
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      return Promise.resolve(all.map(({ address }) => address));
    }),
    units: await readUnits(asking),
    dkmsModules: await gather('/var/lib/dkms', asking, async () => {
      const names = await listDirectory(await pathInRoot(root, '/var/lib/dkms'));
      return names.filter((name) => !name.startsWith('mok.') && name !== 'dkms_dbversion');
    }),
    isUsrMerged: await gather('/bin', asking, async () => {
      const links = await Promise.all(
        ['/bin', '/sbin', '/lib'].map(async (path) =>
          (await lstat(await entryInRoot(root, path))).isSymbolicLink(),
        ),
      );
      return links.every(Boolean);
    }),
  };
}

async function readRooms({ aptRoot }: Asking): Promise<Room[]> {
  const rooms = new Map<string, Room>();
  for (const path of ['/', '/usr', '/var']) {
    const room = await roomFor(aptRoot, path);
    rooms.set(room.place, room);
  }
  return [...rooms.values()];
}

async function readBoot({ aptRoot }: Asking) {
  const { versions, largestInitramfsBytes } = await readKernels(aptRoot);
  const loaders = await listDirectory(await pathInRoot(aptRoot.root, '/boot/efi/EFI/BOOT'));
  return {
    places: await findBootPlaces(aptRoot),
    kernels: versions,
    largestInitramfsBytes,
    hasRemovableLoader: loaders.some((name) => /^boot(?:x64|aa64)\.efi$/i.test(name)),
  };
}

async function readRrdBytes(root: string): Promise<Map<string, number>> {
  const base = await pathInRoot(root, '/var/lib/rrdcached/db');
  const bytes = new Map<string, number>();
  for (const name of await listDirectory(base)) {
    const directory = join(base, name);
    if (!(await lstat(directory)).isDirectory()) continue;
    let sum = 0;
    for await (const { path, kind } of walkTree(directory)) {
      if (kind === 'file') sum += (await ifPresent(lstat(join(directory, path))))?.size ?? 0;
    }
    bytes.set(name, sum);
  }
  return bytes;
}

/** A card of the machine has a device; bridges, bonds and tunnels do not. */
async function readCards(root: string): Promise<NetworkCard[]> {
  const base = await requireDirectory(root, '/sys/class/net');
  const pinned = await pinnedNames(root);
  const cards: NetworkCard[] = [];
  for (const name of (await listDirectory(base)).toSorted()) {
    if (await pathExists(await pathInRoot(root, `/sys/class/net/${name}/device`)))
      cards.push({ name, isPinned: pinned.has(name) });
  }
  return cards;
}

/** Where an administrator, or Proxmox's own tool, puts systemd.link(5) files. */
const linkDirectories = ['/etc/systemd/network', '/usr/local/lib/systemd/network'];

async function pinnedNames(root: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const directory of linkDirectories) {
    for (const file of await listDirectory(await pathInRoot(root, directory))) {
      if (!file.endsWith('.link')) continue;
      const text = (await readInRoot(root, `${directory}/${file}`))?.toString('utf8') ?? '';
      const name = /^\s*Name\s*=\s*(\S+)/m.exec(text)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** systemctl prints one state a line, in the order of the question. */
async function readUnits(asking: Asking): Promise<Fact<ReadonlyMap<string, string>>> {
  const units = [...clockUnits, ...otherUnits, ...Object.values(productUnits).flat()];
  const answer = await askHost(
    { program: 'systemctl', args: ['is-active', '--', ...units], accept: [0, 1, 2, 3, 4] },
    asking,
  );
  return mapFact({ ...answer, source: 'systemctl is-active' }, (text) => {
    if (text === null) throw new SyntaxError('systemctl is not installed');
    const states = text.split('\n').filter((line) => line !== '');
    if (states.length !== units.length) throw new SyntaxError('it names no state: systemd does not run here');
    return new Map(units.map((unit, index) => [unit, states[index] ?? '']));
  });
}

async function requireDirectory(root: string, path: string): Promise<string> {
  const place = await pathInRoot(root, path);
  if (!(await pathExists(place))) throw new Error('it does not exist: /sys is not mounted in this root');
  return place;
}
