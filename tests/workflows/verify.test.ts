import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../src/adapters/signing.ts';
import { baselineDigest, type Baseline } from '../../src/domain/baseline.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { sha256Hex } from '../../src/domain/digest.ts';
import { verify } from '../../src/workflows/offline/verify.ts';
import { pack } from '../../src/workflows/online/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import {
  changeHeader,
  entryOf,
  repackVolume,
  resign,
  signRoot,
  writeEntries,
  type TarEntry,
} from '../support/bundle.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;
let other: OnlineSide;
let next: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  other = await createOnlineSide({ packageSizes: [10, 20, 30] });
  next = await createOnlineSide({ sequence: 2 });
  for (const { configFile, media } of [online, other, next]) await pack({ configFile, media, context });
});

interface Case {
  name: string;
  /** `bundle` is its directory. */
  attack: (bundle: string, media: string) => Promise<void>;
  code: string;
  exitCode: number;
  /** Part of the message. */
  says: string | RegExp;
}

const key = (): string => online.privateKeyFile;

/** Changes the entries of the volume and signs the result with the operator's key. */
function repacked(change: (entries: TarEntry[]) => TarEntry[] | Buffer): Case['attack'] {
  return async (bundle) => await repackVolume(bundle, key(), change);
}

function replaceEntry(entries: TarEntry[], index: number, make: (entry: TarEntry) => TarEntry): TarEntry[] {
  return entries.map((entry, at) => (at === index ? make(entry) : entry));
}

const firstObject = 2;

const cases: Case[] = [
  {
    name: 'a changed byte in an object',
    attack: async (bundle) => await flipByte(join(bundle, 'vol-0001.tar'), -3000),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'objects/',
  },
  {
    name: 'a changed byte in the baseline',
    attack: async (bundle) => await flipByte(join(bundle, 'vol-0001.tar'), 600),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'baseline.json',
  },
  {
    name: 'a changed byte in a header',
    attack: async (bundle) => await flipByte(join(bundle, 'vol-0001.tar'), 101),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'header',
  },
  {
    name: 'a changed byte in the zeros at the end',
    attack: async (bundle) => await flipByte(join(bundle, 'vol-0001.tar'), -1),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'zeros',
  },
  {
    name: 'a missing volume',
    attack: async (bundle) => await rm(join(bundle, 'vol-0001.tar')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'vol-0001.tar is missing',
  },
  {
    name: 'a missing bundle.json',
    attack: async (bundle) => await rm(join(bundle, 'bundle.json')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'bundle.json is missing',
  },
  {
    name: 'a missing root',
    attack: async (bundle) => await rm(join(bundle, 'SHA256SUMS')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'not complete',
  },
  {
    name: 'a changed bundle.json',
    attack: async (bundle) => await flipByte(join(bundle, 'bundle.json'), 30),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'bundle.json',
  },
  {
    name: 'an added file',
    attack: async (bundle) => await writeFile(join(bundle, 'vol-0002.tar'), 'more'),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'vol-0002.tar does not belong',
  },
  {
    name: 'an added file with a name made to confuse a terminal',
    attack: async (bundle) => await writeFile(join(bundle, 'x\u001b[2J\ny'), ''),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'does not belong',
  },
  {
    name: 'a truncated volume',
    attack: async (bundle) => await truncate(join(bundle, 'vol-0001.tar'), 4096),
    code: 'integrity.size',
    exitCode: 5,
    says: /is 4096 bytes long, expected \d+/,
  },
  {
    name: 'the volume of another bundle',
    attack: async (bundle) => await copyVolume(other, bundle),
    code: 'integrity.size',
    exitCode: 5,
    says: 'vol-0001.tar',
  },
  {
    name: 'the volume of another bundle, as large as this one',
    attack: async (bundle) => await copyVolume(next, bundle),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'baseline.json',
  },
  {
    name: 'a bundle under the name of another',
    attack: async (bundle, media) => await rename(bundle, join(media, 'bundles/site-2')),
    code: 'integrity.name',
    exitCode: 5,
    says: 'expected site-2',
  },
  {
    name: 'a symlink in place of a volume',
    attack: async (bundle, media) => {
      await rename(join(bundle, 'vol-0001.tar'), join(media, 'elsewhere'));
      await symlink('../../elsewhere', join(bundle, 'vol-0001.tar'));
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'a FIFO in place of the root',
    attack: async (bundle) => {
      await rm(join(bundle, 'SHA256SUMS'));
      execFileSync('mkfifo', [join(bundle, 'SHA256SUMS')]);
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'a symlink in place of a bundle',
    attack: async (bundle, media) => {
      await rename(bundle, join(media, 'elsewhere'));
      await symlink('../elsewhere', bundle);
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a directory',
  },
  {
    name: 'a directory in place of a volume',
    attack: async (bundle) => {
      await rm(join(bundle, 'vol-0001.tar'));
      await mkdir(join(bundle, 'vol-0001.tar'));
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'no signature',
    attack: async (bundle) => await rm(signatureOf(bundle)),
    code: 'trust.unsigned',
    exitCode: 4,
    says: 'has no signature',
  },
  {
    name: 'a changed root',
    attack: async (bundle) => await flipByte(join(bundle, 'SHA256SUMS'), 5),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'a changed signature',
    attack: async (bundle) => await flipByte(signatureOf(bundle), 5),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'a signature that is cut',
    attack: async (bundle) => await truncate(signatureOf(bundle), 63),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'only a signature by an unknown key',
    attack: async (bundle) => {
      await rename(signatureOf(bundle), join(bundle, 'SHA256SUMS.0123456789abcdef.sig'));
    },
    code: 'trust.unknown-signer',
    exitCode: 4,
    says: 'signed by 0123456789abcdef',
  },
  {
    name: 'a root with a path in it, signed',
    attack: async (bundle) => await signRoot(bundle, key(), `${'0'.repeat(64)}  ../../etc/passwd\n`),
    code: 'integrity.root',
    exitCode: 5,
    says: 'line 1',
  },
  {
    name: 'a root larger than any root',
    attack: async (bundle) => await writeFile(join(bundle, 'SHA256SUMS'), Buffer.alloc(2_000_000)),
    code: 'integrity.size',
    exitCode: 5,
    says: 'at most',
  },
  {
    name: 'a bundle.json of a newer pommgr, signed',
    attack: async (bundle) =>
      await resign(bundle, key(), (document) => Object.assign(document, { schema: 'pommgr/bundle/v2' })),
    code: 'config.version',
    exitCode: 3,
    says: 'pommgr/bundle/v2',
  },
  {
    name: 'a bundle.json with an unknown member, signed',
    attack: async (bundle) => await resign(bundle, key(), (document) => Object.assign(document, { more: 1 })),
    code: 'config.document',
    exitCode: 3,
    says: 'more',
  },
  {
    name: 'a bundle of a layout that is not ours, signed',
    attack: async (bundle) =>
      await resign(bundle, key(), (document) => Object.assign(document, { layout: 'pom' })),
    code: 'config.unsupported',
    exitCode: 3,
    says: 'full bundle',
  },
  {
    name: 'a bundle.json without the volumes of the root, signed',
    attack: async (bundle) => {
      await resign(bundle, key(), (document) => (document.volumes = []));
      const document = await readFile(join(bundle, 'bundle.json'));
      const volume = await readFile(join(bundle, 'vol-0001.tar'));
      await signRoot(
        bundle,
        key(),
        `${sha256Hex(document)}  bundle.json\n${sha256Hex(volume)}  vol-0001.tar\n`,
      );
    },
    code: 'integrity.volumes',
    exitCode: 5,
    says: 'same volumes',
  },
  {
    name: 'a wrong volume digest, signed',
    attack: async (bundle) =>
      await resign(bundle, key(), ({ volumes }) =>
        volumes.forEach((volume) => (volume.sha256 = '0'.repeat(64))),
      ),
    code: 'integrity.digest',
    exitCode: 5,
    says: `expected ${'0'.repeat(64)}`,
  },
  {
    name: 'a wrong number of objects, signed',
    attack: async (bundle) =>
      await resign(bundle, key(), ({ volumes }) => volumes.forEach((volume) => (volume.objects += 1))),
    code: 'integrity.contents',
    exitCode: 5,
    says: 'objects',
  },
  {
    name: 'a symbolic link made by the real tar, signed',
    attack: repacked((entries) =>
      replaceEntry(entries, firstObject, ({ name }) => ({
        header: realTarLink(name),
        name,
        data: Buffer.alloc(0),
      })),
    ),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'a symbolic link',
  },
  ...[
    { flag: '1', says: 'a hard link' },
    { flag: '3', says: 'a character device' },
    { flag: '4', says: 'a block device' },
    { flag: '5', says: 'a directory' },
    { flag: '6', says: 'a FIFO' },
    { flag: '7', says: 'an unknown type' },
    { flag: 'x', says: 'a pax extension' },
    { flag: 'L', says: 'a GNU long name' },
  ].map(({ flag, says }) => ({
    name: `an entry that is ${says}, signed`,
    attack: repacked((entries) =>
      replaceEntry(entries, firstObject, (entry) => ({
        ...entry,
        header: changeHeader(entry.header, (header) => header.write(flag, 156)),
      })),
    ),
    code: 'integrity.tar',
    exitCode: 5,
    says,
  })),
  {
    name: 'an entry that is set-uid, signed',
    attack: repacked((entries) =>
      replaceEntry(entries, firstObject, (entry) => ({
        ...entry,
        header: changeHeader(entry.header, (header) => header.write('004755', 100)),
      })),
    ),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'header',
  },
  {
    name: 'an entry whose size is in base 256, signed',
    attack: repacked((entries) =>
      replaceEntry(entries, firstObject, (entry) => ({
        ...entry,
        header: changeHeader(entry.header, (header) => header.fill(0xff, 124, 136)),
      })),
    ),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'header',
  },
  ...['../../etc/cron.d/x', '/etc/passwd', 'objects/../x', 'objects/ABC', 'baseline.json'].map((name) => ({
    name: `an entry named ${name}, signed`,
    attack: repacked((entries) => replaceEntry(entries, firstObject, ({ data }) => entryOf(name, data))),
    code: 'integrity.tar',
    exitCode: 5,
    says: name.includes('ABC') ? 'header' : JSON.stringify(name),
  })),
  {
    name: 'data in the padding, signed',
    attack: repacked((entries) => {
      const volume = writeEntries(entries);
      volume.write('x', 512 + (entries[0]?.data.length ?? 0));
      return volume;
    }),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'zeros',
  },
  {
    name: 'data after the end, signed',
    attack: repacked((entries) =>
      Buffer.concat([
        ...entries.flatMap(({ header, data }) => [
          header,
          data,
          Buffer.alloc((512 - (data.length % 512)) % 512),
        ]),
        Buffer.alloc(1024),
        Buffer.from('more'),
      ]),
    ),
    code: 'integrity.size',
    exitCode: 5,
    says: 'bytes long',
  },
  {
    name: 'a volume without an end, signed',
    attack: repacked((entries) =>
      Buffer.concat(
        entries.flatMap(({ header, data }) => [
          header,
          data,
          Buffer.alloc((512 - (data.length % 512)) % 512),
        ]),
      ),
    ),
    code: 'integrity.size',
    exitCode: 5,
    says: 'bytes long',
  },
  {
    name: 'two objects in the wrong order, signed',
    attack: repacked((entries) => [...entries.slice(0, -2), ...entries.slice(-2).toReversed()]),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected objects/<SHA-256> after',
  },
  {
    name: 'an object twice, signed',
    attack: repacked((entries) => [...entries, ...entries.slice(-1)]),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected objects/<SHA-256> after',
  },
  {
    name: 'an object left out, signed',
    attack: repacked((entries) => entries.toSpliced(firstObject, 1)),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'in none of the volumes',
  },
  {
    name: 'an object that the baseline does not know, signed',
    attack: repacked((entries) => {
      const data = Buffer.from('not asked for');
      const added = [...entries, entryOf(`objects/${sha256Hex(data)}`, data)];
      const objects = added.slice(firstObject).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return [...added.slice(0, firstObject), ...objects];
    }),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'does not belong to the baseline',
  },
  {
    name: 'an object with other bytes of the same length, signed',
    attack: repacked((entries) =>
      replaceEntry(entries, entries.length - 1, ({ name, data }) =>
        entryOf(name, Buffer.alloc(data.length, 7)),
      ),
    ),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'objects/',
  },
  {
    name: 'an object of another length, signed',
    attack: repacked((entries) =>
      replaceEntry(entries, entries.length - 1, ({ name, data }) =>
        entryOf(name, Buffer.alloc(data.length + 1)),
      ),
    ),
    code: 'integrity.size',
    exitCode: 5,
    says: 'objects/',
  },
  {
    name: 'no package list, signed',
    attack: repacked((entries) => entries.toSpliced(1, 1)),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected packages.jsonl',
  },
  {
    name: 'the package list of another baseline, signed',
    attack: async (bundle) => {
      const list = await readFile(join(other.stateDir, 'baselines/site-1/packages.jsonl'));
      await repackDocuments(bundle, { list });
    },
    code: 'integrity.packages',
    exitCode: 5,
    says: 'does not fit its baseline',
  },
  {
    name: 'a baseline whose digest is not that of its content, signed',
    attack: async (bundle) =>
      await repackDocuments(bundle, { edit: (baseline) => (baseline.digest = '0'.repeat(64)) }),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'digest',
  },
  {
    name: 'a baseline of which bundle.json says something else, signed',
    attack: async (bundle) =>
      await repackDocuments(bundle, {
        edit: (baseline) => {
          for (const target of baseline.content.targets) target.codename = 'sid';
          baseline.digest = baselineDigest(baseline.content);
        },
      }),
    code: 'integrity.contents',
    exitCode: 5,
    says: 'says something else',
  },
];

describe('verify refuses', () => {
  it.each(cases)('$name', async ({ attack, code, exitCode, says }) => {
    const media = await attackedCopy(attack);
    const before = await treeOf(media);
    const error = await verify({ media, keyFiles: [online.publicKeyFile], context }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, exitCode, message: expect.stringMatching(says) as unknown });
    expect((error as { hints: string[] }).hints).not.toHaveLength(0);
    expect(await treeOf(media)).toEqual(before);
  });

  it('to work without any trusted key', async () => {
    const root = await scratchDirectory();
    await expect(verify({ media: online.media, root, context })).rejects.toMatchObject({
      code: 'trust.no-keys',
      exitCode: 4,
    });
  });

  it('a medium without bundles, and one that is not there', async () => {
    const media = await scratchDirectory();
    const keyFiles = [online.publicKeyFile];
    await expect(verify({ media, keyFiles, context })).rejects.toMatchObject({ code: 'integrity.missing' });
    await expect(verify({ media: join(media, 'no'), keyFiles, context })).rejects.toMatchObject({
      code: 'usage.media',
    });
    await expect(verify({ media: online.media, bundle: 'site-9', keyFiles, context })).rejects.toMatchObject({
      code: 'usage.bundle',
      hints: ['There are: site-1.'],
    });
  });

  it('to go on when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(
      verify({ media: online.media, keyFiles: [online.publicKeyFile], context: { ...context, signal } }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('verify accepts', () => {
  it('a good medium, lists strangers, and changes nothing', async () => {
    const media = await attackedCopy(async (_bundle, top) => {
      await mkdir(join(top, 'lost+found'));
      await symlink('/etc/passwd', join(top, 'link'));
      await mkdir(join(top, 'bundles/.site-2.tmp'));
    });
    const before = await treeOf(media);
    const result = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(result.strangers).toEqual(['link', 'lost+found', 'bundles/.site-2.tmp']);
    expect(result.bundles).toMatchObject([
      {
        name: 'site-1',
        baseline: { name: 'site-1', digest: online.baseline.digest },
        created: '2026-11-02T03:04:05Z',
        signers: [online.key.fingerprint],
        newSigners: [],
        volumes: 1,
      },
    ]);
    expect(await treeOf(media)).toEqual(before);
  });

  it('a signature by an unknown key beside a good one', async () => {
    const unknown = await createSigningKey(join(await scratchDirectory(), 'key.pem'));
    const media = await attackedCopy(
      async (bundle) => await writeFile(join(bundle, `SHA256SUMS.${unknown.keyId}.sig`), Buffer.alloc(64)),
    );
    const result = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(result.bundles[0]?.signers).toEqual([online.key.fingerprint]);
  });
});

async function attackedCopy(attack: Case['attack']): Promise<string> {
  const media = await scratchDirectory();
  await cp(online.media, media, { recursive: true });
  await attack(join(media, 'bundles/site-1'), media);
  return media;
}

async function copyVolume({ media, baseline }: OnlineSide, bundle: string): Promise<void> {
  await cp(join(media, 'bundles', baseline.name, 'vol-0001.tar'), join(bundle, 'vol-0001.tar'));
}

function signatureOf(bundle: string): string {
  return join(bundle, `SHA256SUMS.${online.key.keyId}.sig`);
}

/** Changes one bit; a negative place counts from the end. */
async function flipByte(path: string, place: number): Promise<void> {
  const data = await readFile(path);
  const at = place < 0 ? data.length + place : place;
  data[at] = (data[at] ?? 0) ^ 1;
  await writeFile(path, data);
}

/** The header of a symlink to /etc/passwd, as GNU tar writes it. */
function realTarLink(name: string): Buffer {
  const script = `cd "$(mktemp -d)" && mkdir objects && ln -s /etc/passwd "$1" &&
    tar --create --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner "$1" && rm -r "$PWD"`;
  return execFileSync('sh', ['-c', script, 'sh', name]).subarray(0, 512);
}

/** Puts other documents into the volume, and makes bundle.json and the signature fit them. */
async function repackDocuments(
  bundle: string,
  { list, edit }: { list?: Buffer; edit?: (baseline: Baseline) => void },
): Promise<void> {
  let documents: TarEntry[] = [];
  await repackVolume(bundle, key(), (entries) => {
    const [first, second, ...objects] = entries;
    const baseline = JSON.parse(String(first?.data)) as Baseline;
    const packages = list ?? second?.data ?? Buffer.alloc(0);
    baseline.packages = { sizeBytes: packages.length, sha256: sha256Hex(packages) };
    edit?.(baseline);
    documents = [
      entryOf('baseline.json', Buffer.from(canonicalJson(baseline))),
      entryOf('packages.jsonl', packages),
    ];
    return [...documents, ...objects];
  });
  await resign(bundle, key(), (document) => {
    const [baseline, packages] = documents.map(({ data }) => ({
      sizeBytes: data.length,
      sha256: sha256Hex(data),
    }));
    if (baseline === undefined || packages === undefined) throw new Error('no documents');
    document.baseline.file = baseline;
    document.packages = packages;
  });
}
