/** What is read of a machine: FAT that is not mounted, processes and their files, kernels, needrestart. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import {
  findBootPlaces,
  freeOnDevice,
  readKernels,
  roomFor,
} from '../../src/forecast/adapters/boot-places.ts';
import { readConfOptions } from '../../src/forecast/adapters/host-files.ts';
import { readNeedrestart } from '../../src/forecast/adapters/needrestart.ts';
import { listProcesses } from '../../src/forecast/adapters/processes.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function emptyRoot(files: Record<string, string>): Promise<AptRoot> {
  const root = await scratchDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { kind: 'outside', root, architecture: 'amd64', foreignArchitectures: [] };
}

it.each([
  ['12', 2],
  ['16', 64],
  ['32', 128],
])('counts the free clusters of FAT%s as mtools does', async (bits, mebibytes) => {
  const image = join(await scratchDirectory(), 'fat.img');
  await run('truncate', ['--size', `${mebibytes}M`, image]);
  await run('mkfs.vfat', ['-F', bits, image]);
  const used = join(await scratchDirectory(), 'file');
  await writeFile(used, Buffer.alloc(700_000, 1));
  const free = async (): Promise<number> => {
    const { stdout } = await run('mdir', ['-i', image, '::'], { env: { MTOOLS_SKIP_CHECK: '1' } });
    return Number(/([\d ]+) bytes free/.exec(stdout)?.[1]?.replaceAll(' ', ''));
  };
  expect(await freeOnDevice(image)).toBe(await free());
  await run('mcopy', ['-i', image, used, '::/vmlinuz']);
  expect(await freeOnDevice(image)).toBe(await free());
  expect(await freeOnDevice(used)).toBeNull();
  expect(await freeOnDevice(`${image}.absent`)).toBeNull();
});

it('sees which files a process has in memory', async () => {
  const child = spawn('sleep', ['60']);
  try {
    await once(child, 'spawn');
    const found = (await listProcesses()).find(({ pid }) => pid === child.pid);
    expect(found).toMatchObject({ name: 'sleep', isStale: false });
    expect(found?.files.some((path) => /^\/usr\/lib\/.*\/libc\.so\.6$/.test(path))).toBe(true);
    expect(found?.files).toContain(found?.program);
  } finally {
    child.kill();
  }
});

it('names kernels, boot partitions and the room on them', async () => {
  const aptRoot = await emptyRoot({
    'boot/vmlinuz-6.8.12-9-pve': 'k',
    'boot/initrd.img-6.8.12-9-pve': 'x'.repeat(900),
    'boot/initrd.img-6.8.12-8-pve': 'x'.repeat(300),
    'etc/kernel/proxmox-boot-uuids': 'AAAA-0000\n../../x\n',
  });
  expect(await readKernels(aptRoot)).toEqual({
    versions: ['6.8.12-9-pve'],
    largestInitramfsBytes: 900,
    pinned: null,
  });
  for (const name of ['proxmox-boot-pin', 'next-boot-pin']) {
    await mkdir(join(aptRoot.root, 'etc/kernel'), { recursive: true });
    await writeFile(join(aptRoot.root, 'etc/kernel', name), `${name}\n`);
    expect((await readKernels(aptRoot)).pinned).toBe(name);
  }
  const places = await findBootPlaces(aptRoot);
  expect(places.map(({ place, kind }) => `${kind} ${place}`)).toEqual([
    // No file system of its own.
    'boot /',
    'proxmox-boot-tool /dev/disk/by-uuid/AAAA-0000',
  ]);
  expect(places[0]?.freeBytes).toBeGreaterThan(0);
  expect(places[1]?.freeBytes).toBeNull();
  expect(await roomFor(aptRoot, '/usr')).toMatchObject({ place: '/' });
});

it("reads dpkg's options where dpkg and apt have them, and no other files", async () => {
  const aptRoot = await emptyRoot({
    'etc/dpkg/dpkg.cfg.d/local': '# force-confnew\nforce-confold\n',
    'etc/dpkg/dpkg.cfg.d/local.dpkg-old': 'force-confmiss\n',
    'etc/apt/apt.conf.d/10dpkg': 'DPkg::Options { "--force-confdef"; };\n',
  });
  expect(await readConfOptions(aptRoot)).toEqual({
    ...{ confold: true, confdef: true },
    ...{ confnew: false, confmiss: false, confask: false },
  });
});

it('knows whether needrestart restarts by itself', async () => {
  expect(await readNeedrestart(await emptyRoot({}))).toBeNull();
  const aptRoot = await emptyRoot({
    'etc/apt/apt.conf.d/99needrestart': '',
    'etc/needrestart/needrestart.conf': '$nrconf{override_rc} = { qr(^dbus) => 0 };',
    'etc/needrestart/conf.d/auto.conf': "$nrconf{restart} = 'a';",
  });
  expect(await readNeedrestart(aptRoot)).toEqual({ mode: 'a', spared: [/^dbus/] });
});
