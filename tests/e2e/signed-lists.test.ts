/** A signed list counts in its own place only: as what it was signed, and under the name that it was signed for. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderDigests } from '../../src/core/domain/digest-list.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { signRoot } from '../support/bundle.ts';
import { complaints, createSmallMedia, type SmallMedia } from '../support/hostile-medium.ts';
import { copyMedium } from '../support/offline.ts';
import { swapLists } from '../support/swapped-lists.ts';

let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

describe('verify, apply and verify.sh', () => {
  it('believe no signed list in the place of another, nor under another name', async () => {
    const { swaps, wrong } = await swapLists(media, (index) => index % 2 === 0);
    expect(wrong).toEqual([]);
    expect(swaps).toBeGreaterThan(25);
  }, 300_000);
});

const attacks: { what: string; attack: (medium: string) => Promise<unknown> }[] = [
  {
    what: 'an empty directory in a bundle',
    attack: (medium) => mkdir(join(medium, 'bundles/test-1/empty')),
  },
  {
    what: 'an empty directory in a runtime',
    attack: (medium) => mkdir(join(medium, 'runtime/1.0.0/linux-empty')),
  },
  {
    what: 'an empty directory in tool/',
    attack: (medium) => mkdir(join(medium, 'tool/empty')),
  },
  {
    what: 'an empty directory among subscriptions',
    attack: (medium) => mkdir(join(medium, 'subscriptions/20261120T080000Z/infos/empty')),
  },
  {
    what: 'a directory in the place of a signature by an unknown key',
    attack: (medium) => mkdir(join(medium, `bundles/test-1/SHA256SUMS.${'0'.repeat(16)}.sig`)),
  },
  {
    what: 'another text in PURPOSE',
    attack: (medium) => writeFile(join(medium, 'bundles/test-1/PURPOSE'), 'pommgr-signed/v1 bundle test-2\n'),
  },
  {
    what: 'a list without PURPOSE, as no pommgr writes it',
    attack: async (medium) => {
      const names = ['POMMGR.txt', 'pommgr', 'tool/verify.sh'];
      const digests = new Map(names.map((name) => [name, sha256Hex(`# ${name}\n`)]));
      await signRoot(join(medium, 'tool'), media.keyFile, renderDigests(digests));
    },
  },
  {
    what: 'a list of a later format',
    attack: async (medium) => {
      const text = 'pommgr-signed/v2 bundle test-1\n';
      const place = join(medium, 'bundles/test-1');
      const lines = (await readFile(join(place, 'SHA256SUMS'), 'utf8')).split('\n').slice(1);
      await writeFile(join(place, 'PURPOSE'), text);
      await signRoot(place, media.keyFile, `${sha256Hex(text)}  PURPOSE\n${lines.join('\n')}`);
    },
  },
  {
    what: 'tool/ in other letters beside it',
    attack: (medium) => cp(join(medium, 'tool'), join(medium, 'TOOL'), { recursive: true }),
  },
];

describe('verify and apply', () => {
  it.each(attacks)('refuse $what', async ({ attack }) => {
    const medium = await copyMedium(media.full.media);
    await attack(medium);
    expect(await complaints({ ...media.full, media: medium })).toEqual([]);
  });
});
