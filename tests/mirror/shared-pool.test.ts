import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { openPool } from '../../src/mirror/adapters/pool.ts';
import { sharePool } from '../../src/mirror/adapters/shared-pool.ts';
import { writeHashedFile } from '../support/hashed-file.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function openShared(waitSeconds = 5) {
  const context = testContext();
  const pool = openPool(join(await scratchDirectory(), 'base'));
  const shared = sharePool(pool, { waitSeconds, context });
  const add = async (content: string): Promise<void> => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await shared.addFile(await writeHashedFile(await shared.partialPath(sha256), Buffer.from(content)));
  };
  return { pool, shared, add, context };
}

test('holds the lock only while files are added', async () => {
  const { pool, shared, add } = await openShared();
  await Promise.all(Array.from({ length: 50 }, (_, index) => add(`file ${index}`)));
  const waitingSince = performance.now();

  const lock = await lockFile(pool.lockPath, 'the test', 5);

  expect(performance.now() - waitingSince).toBeLessThan(1500);
  await lock.release();
  await shared.close();
});

test('lets another run in between, however much there is to add', async () => {
  const { pool, shared, add } = await openShared();
  let isDone = false;
  let added = 0;
  const lane = async (name: string): Promise<void> => {
    while (!isDone) await add(`${name} ${added++}`);
  };
  const lanes = ['a', 'b', 'c', 'd'].map(lane);
  await sleep(300);

  const lock = await lockFile(pool.lockPath, 'the test', 5);
  const addedThen = added;
  await sleep(300);
  // What was under way has ended, and nothing was added since.
  expect(added - addedThen).toBeLessThanOrEqual(lanes.length);
  await lock.release();
  await sleep(300);

  expect(added).toBeGreaterThan(addedThen + lanes.length);
  isDone = true;
  await Promise.all(lanes);
  await shared.close();
});

test('frees the lock at once when it is closed', async () => {
  const { pool, shared, add } = await openShared();
  await add('one');
  await shared.close();
  await (await lockFile(pool.lockPath, 'the test')).release();
});

test('says that it waits, and who has the lock when it is in vain', async () => {
  const { pool, shared, add, context } = await openShared(1);
  const lock = await lockFile(pool.lockPath, 'the test');

  await expect(add('one')).rejects.toMatchObject({ code: 'state.locked' });

  expect(context.notes).toHaveLength(1);
  await lock.release();
  await shared.close();
  await expect(add('two')).resolves.toBeUndefined();
  await shared.close();
});
