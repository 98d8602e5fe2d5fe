/** File systems as people carry them, by Debian's FUSE drivers on image files; all are unmounted at the end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterTestFile } from './file-end.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

export type FuseKind = 'fusefat' | 'exfat-fuse' | 'ntfs-3g';

/** How an image is made, mounted in the foreground, and repaired after its driver was killed. */
const drivers: Record<
  FuseKind,
  { make: string[]; mount: (image: string, at: string) => string[]; repair: string[] }
> = {
  fusefat: {
    make: ['mkfs.vfat'],
    mount: (image, at) => ['fusefat', '-f', '-o', 'rw+', image, at],
    repair: ['fsck.vfat', '-a'],
  },
  'exfat-fuse': {
    make: ['mkfs.exfat'],
    mount: (image, at) => ['mount.exfat-fuse', '-d', image, at],
    repair: ['fsck.exfat', '-y'],
  },
  'ntfs-3g': {
    make: ['mkfs.ntfs', '-F', '-Q', '-q'],
    mount: (image, at) => ['ntfs-3g', '-o', 'no_detach', image, at],
    repair: ['ntfsfix'],
  },
};

export interface FuseMedium {
  directory: string;
  /** As a stick that is pulled: every call on it fails from then on. */
  killDriver(): void;
  /** Unmounts what is left, repairs the file system, and mounts it again at the same place. */
  mountAgain(options?: string): Promise<void>;
  unmount(): Promise<void>;
}

const media: FuseMedium[] = [];
const loops: string[] = [];

afterTestFile(async () => {
  for (const medium of media.splice(0)) await medium.unmount();
  for (const device of loops.splice(0)) await run('losetup', ['--detach', device], { accept: [0, 1] });
});

export async function mountFuse(kind: FuseKind, sizeMib = 48): Promise<FuseMedium> {
  const { make, mount, repair } = drivers[kind];
  const image = join(await scratchDirectory(), 'image');
  await run('truncate', ['--size', `${sizeMib}M`, image]);
  const [program = '', ...args] = make;
  await run(program, [...args, image]);
  const directory = await scratchDirectory();
  // exfat-fuse takes block devices only.
  const device = (await run('losetup', ['--find', '--show', image])).stdout.trim();
  loops.push(device);
  let driver = await start(mount(device, directory), directory);
  const medium: FuseMedium = {
    directory,
    killDriver: () => void driver.kill('SIGKILL'),
    async mountAgain(options = 'rw') {
      await medium.unmount();
      await repairWhole(repair, device);
      const [program = '', ...args] = mount(device, directory);
      // fusefat knows "rw+" only, and is mounted as before.
      const more = options === 'rw' ? [] : ['-o', options];
      driver = await start([program, ...more, ...args], directory);
    },
    async unmount() {
      await run('umount', ['--lazy', directory], { accept: [0, 1, 32] });
      if (driver.exitCode === null && driver.signalCode === null) {
        await Promise.race([once(driver, 'exit'), sleep(5000)]);
        driver.kill('SIGKILL');
      }
    },
  };
  media.push(medium);
  return medium;
}

/** Mounts an ISO 9660 image read-only. */
export async function mountIso(image: string): Promise<string> {
  const directory = await scratchDirectory();
  await run('fuseiso', [image, directory]);
  media.push({
    directory,
    killDriver() {},
    mountAgain: () => Promise.resolve(),
    unmount: async () => void (await run('umount', ['--lazy', directory], { accept: [0, 1, 32] })),
  });
  return directory;
}

/** fsck(8): operational error. A mount namespace of another process may hold the device for some seconds more. */
const busyCode = 8;

/**
 * Repairs until there is nothing left to repair. fsck.fat needs a second run after a kill in mkdir(2): the first cuts
 * the directory off at its start, and only the next one finds that it has none (exit code 1: errors were corrected).
 */
async function repairWhole([program = '', ...options]: readonly string[], device: string): Promise<void> {
  let last = '';
  for (let tries = 0; tries < 40; tries += 1) {
    const { exitCode, stdout, stderr } = await run(program, [...options, device], {
      accept: [0, 1, busyCode],
    });
    if (exitCode === 0) return;
    last = `${stdout}${stderr}`;
    if (exitCode === busyCode) await sleep(500);
  }
  throw new Error(`${program} does not come to an end with ${device}: ${last}`);
}

async function start([program = '', ...args]: readonly string[], directory: string): Promise<ChildProcess> {
  const driver = spawn(program, args, { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await readFile('/proc/self/mountinfo', 'utf8')).includes(` ${directory} `)) return driver;
    await sleep(25);
  }
  throw new Error(`${program} did not mount anything at ${directory}`);
}
