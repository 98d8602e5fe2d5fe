import { appendFile, readFile, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { appendAudit } from '../../src/store/adapters/audit-log.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { emptyStoreState } from '../../src/store/domain/store-state.ts';
import { type AuditEntry } from '../../src/store/domain/audit-record.ts';
import { scratchDirectory } from '../support/scratch.ts';

const entry: AuditEntry = {
  time: '2026-01-01T00:00:00Z',
  user: 'root',
  action: 'apply',
  baseline: 'site-1',
  digest: 'a'.repeat(64),
  target: 'debian',
  decisions: [],
};

test('each line names the digest of the one before, and the head covers them all', async () => {
  const store = storeAt(await scratchDirectory());
  const first = await appendAudit(store, emptyStoreState.audit, entry);
  const second = await appendAudit(store, first, { ...entry, action: 'undo' });

  const text = await readFile(store.audit, 'utf8');
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { number: 1, previous: '0'.repeat(64), action: 'apply' },
    { number: 2, previous: sha256Hex(`${lines[0]}\n`), action: 'undo' },
  ]);
  expect(second).toEqual({ records: 2, sizeBytes: text.length, sha256: sha256Hex(`${lines[1]}\n`) });
});

test('what was never committed is written over', async () => {
  const store = storeAt(await scratchDirectory());
  const head = await appendAudit(store, emptyStoreState.audit, entry);
  await appendFile(store.audit, '{"half a li');
  await appendAudit(store, head, entry);

  expect((await readFile(store.audit, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
});

test('a log that was cut is an error', async () => {
  const store = storeAt(await scratchDirectory());
  const head = await appendAudit(store, emptyStoreState.audit, entry);
  await truncate(store.audit, 10);

  await expect(appendAudit(store, head, entry)).rejects.toMatchObject({ code: 'integrity.audit' });
});

test('the head counts bytes: a user with an umlaut in the name leaves the log whole', async () => {
  const store = storeAt(await scratchDirectory());
  const first = await appendAudit(store, emptyStoreState.audit, { ...entry, user: 'Jürgen 管理者' });
  const second = await appendAudit(store, first, entry);

  const bytes = await readFile(store.audit);
  expect([first.sizeBytes < bytes.length, second.sizeBytes]).toEqual([true, bytes.length]);
  const lines = bytes.toString('utf8').trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2]);
});
