import { pathOf } from '../../src/core/domain/place.ts';
import { cp, mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listMedium } from '../../src/medium/adapters/medium.ts';
import { openBundle } from '../../src/medium/adapters/verified-bundle.ts';
import type { TrustedKeys } from '../../src/trust/adapters/trusted-keys.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;
let trusted: TrustedKeys;
let media: string;

beforeAll(async () => {
  online = await createOnlineSide();
  await pack({ configFile: online.configFile, media: online.media, context: testContext() });
  trusted = { directory: '', keys: [{ ...online.key, file: '' }], distrusted: [], threshold: 1 };
});

beforeEach(async () => {
  media = await scratchDirectory();
  await cp(online.media, media, { recursive: true });
});

describe('a medium', () => {
  it('has bundles, and strangers that are named and never read', async () => {
    await mkdir(join(media, 'System Volume Information'));
    await writeFile(join(media, 'bundles/notes.txt'), '');
    await symlink('/dev/zero', join(media, 'zero'));
    expect(await listMedium(media)).toEqual({
      bundles: ['site-1'],
      strangers: ['System Volume Information', 'zero', 'bundles/notes.txt'],
    });
  });

  it('is refused where bundles is a link to elsewhere', async () => {
    const other = await scratchDirectory();
    await symlink(join(media, 'bundles'), join(other, 'bundles'));
    await expect(listMedium(other)).rejects.toMatchObject({ code: 'integrity.file-type' });
  });

  it('is refused with one of our names in other letters, which would be passed over', async () => {
    await mkdir(join(media, 'Runtime'));
    await expect(listMedium(media)).rejects.toMatchObject({ code: 'integrity.name' });
  });

  it('is refused with a bundle in other letters, which would be passed over; a file of such a name is a stranger', async () => {
    await rename(join(media, 'bundles/site-1'), join(media, 'bundles/SITE-1'));
    await expect(listMedium(media)).rejects.toMatchObject({
      code: 'integrity.name',
      message: `${media}/bundles/SITE-1 must be called site-1.`,
    });
    await rename(join(media, 'bundles/SITE-1'), join(media, 'bundles/site-1'));
    await writeFile(join(media, 'bundles/Notes-1'), '');
    expect(await listMedium(media)).toEqual({ bundles: ['site-1'], strangers: ['bundles/Notes-1'] });
  });

  it.each(['BUNDLES', 'Tool'])('is refused with %s beside the directory of that name', async (name) => {
    await mkdir(join(media, name.toLowerCase()), { recursive: true });
    await mkdir(join(media, name));
    await expect(listMedium(media)).rejects.toMatchObject({
      code: 'integrity.name',
      details: { file: join(media, name), expected: name.toLowerCase(), found: name },
    });
  });
});

describe('openBundle', () => {
  it('gives the document and the files that a store keeps, byte for byte', async () => {
    const { bundle, directory, files } = await openBundle(media, 'site-1', trusted);
    expect(bundle.baseline).toMatchObject({ name: 'site-1', digest: online.baseline.digest });
    expect([...files.keys()]).toEqual(['SHA256SUMS', `SHA256SUMS.${online.key.keyId}.sig`, 'bundle.json']);
    for (const [name, bytes] of files)
      expect(bytes.equals(await readFile(join(pathOf(directory), name)))).toBe(true);
  });

  it('refuses a volume of another size before anything of it is read', async () => {
    await truncate(join(media, 'bundles/site-1/vol-0001.tar'), 1024);
    await expect(openBundle(media, 'site-1', trusted)).rejects.toMatchObject({
      code: 'integrity.size',
      details: { found: 1024 },
    });
  });
});
