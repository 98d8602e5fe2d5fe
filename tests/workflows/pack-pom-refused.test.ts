import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { flipBit } from '../support/attack.ts';
import { mountMedium, mountUnfit } from '../support/mounted-medium.ts';
import { addMedium, createPomMediumSite, type PomMediumSite } from '../support/pom-medium.ts';
import { scratchDirectory } from '../support/scratch.ts';

let site: PomMediumSite;

beforeAll(async () => {
  site = await createPomMediumSite();
  await site.take(1);
});

describe('pack --format pom refuses', () => {
  it('an id that POM does not know', async () => {
    await expect(site.pack({ medium: 'disk9' })).rejects.toMatchObject({
      code: 'usage.media',
      hints: [expect.stringContaining('disk1')],
    });
  });

  it.each([
    { what: 'that is there', make: () => scratchDirectory(), says: 'Nothing is mounted' },
    { what: 'that is not', make: () => Promise.resolve('/nonexistent/pommgr'), says: 'does not exist' },
  ])('a mount point $what with nothing mounted, and writes nothing', async ({ make, says }) => {
    const directory = await make();
    const id = `bare-${says.length}`;
    await addMedium(site, id, directory, ['test-stable']);
    for (const dryRun of [true, false]) {
      await expect(site.pack({ medium: id, dryRun })).rejects.toMatchObject({
        code: 'state.not-mounted',
        exitCode: 8,
        message: expect.stringContaining(says) as unknown,
      });
    }
    if (says.startsWith('Nothing')) expect(await readdir(directory)).toEqual([]);
  });

  it('a medium that does not have a mirror of the baseline, and says the command that adds it', async () => {
    await addMedium(site, 'partial', await mountMedium(), ['other-mirror']);
    await expect(site.pack({ medium: 'partial' })).rejects.toMatchObject({
      code: 'config.medium',
      hints: [expect.stringContaining('--id partial --mirrors other-mirror --mirrors test-stable')],
    });
  });

  it('a mirror that POM keeps in another base-dir', async () => {
    const text = await readFile(site.pomConfigFile, 'utf8');
    const configFile = join(site.directory, 'elsewhere.yaml');
    await writeFile(configFile, text.replace('track: test', 'track: test\nbaseDir: ./another'));
    await expect(site.pack({ configFile })).rejects.toMatchObject({ code: 'config.medium' });
  });

  it('a file system without hard links', async () => {
    await addMedium(site, 'unfit', await mountUnfit(), ['test-stable']);
    await expect(site.pack({ medium: 'unfit' })).rejects.toMatchObject({
      code: 'refused.file-system',
      exitCode: 9,
    });
  });

  it('a medium that is mounted read-only', async () => {
    const directory = await mountMedium();
    await run('mount', ['-o', 'remount,ro', directory]);
    await addMedium(site, 'readonly', directory, ['test-stable']);
    await expect(site.pack({ medium: 'readonly' })).rejects.toMatchObject({
      code: 'state.read-only',
      exitCode: 8,
    });
  });

  it('a medium with too little room for all that POM would copy, before POM runs', async () => {
    // 4 MiB are kept for what pommgr writes itself.
    const directory = await mountMedium(4096 + 40);
    await addMedium(site, 'small', directory, ['test-stable', 'other-mirror']);
    for (const dryRun of [true, false]) {
      await expect(site.pack({ medium: 'small', dryRun })).rejects.toMatchObject({ code: 'state.space' });
    }
    expect(await readdir(directory)).toEqual([]);
    await run('mount', ['-o', `remount,size=${4096 + 160}k`, directory]);
    expect(await site.pack({ medium: 'small' })).toMatchObject({ outcome: 'packed' });
  });

  it('a medium that was filled from another base-dir', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'moved', directory, ['test-stable']);
    await mkdir(join(directory, 'test-stable'));
    await expect(site.pack({ medium: 'moved' })).rejects.toMatchObject({ code: 'state.medium' });
  });

  it('a copy that POM let pass although it is damaged, and signs nothing', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'damaged', directory, ['test-stable']);
    await site.pom(['config', 'media', 'update', '--id', 'damaged', '--verify', 'false']);
    await site.pom(['medium', 'sync', 'damaged']);
    const [name = ''] = await readdir(join(directory, 'test-stable'));
    const file = join(directory, 'test-stable', name, 'pool/main/a/alpha/alpha_2.0_amd64.deb');
    await flipBit(file, -1);
    await expect(site.pack({ medium: 'damaged' })).rejects.toMatchObject({
      code: 'integrity.digest',
      message: expect.stringContaining(file) as unknown,
      hints: [expect.stringContaining(`-samefile ${file} -delete`) as unknown, expect.any(String) as unknown],
    });
    expect(await readdir(join(directory, 'bundles'))).toEqual([]);
  });

  it('a bundle of that name that is another one, before POM runs', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'taken', directory, ['test-stable']);
    await mkdir(join(directory, 'bundles/test-1'), { recursive: true });
    await writeFile(join(directory, 'bundles/test-1/SHA256SUMS'), 'x');
    await expect(site.pack({ medium: 'taken' })).rejects.toMatchObject({
      code: 'refused.exists',
    });
    expect(await readdir(directory)).toEqual(['bundles']);
  });

  it('a copy that POM itself finds damaged, by its path, and the commands that are named mend it', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'mended', directory, ['test-stable']);
    await site.pom(['medium', 'sync', 'mended']);
    const [name = ''] = await readdir(join(directory, 'test-stable'));
    const file = join(directory, 'test-stable', name, 'pool/main/a/alpha/alpha_2.0_amd64.deb');
    await flipBit(file, -1);
    await site.take(9);

    const error = await site.pack({ medium: 'mended' }).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ code: 'integrity.digest' });
    const { hints } = error as PommgrError;
    const command = hints
      .map((hint) => /find .* -delete/.exec(hint)?.[0])
      .find((found) => found !== undefined);
    await run('sh', ['-c', command ?? 'false']);
    expect(await site.pack({ medium: 'mended' })).toMatchObject({ outcome: 'packed' });
  });
});
