/** `subscription activate` is killed, and made to fail, at its operations: the host has the old key or the new one. */
import { clockEnvironment } from '../support/clock.ts';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import type { SubscriptionInfo } from '../../src/subscription/domain/subscription-info.ts';
import { activate } from '../../src/activation/workflows/activate.ts';
import { locateStore } from '../../src/store/adapters/store.ts';
import { verifyAudit } from '../../src/upkeep/workflows/audit-verify.ts';
import { pommgr, type CliOutcome } from '../support/cli.ts';
import { testContext } from '../support/online.ts';
import { anInfo, createInfoSigner, createProductHost, hostTime } from '../support/product-host.ts';
import { bringSubscriptions, createOperatorKey } from '../support/subscription-medium.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext(hostTime);
let root: string;
let media: string;
let before: string;

beforeAll(async () => {
  const signer = createInfoSigner();
  const key = await createOperatorKey();
  ({ root } = await createProductHost(['pve'], [key.publicKey]));
  await signer.trustOn(root);
  const first = await bringSubscriptions(key, [{ info: signer.sign(anInfo()) }]);
  await activate({ root, media: first, context });
  media = await bringSubscriptions(key, [{ info: signer.sign(anInfo({ nextduedate: '2028-05-01' })) }]);
  before = join(await scratchDirectory(), 'before');
  await mkdir(before);
  await run('cp', ['-a', '--', join(root, 'etc'), join(root, 'var'), before]);
});

async function restore(): Promise<void> {
  for (const name of ['etc', 'var']) {
    await run('rsync', ['-aHc', '--delete', '--', `${before}/${name}/`, `${root}/${name}/`]);
  }
}

async function activateWithFault(fault: string): Promise<CliOutcome> {
  const env = { ...clockEnvironment(hostTime), POMMGR_FAULT_AT: fault, TMPDIR: await scratchDirectory() };
  return pommgr(['subscription', 'activate', '--media', media, '--root', root, '--quiet', '--json'], { env });
}

/** The due date of the key that the product holds; its file is whole. */
async function heldDueDate(): Promise<string | null | undefined> {
  const [, , data = ''] = (await readFile(join(root, 'etc/subscription'), 'utf8')).split('\n');
  return (JSON.parse(Buffer.from(data, 'base64').toString()) as SubscriptionInfo).nextduedate;
}

async function leftovers(): Promise<string[]> {
  const trees = [await treeOf(join(root, 'etc')), await treeOf(join(root, 'var/lib/pommgr'))];
  return trees.flat().filter((line) => /\.tmp |journal\.json/.test(line));
}

/** Whatever was left, the next run ends with the new key. */
async function expectFinishedByNextRun(place: string): Promise<void> {
  expect(['2027-05-01', '2028-05-01'], place).toContain(await heldDueDate());
  const { products } = await activate({ root, media, context });
  expect(['activated', 'unchanged'], place).toContain(products[0]?.outcome);
  expect(await heldDueDate(), place).toBe('2028-05-01');
  expect(await leftovers(), place).toEqual([]);
  expect((await verifyAudit(await locateStore(root, undefined))).problems, place).toEqual([]);
}

test('killed at every third operation, the next run ends with the new key', async () => {
  const places: string[] = [];
  for (let number = 2; ; number += 3) {
    await restore();
    const { exitCode, stderr } = await activateWithFault(String(number));
    if (exitCode === 0) break;
    const place = /^killed at .*$/m.exec(stderr)?.[0] ?? stderr;
    places.push(place);
    await expectFinishedByNextRun(place);
  }
  expect(places.length).toBeGreaterThan(5);
  expect(places.filter((place) => !place.startsWith('killed at '))).toEqual([]);
}, 300_000);

test('when an operation fails, every fifth by turns, the exit code tells and nothing is left half done', async () => {
  const codes = ['ENOSPC', 'EIO', 'EROFS'];
  for (let number = 3; ; number += 5) {
    await restore();
    const fault = `${number}:${codes[number % codes.length]}`;
    const { exitCode, stdout } = await activateWithFault(fault);
    if (exitCode === 0) break;
    expect(exitCode, `${fault}: ${stdout}`).not.toBe(70);
    expect(await leftovers(), fault).toEqual([]);
    await expectFinishedByNextRun(fault);
  }
}, 300_000);
