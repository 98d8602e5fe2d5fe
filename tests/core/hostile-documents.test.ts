/** Every reader of text that comes from a medium, with texts that nobody sane writes: it reads it, or says what is wrong. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { bundleSchema } from '../../src/medium/domain/bundle.ts';
import { chooseBundles } from '../../src/medium/domain/bundle-choice.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { parseDigests } from '../../src/core/domain/digest-list.ts';
import { parseDocument } from '../../src/core/domain/document.ts';
import { PommgrError, type ErrorFamily } from '../../src/core/domain/errors.ts';
import { storedExtrasKind } from '../../src/config/domain/extras.ts';
import { createPackageListCheck } from '../../src/baseline/domain/package-list-check.ts';
import { createPackageLineParser, formatPackageLine } from '../../src/apt/domain/package-list.ts';
import { receiptKind } from '../../src/hosts/domain/receipt.ts';
import { createRotation, readRotation } from '../../src/trust/domain/rotation.ts';
import { parseRoot } from '../../src/core/domain/sha256sums.ts';
import { parsePublicKey } from '../../src/trust/domain/signing-key.ts';
import {
  signedText,
  parseSubscriptionInfo,
  validUntil,
} from '../../src/subscription/domain/subscription-info.ts';
import { subscriptionSetKind } from '../../src/subscription/domain/subscription-set.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { hostileCorpus, hostileTexts } from '../support/hostile-text.ts';
import { packedSet } from '../support/subscription-medium.ts';
import { testInfo } from '../support/subscriptions.ts';

interface Reader {
  what: string;
  like: () => string;
  read: (text: string) => unknown;
  /** Of its errors. */
  families: ErrorFamily[];
}

const digest = 'ab'.repeat(32);
let online: OnlineSide;
let setText: string;

beforeAll(async () => {
  online = await createOnlineSide();
  setText = canonicalJson((await packedSet([{ info: { ...testInfo } }])).set);
});

const bundle = {
  schema: 'pommgr/bundle/v1',
  ...{ track: 'site', sequence: 2, created: '2026-11-01T00:00:00Z', layout: 'volumes' },
  baseline: { name: 'site-2', digest, file: { sizeBytes: 10, sha256: digest } },
  packages: { sizeBytes: 10, sha256: digest },
  base: { name: 'site-1', digest, objects: { count: 1, sizeBytes: 3, sha256: digest } },
  targets: [
    {
      ...{ name: 'a', mirrors: ['base'], products: ['pve'], codename: 'trixie', architectures: ['amd64'] },
      notAutomatic: [],
    },
  ],
  volumes: [{ file: 'vol-0001.tar', sizeBytes: 5120, sha256: digest, objects: 1 }],
  extras: [{ name: 'a.iso', sizeBytes: 3, sha256: digest }],
};

const receipt = {
  schema: 'pommgr/receipt/v1',
  host: { name: 'host', id: digest },
  ...{ time: '2026-11-01T00:00:00Z', track: 'site', pommgrVersion: '0.1.0' },
  applied: { name: 'site-1', digest, sequence: 1 },
  baselines: [{ name: 'site-1', digest }],
  highest: { site: 1 },
  lock: { sizeBytes: 3, sha256: digest },
  manifest: {
    bundle: 'site-1',
    text: `${digest}  PURPOSE\n`,
    signatures: [{ keyId: digest.slice(0, 16), base64: `${'A'.repeat(86)}==` }],
  },
  wishes: [{ package: 'htop', who: 'Ada', why: 'load', time: '2026-11-01T00:00:00Z' }],
};

const readers: Reader[] = [
  {
    what: 'the root of a bundle',
    like: () => `${digest}  PURPOSE\n${digest}  bundle.json\n${digest}  vol-0001.tar\n`,
    read: (text) => parseRoot(text, 'SHA256SUMS'),
    families: ['integrity'],
  },
  {
    what: 'a list of digests',
    like: () => `${digest}  linux-x64/node\n`,
    read: (text) => parseDigests(text, (name) => /^[a-z0-9/-]+$/.test(name)),
    families: [],
  },
  {
    what: 'bundle.json',
    like: () => canonicalJson(bundle),
    read: (text) => parseDocument(text, { noun: 'bundle', schema: bundleSchema }, 'bundle.json'),
    families: ['config'],
  },
  {
    what: 'baseline.json',
    like: () => canonicalJson(online.baseline),
    read: (text) => parseBaseline(text, 'baseline.json'),
    families: ['config', 'integrity'],
  },
  {
    what: 'a line of packages.jsonl',
    like: () => formatPackageLine(online.packages[0]!),
    read: (text) => createPackageLineParser('packages.jsonl')(text.replace(/\n$/, '')),
    families: ['integrity'],
  },
  {
    what: 'packages.jsonl',
    like: () => online.packages.map(formatPackageLine).join(''),
    read(text) {
      const check = createPackageListCheck(online.baseline, 'packages.jsonl');
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 65_536) check.add(bytes.subarray(at, at + 65_536));
      check.finish();
    },
    families: ['integrity'],
  },
  {
    what: 'a rotation statement',
    like: () => canonicalJson(createRotation(online.key, online.key, '2026-11-01T00:00:00Z')),
    read: (text) =>
      readRotation(text, { oldFingerprint: online.key.fingerprint, newKeyId: online.key.keyId }, 'x.json'),
    families: ['config', 'trust'],
  },
  {
    what: 'a public key',
    like: () => online.key.pem,
    read: (text) => parsePublicKey(text, 'key.pem'),
    families: ['config'],
  },
  {
    what: 'a receipt',
    like: () => canonicalJson(receipt),
    read: (text) => parseDocument(text, receiptKind, 'receipt.json'),
    families: ['config'],
  },
  {
    what: 'subscriptions.json',
    like: () => setText,
    read: (text) => parseDocument(text, subscriptionSetKind, 'subscriptions.json'),
    families: ['config'],
  },
  {
    what: 'a subscription info',
    like: () => JSON.stringify(testInfo),
    read(text) {
      const info = parseSubscriptionInfo(text, 'info');
      return [signedText(info), validUntil(info)];
    },
    families: ['config'],
  },
  {
    what: 'the record of extras',
    like: () => canonicalJson({ schema: 'pommgr/stored-extras/v1', extras: bundle.extras }),
    read: (text) => parseDocument(text, storedExtrasKind, 'extras.json'),
    families: ['config'],
  },
];

describe.each(readers)('$what', ({ like, read, families }) => {
  /** Undefined when all is well. */
  function complaint(text: string): string | undefined {
    try {
      read(text);
      return undefined;
    } catch (error) {
      if (!(error instanceof PommgrError)) return `threw ${String(error).slice(0, 200)}`;
      if (!families.includes(error.family)) return `is ${error.code}`;
      return error.message.length > 5000 ? `has a message of ${error.message.length}` : undefined;
    }
  }

  it('is read where it is true', () => {
    expect(() => read(like())).not.toThrow();
  });

  it('is refused as the corpus has it, and nothing of it stays', () => {
    for (const text of hostileCorpus(like())) {
      expect(complaint(text), text.slice(0, 100)).toBeUndefined();
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is read or refused whatever it is', () => {
    const options = { seed: 20_261_123, numRuns: 400 };
    fc.assert(
      fc.property(hostileTexts(like()), (text) => {
        expect(complaint(text)).toBeUndefined();
      }),
      options,
    );
  });
});

it('names of bundles, however many and whatever they build on, come to an end', () => {
  const name = fc
    .tuple(fc.constantFrom('a', 'a-1'), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 30 }))
    .map(([track, sequence, base]) => `${track}-${sequence}${base === 0 ? '' : `-from-${track}-${base}`}`);
  const offer = { media: 'm', track: 'a', switchTrack: false, stored: ['a-3'] };
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), (names) => {
      const chosen = chooseBundles([...names, 'a-1'], offer);
      expect([...names, 'a-1']).toContain(chosen.names.at(-1));
    }),
    { seed: 7, numRuns: 200 },
  );
  const many = Array.from({ length: 2000 }, (_, index) => `a-${index + 4}-from-a-${index + 3}`);
  expect(chooseBundles(many, offer).names).toHaveLength(2000);
});
