/** Keys that the stand-in for POM gets from the config's hosts, and refreshes; its shop answers by a file. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import type { RegistrationReport } from '../../src/subscription/domain/subscription-registration.ts';
import {
  subscriptionRegister,
  type RegisterOptions,
} from '../../src/subscription/workflows/subscription-register.ts';
import { testContext } from '../support/online.ts';
import {
  createSubscriptionSite,
  hostLines,
  infoOf,
  keys,
  mirrorInfo,
  now,
  serverIds,
  type SubscriptionSite,
} from '../support/subscription-site.ts';

let site: SubscriptionSite;

beforeAll(async () => {
  site = await createSubscriptionSite();
});

beforeEach(async () => {
  await writeFile(site.pomConfig, '');
  await site.addKey(keys.mirror, serverIds.stranger, mirrorInfo());
  await writeKey('pve1', keys.pve1);
  await writeKey('pbs1', keys.pbs1);
  await site.configure(hostLines({ pve1: ['keyFile: ./pve1.key'], pbs1: ['keyFile: ./pbs1.key'] }));
  await site.setShop({
    [keys.mirror]: JSON.parse(mirrorInfo()) as object,
    [keys.pve1]: JSON.parse(infoOf(site, 'pve1')) as object,
    [keys.pbs1]: JSON.parse(infoOf(site, 'pbs1')) as object,
  });
});

async function writeKey(name: string, key: string, mode = 0o600): Promise<void> {
  const file = join(site.directory, `${name}.key`);
  await writeFile(file, `${key}\n`);
  await chmod(file, mode);
}

async function register(
  options: Partial<RegisterOptions> = {},
): Promise<RegistrationReport & { asked: string[] }> {
  const asked: string[] = [];
  const report = await subscriptionRegister({
    configFile: site.configFile,
    yes: false,
    dryRun: false,
    confirm: async (question) => {
      asked.push(question);
      return Promise.resolve(true);
    },
    askKey: async ({ name }) => {
      asked.push(name);
      return Promise.resolve(undefined);
    },
    context: testContext(now),
    ...options,
  });
  return { ...report, asked };
}

function outcomes({ subscriptions }: RegistrationReport): unknown[] {
  return subscriptions.map(({ host, action, outcome }) => [host, action, outcome]);
}

async function refused(options: Partial<RegisterOptions>): Promise<PommgrError> {
  return await register(options).then(
    () => expect.fail('it was not refused'),
    (error: unknown) => error as PommgrError,
  );
}

/** Of a run in which single keys fail. */
async function failing(
  options: Partial<RegisterOptions> = {},
): Promise<RegistrationReport & { error: PommgrError }> {
  const error = await refused(options);
  expect(error).toMatchObject({ code: 'tool.registration', exitCode: 7 });
  return { error, ...(error.details as unknown as RegistrationReport) };
}

test('adds the keys that POM does not know, once it may', async () => {
  const report = await register();
  expect(outcomes(report)).toEqual([
    ['pve1', 'add', 'done'],
    ['pbs1', 'add', 'done'],
  ]);
  expect(report.subscriptions[0]).toMatchObject({
    maskedKey: 'pve2s-****a11',
    validUntil: '2027-11-22T19:33:20Z',
    daysLeft: 355,
  });
  expect(report.asked).toHaveLength(1);
  expect(report.asked[0]).toContain(`  pve2s-****a11 for pve1 (server ID ${serverIds.pve1})`);
  const config = await readFile(site.pomConfig, 'utf8');
  expect(config).toContain(`subscription: ${keys.pve1}\n\tdescription pve1\n`);
  expect(outcomes(await register())).toEqual([
    ['pve1', 'keep', 'kept'],
    ['pbs1', 'keep', 'kept'],
  ]);
});

test('refreshes what grows old, without a question', async () => {
  await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { checktime: 1_766_000_000 }));
  await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
  const report = await register({ confirm: () => expect.fail('asked') });
  expect(outcomes(report)).toEqual([
    ['pve1', 'refresh', 'done'],
    ['pbs1', 'keep', 'kept'],
  ]);
  expect(report.subscriptions[0]).toMatchObject({ daysLeft: 355 });
});

test('refreshes what will not last until the next visit', async () => {
  await site.configure([...hostLines({ pve1: ['keyFile: ./pve1.key'] }), '  visitEveryDays: 320']);
  await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1'));
  await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
  expect(outcomes(await register())).toEqual([
    ['pve1', 'refresh', 'done'],
    ['pbs1', 'refresh', 'done'],
  ]);
});

test('asks before a key that was never checked is refreshed', async () => {
  await site.addKey(keys.pve1, serverIds.pve1);
  await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
  const report = await register();
  expect(report.asked).toHaveLength(1);
  expect(outcomes(report)[0]).toEqual(['pve1', 'refresh', 'done']);
});

test.each([
  ['the answer is no', false],
  ['there is nobody to ask', undefined],
])('does nothing when %s', async (_, answer) => {
  const before = await readFile(site.pomConfig, 'utf8');
  const error = await refused({ confirm: () => Promise.resolve(answer) });
  expect(error).toMatchObject({ code: 'refused.not-confirmed', exitCode: 9 });
  expect(await readFile(site.pomConfig, 'utf8')).toBe(before);
});

test('asks nobody with yes', async () => {
  const report = await register({ yes: true, confirm: () => expect.fail('asked') });
  expect(outcomes(report)).toHaveLength(2);
});

test('only shows in a dry run', async () => {
  const before = await readFile(site.pomConfig, 'utf8');
  const report = await register({ dryRun: true, confirm: () => expect.fail('asked') });
  expect(outcomes(report)).toEqual([
    ['pve1', 'add', 'planned'],
    ['pbs1', 'add', 'planned'],
  ]);
  expect(await readFile(site.pomConfig, 'utf8')).toBe(before);
});

test('asks for the key of a host that has none', async () => {
  await site.configure(hostLines({ pbs1: ['keyFile: ./pbs1.key'] }));
  const report = await register({
    askKey: ({ name }) => Promise.resolve(name === 'pve1' ? ` ${keys.pve1}\n` : ''),
  });
  expect(outcomes(report)).toEqual([
    ['pve1', 'add', 'done'],
    ['pbs1', 'add', 'done'],
  ]);
  await site.removeKey(keys.pve1);
  expect(outcomes(await failing())).toEqual([
    ['pve1', 'refuse', 'failed'],
    ['pbs1', 'keep', 'kept'],
  ]);
});

test('goes on after a key at which the connection fails', async () => {
  await site.setShop({
    [keys.mirror]: JSON.parse(mirrorInfo()) as object,
    [keys.pve1]: { error: `io: connection of ${keys.pve1} reset` },
    [keys.pbs1]: JSON.parse(infoOf(site, 'pbs1')) as object,
  });
  const { error, ...report } = await failing();
  expect(outcomes(report)).toEqual([
    ['pve1', 'add', 'failed'],
    ['pbs1', 'add', 'done'],
  ]);
  expect(error.message).toContain('1 of 2 subscription keys could not be registered or refreshed:');
  expect(error.message).toContain('Error checking subscription: io: connection of pve2s-*** reset');
  expect(error.hints[0]).toBe('The others are fine.');
});

test('does not take POM’s exit code for an answer', async () => {
  await site.setShop({
    [keys.mirror]: JSON.parse(mirrorInfo()) as object,
    [keys.pve1]: { status: 'notfound', key: keys.pve1 },
    [keys.pbs1]: JSON.parse(infoOf(site, 'pbs1', { serverid: 'D'.repeat(32) })) as object,
  });
  const report = await failing();
  expect(outcomes(report)).toEqual([
    ['pve1', 'add', 'failed'],
    ['pbs1', 'add', 'failed'],
  ]);
  expect(report.subscriptions[0]?.problem).toContain('Its status is notfound, expected active.');
  expect(report.subscriptions[1]?.problem).toContain('another server');
});

test.each([
  ['that others may read', () => writeKey('pve1', keys.pve1, 0o640), /others may read it \(mode 640\)/],
  ['with more than a key', () => writeKey('pve1', `my key\n${keys.pve1}`), /it holds no key/],
  ['of another product', () => writeKey('pve1', keys.pbs1), /a key for pbs, expected one for pve/],
  ['with something else', () => writeKey('pve1', 'secret'), /no subscription key, expected one for pve/],
  [
    'that is not there',
    () => site.configure(hostLines({ pve1: ['keyFile: ./none'], pbs1: ['keyFile: ./pbs1.key'] })),
    /it is not there/,
  ],
  ['with a key of another server', () => site.addKey(keys.pve1, serverIds.stranger), /for another server ID/],
])('refuses a key file %s, and goes on', async (_, spoil, why) => {
  await spoil();
  const report = await failing();
  const [pbs, pve] = report.subscriptions.toSorted((a, b) => (a.host < b.host ? -1 : 1));
  expect(pve).toMatchObject({ host: 'pve1', action: 'refuse', outcome: 'failed' });
  expect(pve?.problem).toMatch(why);
  expect(pbs).toMatchObject({ host: 'pbs1', outcome: 'done' });
  expect(JSON.stringify([report.subscriptions, report.error.message])).not.toContain('secret');
});

test.each([
  ['no hosts', () => site.configure([]), 'config.site'],
  ["no key of POM's own", () => writeFile(site.pomConfig, ''), 'config.mirror-key'],
])('refuses %s', async (_, spoil, code) => {
  await spoil();
  expect(await refused({})).toMatchObject({ code });
});
