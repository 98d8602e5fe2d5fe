/** Roots and documents that do not fit, under a signature that is good: what a broken or hostile packer could write. */
import { purposeText } from '../../src/core/domain/purpose.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { baselineDigest } from '../../src/baseline/domain/baseline.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { expectRefused, type Attack } from '../support/attack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { purposeLine, repackDocuments, resign, signRoot } from '../support/bundle.ts';
import { testContext } from '../support/online.ts';

let online: OnlineSide;
let other: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  other = await createOnlineSide({ packageSizes: [10, 20, 30] });
  await pack({ configFile: online.configFile, media: online.media, context: testContext() });
});

const key = (): string => online.privateKeyFile;

const attacks: Attack[] = [
  {
    name: 'a root with a path in it',
    attack: async (bundle) => await signRoot(bundle, key(), `${'0'.repeat(64)}  ../../etc/passwd\n`),
    code: 'integrity.root',
    exitCode: 5,
    says: 'line 1',
  },
  {
    name: 'a root larger than any root',
    attack: async (bundle) => await signRoot(bundle, key(), ' '.repeat(2_000_000)),
    code: 'integrity.size',
    exitCode: 5,
    says: 'at most',
  },
  {
    name: 'a bundle.json of a newer pommgr',
    attack: async (bundle) =>
      await resign(bundle, key(), (document) => Object.assign(document, { schema: 'pommgr/bundle/v2' })),
    code: 'config.version',
    exitCode: 3,
    says: 'pommgr/bundle/v2',
  },
  {
    name: 'a bundle.json with an unknown member',
    attack: async (bundle) => await resign(bundle, key(), (document) => Object.assign(document, { more: 1 })),
    code: 'config.document',
    exitCode: 3,
    says: 'more',
  },
  {
    name: 'a bundle of volumes that says it is one of snapshots',
    attack: async (bundle) =>
      await resign(bundle, key(), (document) => Object.assign(document, { layout: 'pom' })),
    code: 'integrity.volumes',
    exitCode: 5,
    says: 'same files',
  },
  {
    name: 'a delta whose base is not older',
    attack: async (bundle) => {
      const name = 'site-1-from-site-1';
      await writeFile(join(bundle, 'PURPOSE'), purposeText({ kind: 'bundle', name }));
      await resign(bundle, key(), (document) => {
        const objects = { count: 0, sizeBytes: 0, sha256: sha256Hex('') };
        document.base = { name: 'site-1', digest: '0'.repeat(64), objects };
      });
    },
    code: 'integrity.base',
    exitCode: 5,
    says: 'expected an older baseline of the track site',
  },
  {
    name: 'a bundle.json without the volumes of the root',
    attack: async (bundle) => {
      await resign(bundle, key(), (document) => (document.volumes = []));
      const document = await readFile(join(bundle, 'bundle.json'));
      const volume = await readFile(join(bundle, 'vol-0001.tar'));
      await signRoot(
        bundle,
        key(),
        `${await purposeLine(bundle)}${sha256Hex(document)}  bundle.json\n${sha256Hex(volume)}  vol-0001.tar\n`,
      );
    },
    code: 'integrity.volumes',
    exitCode: 5,
    says: 'same files',
  },
  {
    name: 'a wrong number of objects',
    attack: async (bundle) =>
      await resign(bundle, key(), ({ volumes }) => volumes.forEach((volume) => (volume.objects += 1))),
    code: 'integrity.contents',
    exitCode: 5,
    says: 'objects',
  },
  {
    name: 'the package list of another baseline',
    attack: async (bundle) => {
      const list = await readFile(join(other.stateDir, 'baselines/site-1/packages.jsonl'));
      await repackDocuments(bundle, key(), { list });
    },
    code: 'integrity.packages',
    exitCode: 5,
    says: 'does not fit its baseline',
  },
  {
    name: 'a baseline whose digest is not that of its content',
    attack: async (bundle) =>
      await repackDocuments(bundle, key(), { edit: (baseline) => (baseline.digest = '0'.repeat(64)) }),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'digest',
  },
  {
    name: 'a baseline of which bundle.json says something else',
    attack: async (bundle) =>
      await repackDocuments(bundle, key(), {
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

describe('verify refuses, although the signature is good,', () => {
  it.each(attacks)('$name', async (attack) => await expectRefused(online, attack));
});
