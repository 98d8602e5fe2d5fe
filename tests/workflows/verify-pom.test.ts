import { cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { flipBit } from '../support/attack.ts';
import { createHost } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import {
  createPomMediumSite,
  editPomBundle,
  snapshotTime,
  type PomMediumSite,
} from '../support/pom-medium.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext();
const alpha = 'pool/main/a/alpha/alpha_2.0_amd64.deb';
let site: PomMediumSite;
let host: string;
let media: string;

beforeAll(async () => {
  site = await createPomMediumSite();
  await site.take(1);
  await site.pack();
  host = await createHost([site.key]);
});

beforeEach(async () => {
  media = join(await scratchDirectory(), 'medium');
  await run('cp', ['--archive', site.media, media]);
});

function check() {
  return verify({ media, keyFiles: [site.publicKeyFile], context });
}

function inSnapshot(path = ''): string {
  return join(media, 'test-stable', snapshotTime(1), path);
}

function inBundle(path = ''): string {
  return join(media, 'bundles/test-1', path);
}

function edit(change: (document: Bundle) => void): Promise<void> {
  return editPomBundle(inBundle(), join(site.directory, 'signing-key.pem'), change);
}

function editSnapshot(change: (snapshot: NonNullable<Bundle['snapshots']>[number]) => void): Promise<void> {
  return edit(({ snapshots }) => snapshots?.forEach(change));
}

interface Attack {
  name: string;
  attack: () => Promise<unknown>;
  code: string;
}

const attacks: Attack[] = [
  { name: 'a changed package', attack: () => flipBit(inSnapshot(alpha), 100), code: 'integrity.digest' },
  {
    name: 'a changed index',
    attack: () => flipBit(inSnapshot('dists/stable/main/binary-amd64/Packages.gz'), -1),
    code: 'integrity.digest',
  },
  { name: 'a cut package', attack: () => truncate(inSnapshot(alpha), 10), code: 'integrity.size' },
  { name: 'a missing package', attack: () => rm(inSnapshot(alpha)), code: 'integrity.missing' },
  { name: 'an added file', attack: () => writeFile(inSnapshot('pool/x.deb'), ''), code: 'integrity.extra' },
  {
    name: 'a file moved to another name',
    attack: () => rename(inSnapshot(alpha), inSnapshot(`${alpha}.old`)),
    code: 'integrity.extra',
  },
  {
    name: 'a link to the right file in its place',
    attack: async () => {
      await rename(inSnapshot(alpha), join(media, 'alpha.deb'));
      await symlink(join(media, 'alpha.deb'), inSnapshot(alpha));
    },
    code: 'integrity.file-type',
  },
  {
    name: 'a directory that is a link',
    attack: async () => {
      await rename(inSnapshot('pool'), join(media, 'elsewhere'));
      await symlink(join(media, 'elsewhere'), inSnapshot('pool'));
    },
    code: 'integrity.file-type',
  },
  { name: 'a FIFO', attack: () => run('mkfifo', [inSnapshot('pool/fifo')]), code: 'integrity.file-type' },
  {
    name: 'a snapshot that is a link',
    attack: async () => {
      await rename(inSnapshot(), join(media, 'elsewhere'));
      await symlink(join(media, 'elsewhere'), inSnapshot());
    },
    code: 'integrity.file-type',
  },
  {
    name: 'a mirror that is a link',
    attack: async () => {
      await rename(join(media, 'test-stable'), join(media, 'elsewhere'));
      await symlink(join(media, 'elsewhere'), join(media, 'test-stable'));
    },
    code: 'integrity.file-type',
  },
  {
    name: 'a snapshot that is gone',
    attack: () => rm(inSnapshot(), { recursive: true }),
    code: 'integrity.gone',
  },
  {
    name: 'a half snapshot, as a killed sync leaves it',
    attack: () => rm(inSnapshot('pool'), { recursive: true }),
    code: 'integrity.missing',
  },
  {
    name: 'a changed keyring',
    attack: () => flipBit(inBundle('keyring-test-stable.gpg'), 5),
    code: 'integrity.digest',
  },
  {
    name: 'a changed baseline',
    attack: () => flipBit(inBundle('baseline.json'), 30),
    code: 'integrity.digest',
  },
  {
    name: 'a changed package list',
    attack: async () => {
      const text = await readFile(inBundle('packages.jsonl'), 'utf8');
      await writeFile(inBundle('packages.jsonl'), text.replace('"alpha"', '"alphA"'));
    },
    code: 'integrity.digest',
  },
  { name: 'a missing document', attack: () => rm(inBundle('packages.jsonl')), code: 'integrity.missing' },
  { name: 'a file added to the bundle', attack: () => writeFile(inBundle('x'), ''), code: 'integrity.extra' },
  {
    name: 'another file in bundle.json, unsigned',
    attack: () => flipBit(inBundle('bundle.json'), 40),
    code: 'integrity.digest',
  },
  {
    name: 'a signed bundle.json of another snapshot',
    attack: async () => {
      await cp(inSnapshot(), join(media, 'test-stable', snapshotTime(2)), { recursive: true });
      await editSnapshot((snapshot) => (snapshot.snapshot = snapshotTime(2)));
    },
    code: 'integrity.contents',
  },
  {
    name: 'a signed bundle.json with another number of files',
    attack: () => editSnapshot((snapshot) => (snapshot.files += 1)),
    code: 'integrity.contents',
  },
  {
    name: 'a signed bundle.json that names a package among the others',
    attack: () =>
      editSnapshot((snapshot) => snapshot.others.push({ path: alpha, sizeBytes: 1, sha256: '0'.repeat(64) })),
    code: 'integrity.contents',
  },
  {
    name: 'a signed bundle.json that leads out of the snapshot',
    attack: () =>
      editSnapshot((snapshot) =>
        snapshot.others.push({ path: '../../x', sizeBytes: 1, sha256: '0'.repeat(64) }),
      ),
    code: 'config.document',
  },
  {
    name: 'a signed bundle.json with a mirror twice',
    attack: () => edit((document) => document.snapshots?.push(...document.snapshots)),
    code: 'integrity.volumes',
  },
  {
    name: 'a signed bundle.json without snapshots',
    attack: () => edit((document) => delete document.snapshots),
    code: 'integrity.volumes',
  },
  {
    name: 'a signed bundle.json with volumes besides',
    attack: () =>
      edit(({ volumes }) =>
        volumes.push({ file: 'vol-0001.tar', sizeBytes: 1, sha256: '0'.repeat(64), objects: 0 }),
      ),
    code: 'integrity.volumes',
  },
  {
    name: 'a signed bundle.json that has snapshots but says volumes',
    attack: () => edit((document) => (document.layout = 'volumes')),
    code: 'integrity.volumes',
  },
];

describe('a medium that POM filled', () => {
  it.each(attacks)(
    'with $name is refused by verify and apply, and nothing is changed',
    async ({ attack, code }) => {
      await attack();
      const before = [await treeOf(media), await treeOf(host)];
      await expect(check()).rejects.toMatchObject({ code });
      await expect(apply({ media, root: host, context })).rejects.toMatchObject({ code });
      expect([await treeOf(media), await treeOf(host)]).toEqual(before);
    },
  );

  it('is judged by what the root covers, not by what POM says of it', async () => {
    await writeFile(join(media, '.mirror-state'), '{"mirrors":{},"last-sync":0}');
    await rm(join(media, 'other-mirror'), { recursive: true });
    await mkdir(inSnapshot('pool/empty'));
    await mkdir(join(media, 'test-stable', `${snapshotTime(3)}.tmp`));
    await writeFile(join(media, 'test-stable', 'NOTE.txt'), '');
    const { strangers, bundles } = await check();
    expect(bundles).toMatchObject([{ name: 'test-1' }]);
    expect(strangers).toEqual(
      expect.arrayContaining([`test-stable/${snapshotTime(3)}.tmp`, 'test-stable/NOTE.txt', '.mirror-state']),
    );
    expect(strangers).not.toContain(`test-stable/${snapshotTime(1)}`);
  });
});
