/** withJournal: the journal outlives every way in which a change can stop before it is whole or undone. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { locateStore, makeStore, type Store } from '../../src/store/adapters/store.ts';
import { readJournal } from '../../src/store/adapters/journal.ts';
import { withJournal, type JournalledChange } from '../../src/store/workflows/with-journal.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

let store: Store;
let done: string[];
beforeEach(async () => {
  store = await locateStore(await scratchDirectory());
  await makeStore(store);
  done = [];
});

function change(parts: Partial<JournalledChange> = {}): JournalledChange {
  return {
    store,
    operation: { kind: 'import', baseline: 'site-1', digest: 'a'.repeat(64) },
    what: 'The import of site-1',
    async undo() {
      done.push('undo');
      return 'undone';
    },
    context: testContext(),
    ...parts,
  };
}

const fails = async (begin: () => Promise<void>): Promise<void> => {
  await begin();
  expect((await readJournal(store))?.operation).toMatchObject({ kind: 'import', baseline: 'site-1' });
  throw new Error('pulled out');
};

test('is there while the work runs, and gone after it', async () => {
  const result = await withJournal(change(), async (begin) => {
    expect(await pathExists(store.journal)).toBe(false);
    await begin();
    expect(await pathExists(store.journal)).toBe(true);
    return 7;
  });

  expect([result, await pathExists(store.journal), done]).toEqual([7, false, []]);
});

test('goes once a failed change is undone, and the failure is told', async () => {
  await expect(withJournal(change(), fails)).rejects.toThrow('pulled out');

  expect([done, await pathExists(store.journal)]).toEqual([['undo'], false]);
});

test('stays for the next run where the change was committed before it failed', async () => {
  await expect(withJournal(change({ undo: async () => 'committed' }), fails)).rejects.toThrow('pulled out');

  expect(await pathExists(store.journal)).toBe(true);
});

test('stays where the undo fails, too', async () => {
  const undo = (): Promise<'undone'> => Promise.reject(new Error('disk full'));

  await expect(withJournal(change({ undo }), fails)).rejects.toMatchObject({
    code: 'state.interrupted',
    message: 'The import of site-1 failed, and could not be undone: disk full',
  });
  expect(await pathExists(store.journal)).toBe(true);
});

test('stays for the next run where a resumable change is interrupted', async () => {
  const context = { ...testContext(), signal: AbortSignal.abort() };
  await expect(withJournal(change({ context, isResumable: true }), fails)).rejects.toThrow('pulled out');
  expect([done, await pathExists(store.journal)]).toEqual([[], true]);

  await expect(withJournal(change({ context }), fails)).rejects.toThrow('pulled out');
  expect([done, await pathExists(store.journal)]).toEqual([['undo'], false]);
});

test('nothing is removed where a check fails before the change begins', async () => {
  await expect(withJournal(change(), () => Promise.reject(new Error('no space')))).rejects.toThrow(
    'no space',
  );

  expect(await pathExists(join(store.directory, 'journal.json'))).toBe(false);
});
