import { setClock } from '../support/clock.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ICAL from 'ical.js';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import SubscriptionStatus from '../../src/commands/subscription/status.ts';
import type { SubscriptionReport } from '../../src/subscription/domain/subscription-report.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
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
import { unsignedInfo } from '../support/subscriptions.ts';

let site: SubscriptionSite;

beforeAll(async () => {
  site = await createSubscriptionSite();
  setClock(now);
  return () => void vi.useRealTimers();
});

beforeEach(async () => {
  await writeFile(site.pomConfig, '');
  await site.configure(hostLines());
});

async function ask(...args: string[]) {
  const outcome = await runCommand(SubscriptionStatus, ['--config', site.configFile, ...args]);
  return outcome;
}

async function report(...args: string[]) {
  const { stdout, exitCode } = await ask('--json', ...args);
  const { result } = JSON.parse(stdout) as { result: SubscriptionReport };
  return { ...result, exitCode, stdout };
}

async function addAll(): Promise<void> {
  await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1'));
  await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
  await site.addKey(keys.mirror, serverIds.stranger, mirrorInfo());
}

test('tells all of good keys and exits 0', async () => {
  await addAll();
  const { subscriptions, isGood, exitCode, stdout } = await report();
  expect(exitCode, stdout).toBe(0);
  expect(isGood).toBe(true);
  expect(subscriptions.map(({ host, maskedKey }) => [host, maskedKey])).toEqual([
    ['pbs1', 'pbsb-****b22'],
    ['pve1', 'pve2s-****a11'],
    [null, 'pom-****d44'],
  ]);
  expect(subscriptions[1]).toMatchObject({
    product: 'pve',
    plan: 'standard',
    sockets: 2,
    serverIds: [serverIds.pve1],
    status: 'active',
    signature: 'good',
    checkTime: '2026-11-22T19:33:20Z',
    nextDueDate: '2028-01-01',
    validUntil: '2027-11-22T19:33:20Z',
    daysLeft: 355,
    verdict: 'good',
    problems: [],
  });
  expect(subscriptions[0]).toMatchObject({ plan: 'basic', isActivationExtra: true });
  expect(subscriptions[2]).toMatchObject({ signature: 'mirror', validUntil: '2028-01-01T00:00:00Z' });
});

describe('exits 1', () => {
  const cases: [string, () => Promise<void>, string, string][] = [
    [
      'for an unsigned one',
      () =>
        site.addKey(keys.pve1, serverIds.pve1, unsignedInfo({ key: keys.pve1, serverid: serverIds.pve1 })),
      'bad',
      'unsigned',
    ],
    ['without an info', () => site.addKey(keys.pve1, serverIds.pve1), 'bad', 'no-info'],
    [
      'for what is no info',
      () => site.addKey(keys.pve1, serverIds.pve1, '{"status":"new"}'),
      'bad',
      'malformed',
    ],
    [
      'for the info of another key',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { key: 'pve2s-9999eeee99' })),
      'bad',
      'other-key',
    ],
    [
      'for a signature that is wrong',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1').replace('2028', '2029')),
      'bad',
      'signature',
    ],
    [
      'for an info of another server',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { serverid: 'D'.repeat(32) })),
      'bad',
      'server',
    ],
    [
      'for one that is over',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { nextduedate: '2026-12-01' })),
      'bad',
      'expired',
    ],
    [
      'for one that was suspended',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { status: 'suspended' })),
      'bad',
      'status',
    ],
    [
      'for one that runs out soon',
      () => site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { nextduedate: '2027-01-16' })),
      'care',
      'runs-out',
    ],
    ['for a host without a key', async () => {}, 'bad', 'no-key'],
  ];
  test.each(cases)('%s', async (_, add, verdict, code) => {
    await site.addKey(keys.pbs1, serverIds.pbs1, infoOf(site, 'pbs1'));
    await add();
    const { subscriptions, isGood, exitCode } = await report();
    expect(exitCode).toBe(1);
    expect(isGood).toBe(false);
    const entry = subscriptions.find(({ host }) => host === 'pve1');
    expect(entry).toMatchObject({ verdict, problems: [{ code }] });
  });
});

test('is content with as many days as it was told', async () => {
  await addAll();
  expect((await report('--warn-days', '365')).exitCode).toBe(1);
  expect((await report('--warn-days', '355')).exitCode).toBe(0);
});

test('says whom to ask for a renewal', async () => {
  await site.configure(hostLines({ pve1: ['owner: reseller', 'contract: "C-17"', 'renewal: 2027-01-10'] }));
  await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1', { nextduedate: '2027-01-16' }));
  const { stdout } = await ask();
  expect(stdout).toContain('Owner:       bought through a reseller, contract C-17, renewal 2027-01-10');
  expect(stdout).toContain(
    '-> Renew the subscription through its reseller (contract C-17); then refresh the key',
  );
});

test('shows a key in clear only where it is asked to', async () => {
  await addAll();
  await site.addKey(keys.stranger, serverIds.stranger, '{"status": "new"');
  for (const args of [[], ['--json'], ['--format', 'ics']]) {
    const { stdout, stderr } = await ask(...args);
    expect(stdout).toContain('pve2s-****a11');
    for (const key of Object.values(keys)) expect(`${stdout}${stderr}`).not.toContain(key);
  }
  for (const args of [['--show-keys'], ['--show-keys', '--json']]) {
    const { stdout } = await ask(...args);
    for (const key of Object.values(keys)) expect(stdout).toContain(key);
  }
});

test('does without the public key, and says so', async () => {
  await addAll();
  const text = await readFile(site.configFile, 'utf8');
  await writeFile(site.configFile, text.replace(/^subscription: .*$/m, ''));
  const { subscriptions, exitCode } = await report();
  expect(exitCode).toBe(1);
  expect(subscriptions[0]).toMatchObject({
    signature: 'unchecked',
    verdict: 'unchecked',
    problems: [{ code: 'signature-unchecked' }],
  });
  expect((await ask()).stdout).toMatch(/3 subscription keys: 2 could not be checked\.\n$/);
});

test('says no to a key that the host of a lock could not use', async () => {
  const lock = join(site.directory, 'pve1.lock.json');
  const text = lockWith({ serverIds: [{ product: 'pve', serverId: serverIds.pve1 }], cpuSockets: 4 });
  await writeFile(lock, text);
  await site.configure(hostLines({ pve1: [`lock: ${lock}`] }));
  await addAll();
  const { subscriptions } = await report();
  expect(subscriptions.find(({ host }) => host === 'pve1')).toMatchObject({
    verdict: 'bad',
    problems: [{ code: 'sockets', text: 'pve2s-****a11 covers 2 CPU sockets, the host has 4.' }],
  });
});

test.each([
  [
    'a public key that is not there',
    /^subscription: .*$/m,
    'subscription: { signingKey: ./none.pub }',
    'config.public-key',
  ],
  ['no POM', /binary: [^,]*/, 'binary: no-such-pom', 'tool.missing'],
  ['a lock that is not there', 'name: pve1,', 'name: pve1, lock: ./none.json,', 'config.lock'],
])('refuses %s', async (_, from, to, code) => {
  const text = await readFile(site.configFile, 'utf8');
  expect(text.replace(from, to)).not.toBe(text);
  await writeFile(site.configFile, text.replace(from, to));
  const { stdout } = await ask('--json');
  expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
});

describe('as a calendar', () => {
  test('has an event for each date, with a reminder', async () => {
    await site.configure(hostLines({ pve1: ['contract: "C-17"', 'renewal: 2027-01-10'] }));
    await addAll();
    const { stdout } = await ask('--format', 'ics');
    const calendar = new ICAL.Component(ICAL.parse(stdout));
    const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
    expect(
      events.map((event) => [event.summary, event.startDate.toString(), event.startDate.isDate]),
    ).toEqual([
      ['Subscription pbsb-****b22 of pbs1 runs out', '2027-11-22', true],
      ['Subscription pve2s-****a11 of pve1 runs out', '2027-11-22', true],
      ['Subscription pve2s-****a11 of pve1: renew the contract C-17', '2027-01-10', true],
      ['Subscription pom-****d44 runs out', '2028-01-01', true],
    ]);
    for (const event of events) {
      const alarm = event.component.getFirstSubcomponent('valarm');
      expect(alarm?.getFirstPropertyValue('action')).toBe('DISPLAY');
      expect(String(alarm?.getFirstPropertyValue('trigger'))).toBe('-P45D');
      expect(event.uid).toMatch(/^[0-9a-f]{32}@pommgr$/);
    }
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(4);
    expect(stdout).toMatch(/\r\nEND:VCALENDAR\r\n$/);
  });

  test('has the same bytes at another time and in another time zone', async () => {
    await addAll();
    const { stdout: first } = await ask('--format', 'ics');
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Auckland';
    vi.setSystemTime(Date.parse(now) + 86_400_000);
    try {
      expect((await ask('--format', 'ics')).stdout).toBe(first);
    } finally {
      vi.setSystemTime(Date.parse(now));
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

test('writes text for people', async () => {
  await addAll();
  const { stdout } = await ask();
  expect(stdout).toContain(`pve1: pve2s-****a11
  Product:     pve, Standard, 2 CPU sockets
  Server ID:   ${serverIds.pve1}
  Owner:       own
  Status:      active, signed by Proxmox
  Checked on:  2026-11-22T19:33:20Z
  Next due:    2028-01-01
  Valid until: 2027-11-22T19:33:20Z (355 days left)
`);
  expect(stdout).toContain('With the plan Basic, offline activation is an option that is paid for.');
  expect(stdout).toMatch(/3 subscription keys: all good for 45 days or more\.\n$/);
  expect(join(...stdout.split('\n').filter((line) => line.length > 80))).toBe('.');
});

describe("of POM's own medium", () => {
  async function sync(): Promise<string> {
    const media = await scratchDirectory();
    await site.pom(
      'config',
      'media',
      'add',
      '--id',
      'disk1',
      '--mountpoint',
      media,
      '--mirrors',
      'any-mirror',
      ...flags,
    );
    await site.pom('medium', 'sync', 'disk1', '--keys-only');
    return media;
  }
  const flags = ['--sync', 'true', '--verify', 'true'];

  test('tells of the infos in .mirror-state', async () => {
    await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1'));
    await site.addKey(keys.stranger, serverIds.stranger, infoOf(site, 'stranger').replace('2028', '2029'));
    const media = await sync();
    const { stdout } = await ask('--media', media, '--signing-key', site.signingKey, '--json');
    const { result } = JSON.parse(stdout) as { result: SubscriptionReport };
    expect(result.subscriptions).toMatchObject([
      {
        from: 'mirror-state',
        maskedKey: 'pve1c-****c33',
        signature: 'bad',
        problems: [{ code: 'signature' }],
      },
      { from: 'mirror-state', maskedKey: 'pve2s-****a11', signature: 'good', daysLeft: 355, verdict: 'good' },
    ]);
  });

  test("is checked with the config's key, where none is named", async () => {
    await site.addKey(keys.pve1, serverIds.pve1, infoOf(site, 'pve1'));
    const { subscriptions, exitCode } = await report('--media', await sync());
    expect(subscriptions).toMatchObject([{ signature: 'good', verdict: 'good' }]);
    expect(exitCode).toBe(0);
  });

  test.each([
    ['an info that is none', '{"subscriptions":[{"status":"active"}]}', 1, 'malformed'],
    ['another text', `{"key": "${keys.pve1}`, 3, 'config.mirror-state'],
    ['nothing', undefined, 5, 'integrity.missing'],
  ])('says so of %s', async (_, text, exitCode, code) => {
    const media = await scratchDirectory();
    if (text !== undefined) await writeFile(join(media, '.mirror-state'), text);
    const outcome = await ask('--media', media, '--json');
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stdout).toContain(`"code": "${code}"`);
    expect(outcome.stdout).not.toContain(keys.pve1);
  });
});
