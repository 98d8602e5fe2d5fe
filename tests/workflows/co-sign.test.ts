/** A second machine signs what it makes again, byte for byte, and nothing else. */
import { appendFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { coSign } from '../../src/bundle/workflows/co-sign.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { trustKey } from '../../src/trust/workflows/signing-key.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { flipBit } from '../support/attack.ts';
import { signRoot, resign } from '../support/bundle.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

let first: OnlineSide;
let second: OnlineSide;
let media: string;
let bundle: string;
/** Of the second machine, which trusts the first one's key. */
let root: string;

beforeEach(async () => {
  first = await createOnlineSide();
  second = await createOnlineSide();
  ({ media } = first);
  bundle = join(media, 'bundles/site-1');
  root = await scratchDirectory();
  await trustKey(first.publicKeyFile, root);
  const context = testContext('2026-11-02T03:04:05Z');
  await pack({ configFile: first.configFile, media, volumeSizeBytes: 310_000, context });
});

function coSignSecond(
  options: { dryRun?: boolean; root?: string; context?: ReturnType<typeof testContext> } = {},
) {
  return coSign({
    configFile: second.configFile,
    media,
    root,
    context: testContext('2027-01-01T00:00:00Z'),
    ...options,
  });
}

describe('bundle co-sign', () => {
  it('adds a signature to the same bundle, and nothing else', async () => {
    const before = await treeOf(media);

    const report = await coSignSecond();

    expect(report).toMatchObject({
      outcome: 'co-signed',
      bundle: 'site-1',
      signers: [first.key.fingerprint],
      added: [second.key.fingerprint],
      alsoSigned: ['tool'],
      differences: [],
    });
    const added = (await treeOf(media)).filter((line) => !before.includes(line));
    const signature = `SHA256SUMS.${second.key.keyId}.sig`;
    expect(added.map((line) => line.split(' ')[2])).toEqual([
      `bundles/site-1/${signature}`,
      `tool/${signature}`,
    ]);
    expect(before.every((line) => !line.includes(second.key.keyId))).toBe(true);
    await trustKey(second.publicKeyFile, root);
    await writeFile(join(root, 'etc/pommgr/config.yaml'), 'signing: { threshold: 2 }\n');
    const { bundles } = await verify({ media, root, context: testContext() });
    expect(bundles[0]?.signers).toEqual([first.key.fingerprint, second.key.fingerprint].toSorted());
  });

  it('finds nothing to do the second time, and the first machine finds its bundle in place', async () => {
    await coSignSecond();
    const before = await treeOf(media);
    expect(await coSignSecond()).toMatchObject({ outcome: 'unchanged', added: [] });
    const options = { configFile: first.configFile, media, volumeSizeBytes: 310_000, context: testContext() };
    expect((await pack(options)).outcome).toBe('unchanged');
    expect(await treeOf(media)).toEqual(before);
  });

  it('changes nothing in a dry run', async () => {
    const before = await treeOf(media);
    expect(await coSignSecond({ dryRun: true })).toMatchObject({ outcome: 'planned', added: [] });
    expect(await treeOf(media)).toEqual(before);
  });

  it('says so when it knows none of the signers, and compares all the same', async () => {
    const context = testContext();
    expect(await coSignSecond({ root: await scratchDirectory(), context })).toMatchObject({
      outcome: 'co-signed',
      signers: [],
    });
    expect(context.warnings).toEqual([expect.stringContaining('No key that signed')]);
  });

  it.each([
    {
      what: 'another package in its volumes, with all digests made to fit',
      differences: [/^vol-000\d\.tar$/],
      change: async () => {
        const entry = second.packages.find(({ sizeBytes }) => sizeBytes === 70_000);
        const path = join(bundle, 'vol-0001.tar');
        const volume = await readFile(path);
        const at = volume.indexOf(`objects/${entry?.sha256}`);
        if (at < 0) throw new Error('the object is not in the first volume');
        volume[at + 600] = (volume[at + 600] ?? 0) ^ 1;
        await writeFile(path, volume);
        await resign(bundle, first.privateKeyFile);
      },
    },
    {
      what: 'another target',
      differences: [/^bundle\.json: targets$/],
      change: () =>
        resign(bundle, first.privateKeyFile, (document) => {
          document.targets = document.targets.map((target) => ({ ...target, codename: 'sid' }));
        }),
    },
    {
      what: 'a root that lists one file more',
      differences: [/^SHA256SUMS$/],
      change: async () => {
        await writeFile(join(bundle, 'packages.jsonl'), '');
        await resignAsIs();
      },
    },
    {
      what: 'a root with another spelling of bundle.json',
      differences: [/^bundle\.json$/],
      change: async () => {
        const path = join(bundle, 'bundle.json');
        await appendFile(path, ' ');
        await resignAsIs();
      },
    },
  ])('does not sign $what', async ({ change, differences }) => {
    await change();
    const before = await treeOf(media);
    const report = await coSignSecond();
    expect(report).toMatchObject({ outcome: 'different', added: [] });
    expect(report.differences).toEqual(differences.map((text) => expect.stringMatching(text) as string));
    expect(await treeOf(media)).toEqual(before);
  });

  it('names what differs in the baseline where the content is the same', async () => {
    const path = join(second.stateDir, 'baselines/site-1/baseline.json');
    const baseline = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, canonicalJson({ ...baseline, created: '2026-11-01T00:00:09Z' }));
    expect(await coSignSecond()).toMatchObject({
      outcome: 'different',
      differences: ['bundle.json: baseline', 'baseline.json: created'],
    });
  });

  it('makes every byte anew: a file of its own that was changed is an error', async () => {
    const entry = second.packages.find(({ sizeBytes }) => sizeBytes === 70_000);
    await flipBit(join(second.baseDir, 'base/2026-11-01T00:00:00Z', entry?.filename ?? ''), 5);
    await expect(coSignSecond()).rejects.toMatchObject({ code: 'integrity.digest', exitCode: 5 });
  });

  it.each([
    {
      what: 'a volume that the medium lost a bit of',
      code: 'integrity.digest',
      change: () => flipBit(join(bundle, 'vol-0002.tar'), 700),
    },
    {
      what: 'bundle.json that is not what was signed',
      code: 'integrity.digest',
      change: () => appendFile(join(bundle, 'bundle.json'), ' '),
    },
    {
      what: 'a wrong signature by a trusted key',
      code: 'trust.signature',
      change: () =>
        appendFile(join(bundle, 'SHA256SUMS'), '').then(() =>
          flipBit(join(bundle, `SHA256SUMS.${first.key.keyId}.sig`), 3),
        ),
    },
    {
      what: 'no signature',
      code: 'trust.unsigned',
      change: () => rm(join(bundle, `SHA256SUMS.${first.key.keyId}.sig`)),
    },
    { what: 'no root', code: 'integrity.missing', change: () => rm(join(bundle, 'SHA256SUMS')) },
    { what: 'no bundle', code: 'integrity.missing', change: () => rm(bundle, { recursive: true }) },
  ])('refuses $what', async ({ code, change }) => {
    await change();
    const before = await treeOf(media);
    await expect(coSignSecond()).rejects.toMatchObject({ code });
    expect(await treeOf(media)).toEqual(before);
  });
});

/** Makes the root fit bundle.json, whatever its bytes are. */
async function resignAsIs(): Promise<void> {
  const { createHash } = await import('node:crypto');
  const lines: string[] = [];
  for (const name of (await readdir(bundle)).toSorted()) {
    if (name.startsWith('SHA256SUMS')) continue;
    const digest = createHash('sha256')
      .update(await readFile(join(bundle, name)))
      .digest('hex');
    lines.push(`${digest}  ${name}\n`);
  }
  await signRoot(bundle, first.privateKeyFile, lines.join(''));
}
