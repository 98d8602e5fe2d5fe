/** Records of rollouts: their order, what is missing, and what the online side takes in. */
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../src/core/domain/digest.ts';
import { carriedRollouts, writeEntry, writeEntryKey } from '../../src/hosts/adapters/rollout-entries.ts';
import type { RolloutEntry } from '../../src/hosts/domain/rollout-entry.ts';
import { rolloutRecords, type DigestedEntry } from '../../src/hosts/domain/rollout-record.ts';
import { readRolloutRecords, takeRollouts } from '../../src/hosts/workflows/take-rollouts.ts';
import { createSigningKey, openSigningKey, type SigningKey } from '../../src/trust/adapters/signing.ts';
import { readKeyDirectory, trustedHostsDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { testContext } from '../support/online.ts';
import { rolloutEntry, rolloutId } from '../support/rollout-entries.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** A chain of entries; each names the one before. */
function chain(changes: Partial<RolloutEntry>[], from: DigestedEntry | null = null): DigestedEntry[] {
  const all: DigestedEntry[] = [];
  for (const change of changes) {
    const last = all.at(-1) ?? from;
    const entry = rolloutEntry({
      number: (last?.entry.number ?? 0) + 1,
      previous: last?.sha256 ?? null,
      ...change,
    });
    all.push({ entry, sha256: digestOf(entry) });
  }
  return all;
}

const whole = chain([{}, { step: 'upgrade' }, { step: 'reboot', owner: 'b' }, { step: 'next', owner: 'b' }]);

test('entries are put in their order, whatever order they are found in', () => {
  expect(rolloutRecords(whole.toReversed().concat(whole))).toEqual([
    {
      ...{ rollout: rolloutId, begun: '2026-11-28T11:00:00Z', owners: ['root@pve1', 'b'] },
      ...{ entries: whole, gaps: [] },
    },
  ]);
});

test.each([0, 1, 2])('the missing entry at %i is named', (index) => {
  const [record] = rolloutRecords(whole.filter((_, place) => place !== index));
  expect(record?.gaps).toEqual([{ kind: 'missing', number: index + 1 }]);
  expect(record?.entries).toHaveLength(3);
});

test('an entry that the next one does not name is no part of the record', () => {
  const host = { name: 'pve3', id: '0'.repeat(64) };
  const orphan = chain([{ step: 'reboot', owner: 'killed', host }], whole[1]);
  const [record] = rolloutRecords([...orphan, ...whole]);
  expect(record?.entries).toEqual(whole);
  expect(record?.gaps).toEqual([{ kind: 'not-carried-out', number: 3, host: 'pve3' }]);
});

test('of two last entries the later one counts: the other is that of a killed run', () => {
  const killed = chain([{ step: 'reboot', time: '2026-11-28T11:01:00Z' }], whole[1]);
  const again = chain([{ step: 'reboot', time: '2026-11-28T11:09:00Z' }], whole[1]);
  for (const found of [
    [...whole.slice(0, 2), ...killed, ...again],
    [...again, ...killed, ...whole.slice(0, 2)],
  ]) {
    expect(rolloutRecords(found)[0]?.entries).toEqual([...whole.slice(0, 2), ...again]);
  }
});

test('an entry that names one with a higher number does not lead in a circle', () => {
  const [first] = chain([{ number: 2, previous: 'a'.repeat(64) }]);
  const [second] = chain([{ number: 3, previous: first?.sha256 ?? null }]);
  const [odd] = chain([{ number: 1, previous: second?.sha256 ?? null }]);
  const all = [first, second, odd].flatMap((one) => one ?? []);
  expect(rolloutRecords(all)[0]?.entries.map(({ entry }) => entry.number)).toEqual([2, 3]);
});

let directory: string;
let medium: string;
let stateDir: string;
let key: SigningKey;

beforeEach(async () => {
  directory = await scratchDirectory();
  medium = join(directory, 'medium');
  stateDir = join(directory, 'state');
  await mkdir(medium);
  await mkdir(trustedHostsDirectory(stateDir), { recursive: true });
  const file = join(directory, 'host.pem');
  await createSigningKey(file);
  key = await openSigningKey(file);
  const host = { name: 'pve1', id: key.publicKey.fingerprint };
  for (const { entry } of chain([{ host }, { host, step: 'upgrade' }])) {
    await writeEntry(carriedRollouts(medium), entry, key);
  }
  await writeEntryKey(medium, key.publicKey);
});

async function take(dryRun = false): Promise<string[]> {
  const warnings: string[] = [];
  const context = testContext();
  const trusted = await readKeyDirectory(trustedHostsDirectory(stateDir));
  await takeRollouts({
    ...{ stateDir, media: [medium], trusted, dryRun },
    context: { ...context, progress: { ...context.progress, warn: (text) => warnings.push(text) } },
  });
  return warnings;
}

async function trust(): Promise<void> {
  const { keyId, pem } = key.publicKey;
  await writeFile(join(trustedHostsDirectory(stateDir), `${keyId}.pem`), pem);
}

async function entryFiles(): Promise<string[]> {
  const rollout = join(medium, 'receipts/rollouts', rolloutId);
  return (await readdir(rollout)).filter((name) => name.endsWith('.json')).map((name) => join(rollout, name));
}

test('only a trusted host counts, and what was taken in stays after the medium is gone', async () => {
  expect(await take()).toEqual([expect.stringMatching(/^2 entries of rollouts .* not trusted/)]);
  expect(await readRolloutRecords(stateDir)).toEqual([]);
  await trust();
  await take(true);
  expect(await readRolloutRecords(stateDir)).toEqual([]);
  expect(await take()).toEqual([]);
  await rename(medium, `${medium}.gone`);
  expect(await readRolloutRecords(stateDir)).toMatchObject([
    { entries: [{ entry: { step: 'drain' } }, { entry: { step: 'upgrade' } }], gaps: [] },
  ]);
});

test('a changed entry, and one in the place of another, are refused', async () => {
  await trust();
  const [first = '', second = ''] = await entryFiles();
  const text = await readFile(first, 'utf8');
  await writeFile(first, text.replace('"pve2"', '"pve3"'));
  await expect(take()).rejects.toMatchObject({ code: 'trust.signature' });
  await cp(second, first);
  await cp(`${second}.sig`, `${first}.sig`);
  await expect(take()).rejects.toMatchObject({ code: 'trust.signature' });
  expect(await readRolloutRecords(stateDir)).toEqual([]);
});

test('an entry in its right place that another key signed is refused', async () => {
  await trust();
  const file = join(directory, 'other.pem');
  await createSigningKey(file);
  const other = await openSigningKey(file);
  const host = { name: 'pve1', id: key.publicKey.fingerprint };
  const forged = { ...key, sign: (data: Uint8Array) => other.sign(data) };
  await writeEntry(carriedRollouts(medium), rolloutEntry({ number: 3, host }), forged);
  await expect(take()).rejects.toMatchObject({ code: 'trust.signature' });
});

test('an entry that a trusted host signed in the name of another is refused', async () => {
  await trust();
  const host = { name: 'pve9', id: 'f'.repeat(64) };
  await writeEntry(carriedRollouts(medium), rolloutEntry({ number: 3, host }), key);
  await expect(take()).rejects.toMatchObject({ code: 'trust.signature' });
});
