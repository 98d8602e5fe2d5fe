/** A full, read-only or closed file system, each a real one: what the error says of it. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDirectory, writeFileAtomic } from '../../src/core/adapters/atomic-files.ts';
import { at, locateError } from '../../src/core/adapters/error-place.ts';
import { openGrowingFile } from '../../src/core/adapters/growing-file.ts';
import { mountOf } from '../../src/core/adapters/mounts.ts';
import { requireSpace, withSpace } from '../../src/core/adapters/free-space.ts';
import { run } from '../../src/core/adapters/process.ts';
import { undoAndThrow } from '../../src/core/adapters/system-error.ts';
import { rememberPlace } from '../../src/core/domain/error-place.ts';
import { knownError } from '../../src/core/ui/known-error.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function refusal(work: () => Promise<unknown>): Promise<PommgrError> {
  const caught = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  return knownError(caught);
}

it('names path, file system, what is free, and ways out where the disk is full', async () => {
  const disk = await mountMedium(64);
  const path = join(disk, 'large');
  for (const write of [
    () => writeFileAtomic(path, Buffer.alloc(200_000)),
    async () => (await openGrowingFile(path)).write(Buffer.alloc(200_000)),
    () => at(path, () => writeFile(path, Buffer.alloc(200_000))),
  ]) {
    const error = await refusal(write);
    expect(error).toMatchObject({
      code: 'state.space',
      exitCode: 8,
      details: { errno: 'ENOSPC', mountPoint: disk, type: 'tmpfs', sizeBytes: 65_536 },
    });
    expect(error.message).toMatch(/large.* cannot be written: there is no space left/);
    expect(error.message).toContain(`It is ${disk} (tmpfs on pommgr-test), `);
    expect(error.message).toMatch(/ of 65\.5 kB free\.$/);
    expect(error.hints.join(' ')).toMatch(
      new RegExp(`Free some space on ${disk}[^]*pommgr store gc[^]*pool gc`),
    );
  }
});

it('says that a file system is read-only, and how to change that', async () => {
  const disk = await mountMedium(64);
  await run('mount', ['-o', 'remount,ro', disk]);
  for (const write of [
    () => writeFileAtomic(join(disk, 'file'), ''),
    () => makeDirectory(join(disk, 'a/b')),
  ]) {
    const error = await refusal(write);
    expect(error).toMatchObject({ code: 'state.read-only', exitCode: 8, details: { isReadOnly: true } });
    expect(error.message).toContain(`mounted read-only. It is ${disk} (tmpfs on pommgr-test)`);
    expect(error.hints[0]).toContain(`mount -o remount,rw ${disk}`);
  }
});

it('says what was needed in all where something else filled the disk in the middle', async () => {
  const disk = await mountMedium(64);
  const waysOut = ['Or use two media.'];
  const need = { sizeBytes: 20_000, files: 3, what: 'the bundle b-1', waysOut };
  const path = join(disk, 'large');
  const error = await refusal(() =>
    withSpace(disk, need, () => writeFileAtomic(path, Buffer.alloc(200_000))),
  );
  expect(error.message).toMatch(
    /large.* no space left .* of 65\.5 kB free\. All that is written there, with the bundle b-1, needs 20 kB and 3 inodes\.$/,
  );
  expect(error.hints).toEqual([expect.stringContaining(`Free some space on ${disk}`), ...waysOut]);
  expect(error.details).toMatchObject({ expected: 20_000 });
  const elsewhere = await mountMedium(64);
  const other = await refusal(() =>
    withSpace(disk, need, () => writeFileAtomic(join(elsewhere, 'large'), Buffer.alloc(200_000))),
  );
  expect(other.message).not.toContain('b-1');
});

it('tells what failed first, whatever the cleaning up says: after EIO the kernel makes a file system read-only', async () => {
  const fail = (code: string) => Promise.reject(Object.assign(new Error(`${code}: write`), { code }));
  const told = await refusal(async () => {
    try {
      await fail('EIO');
    } catch (error) {
      await undoAndThrow(error, () => fail('EROFS'));
    }
  });
  expect(told).toMatchObject({ code: 'state.medium-gone', details: { errno: 'EIO' } });
  expect(told.hints.join(' ')).toContain('fsck');
});

it.each(['fuse.fusefat', 'vfat', 'exfat'])(
  'says that a %s may be damaged where root may not write',
  async (type) => {
    const error = Object.assign(new Error('EPERM: mkdir'), { code: 'EPERM' });
    const room = { isReadOnly: false, freeBytes: 1, sizeBytes: 1, freeFiles: null };
    const fileSystem = { mountPoint: '/mnt', type, source: '/dev/sdx1', ...room };
    rememberPlace(error, { path: '/mnt/a', isRoot: true, fileSystem });
    expect(knownError(error).hints[0]).toMatch(/may be damaged.*"fsck" until nothing is found/);
  },
);

it('names the path that is closed to the user, and root as the way out only where that is one', async () => {
  const directory = await scratchDirectory();
  await chmod(directory, 0o755);
  const closed = join(directory, 'closed');
  await mkdir(closed, { mode: 0o755 });
  const error = Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' });
  await locateError(error, join(closed, 'file'));
  const asRoot = knownError(error);
  expect(asRoot).toMatchObject({ code: 'state.permission', details: { path: join(closed, 'file') } });
  expect(asRoot.hints.join(' ')).toContain('lsattr -d');
  const other = Object.assign(new Error("EACCES: permission denied, open '/x'"), {
    code: 'EACCES',
    path: '/x',
  });
  expect(knownError(other).message).toBe('Permission denied: /x.');
  expect(knownError(other).hints.join(' ')).toContain('as root');
});

it('says need and have in readable units before the first byte', async () => {
  const disk = await mountMedium(64);
  const error = await refusal(() => requireSpace(disk, 5_000_000_000, { files: 1, what: 'the bundle b-1' }));
  expect(error.message).toBe(
    `There is too little space at ${disk} for the bundle b-1: expected 5 GB free, found 65.5 kB on ${disk} (tmpfs on pommgr-test).`,
  );
  expect(error.hints[0]).toContain(`Free 5 GB on ${disk}`);
});

it('finds the mount below which a path is, also of one that is not there', async () => {
  const disk = await mountMedium(64);
  expect(await mountOf(join(disk, 'not/there'))).toMatchObject({ mountPoint: disk, type: 'tmpfs' });
  expect(await mountOf(`${disk}-other`)).not.toMatchObject({ mountPoint: disk });
});
