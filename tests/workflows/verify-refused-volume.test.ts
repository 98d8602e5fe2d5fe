/** Volumes with entries that do not belong, under a signature that is good, so that the reader itself must refuse. */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, it } from 'vitest';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { expectRefused, type Attack } from '../support/attack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { changeHeader, entryOf, repackVolume, writeEntries, type TarEntry } from '../support/bundle.ts';
import { testContext } from '../support/online.ts';

let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  await pack({ configFile: online.configFile, media: online.media, context: testContext() });
});

/** Changes the entries of the volume and signs the result with the operator's key. */
function repacked(change: (entries: TarEntry[]) => TarEntry[] | Buffer): Attack['attack'] {
  return async (bundle) => await repackVolume(bundle, online.privateKeyFile, change);
}

function replaceEntry(entries: TarEntry[], index: number, make: (entry: TarEntry) => TarEntry): TarEntry[] {
  return entries.map((entry, at) => (at === index ? make(entry) : entry));
}

const firstObject = 2;

const attacks: Attack[] = [
  {
    name: 'a symbolic link made by the real tar',
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
    name: `an entry that is ${says}`,
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
    name: 'an entry that is set-uid',
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
    name: 'an entry whose size is in base 256',
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
    name: `an entry named ${name}`,
    attack: repacked((entries) => replaceEntry(entries, firstObject, ({ data }) => entryOf(name, data))),
    code: 'integrity.tar',
    exitCode: 5,
    says: name.includes('ABC') ? 'header' : JSON.stringify(name),
  })),
  {
    name: 'data in the padding',
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
    name: 'data after the end',
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
    says: 'size mismatch',
  },
  {
    name: 'a volume without an end',
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
    says: 'size mismatch',
  },
  {
    name: 'two objects in the wrong order',
    attack: repacked((entries) => [...entries.slice(0, -2), ...entries.slice(-2).toReversed()]),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected objects/<SHA-256> after',
  },
  {
    name: 'an object twice',
    attack: repacked((entries) => [...entries, ...entries.slice(-1)]),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected objects/<SHA-256> after',
  },
  {
    name: 'an object left out',
    attack: repacked((entries) => entries.toSpliced(firstObject, 1)),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'in none of the volumes',
  },
  {
    name: 'an object that the baseline does not know',
    attack: repacked((entries) => {
      const data = Buffer.from('not asked for');
      const added = [...entries, entryOf(`objects/${sha256Hex(data)}`, data)];
      const objects = added.slice(firstObject).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return [...added.slice(0, firstObject), ...objects];
    }),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'does not belong to the bundle',
  },
  {
    name: 'an object with other bytes of the same length',
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
    name: 'an object of another length',
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
    name: 'no package list',
    attack: repacked((entries) => entries.toSpliced(1, 1)),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'expected packages.jsonl',
  },
];

describe('verify refuses, although the signature is good,', () => {
  it.each(attacks)('$name', async (attack) => await expectRefused(online, attack));
});

/** The header of a symlink to /etc/passwd, as GNU tar writes it. */
function realTarLink(name: string): Buffer {
  const script = `cd "$(mktemp -d)" && mkdir objects && ln -s /etc/passwd "$1" &&
    tar --create --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner "$1" && rm -r "$PWD"`;
  return execFileSync('sh', ['-c', script, 'sh', name]).subarray(0, 512);
}
