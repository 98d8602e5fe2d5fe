/** What ends at a site: in one order, judged from one day, and warned of by snapshot, status and pack. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { orderEvents } from '../../src/baseline/domain/life-cycle.ts';
import {
  upstreamKeyEvents,
  upstreamKeyWarnings,
  type MirrorKey,
} from '../../src/baseline/domain/upstream-key-events.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { onlineStatus } from '../../src/host/workflows/status.ts';
import { report } from '../../src/report/workflows/report.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const key: MirrorKey = {
  ...{ fingerprint: 'F'.repeat(40), algorithms: ['RSA 4096'], bindings: [['strong']] },
  ...{ expires: null, isRevoked: false, mirrors: ['a', 'b'], isForSqv: true },
};

describe('a life cycle', () => {
  test.each([
    ['2026-11-27', 'past'],
    // The last day itself is not past.
    ['2026-11-28', 'visit'],
    ['2027-01-14', 'visit'],
    ['2027-01-15', 'soon'],
    ['2027-05-30', 'soon'],
    ['2027-05-31', 'later'],
    [null, 'undated'],
  ] as const)('%s is %s', (date, state) => {
    const event = { kind: 'release', subject: 'x', date, note: '', concerns: [] as string[] } as const;
    const days = { today: '2026-11-28', nextVisit: '2027-01-15' };
    expect(orderEvents([event], days)[0]?.state).toBe(state);
    if (state === 'visit') expect(orderEvents([event], { ...days, nextVisit: null })[0]?.state).toBe('soon');
  });

  it('has the earliest first, and undated events last', () => {
    const events = ['2028-01-01', null, '2020-01-01'].map((date, index) => ({
      ...{ kind: 'ceph' as const, subject: String(index), date, note: '', concerns: [] },
    }));
    const ordered = orderEvents(events, { today: '2026-11-28', nextVisit: null });
    expect(ordered.map(({ subject }) => subject)).toEqual(['2', '0', '1']);
  });
});

describe('keys of mirrors', () => {
  it('have an event for their expiry, and one for the day on which sqv refuses them', () => {
    expect(upstreamKeyEvents([{ ...key, expires: '2027-03-31' }])).toEqual([
      {
        ...{ kind: 'upstream-key', subject: key.fingerprint, date: '2027-03-31' },
        ...{ note: 'RSA 4096', concerns: ['a', 'b'] },
      },
    ]);
    const weak = { ...key, algorithms: ['RSA 2048'] };
    expect(upstreamKeyEvents([weak]).map(({ kind, date }) => [kind, date])).toEqual([
      ['upstream-key', null],
      ['key-policy', '2030-02-01'],
    ]);
    expect(upstreamKeyEvents([{ ...weak, isForSqv: false }])).toHaveLength(1);
  });

  test.each([
    [{ expires: '2026-11-28' }, /^The key F{40}, which signs a, b, expired on 2026-11-28: hosts refuse/],
    [{ expires: '2027-02-26' }, /expires on 2027-02-26; hosts refuse these mirrors from then on/],
    [{ isRevoked: true }, /is revoked/],
    [{ expires: '2027-02-27' }, undefined],
    [{}, undefined],
  ])('%j', (change, text) => {
    const told = upstreamKeyWarnings([{ ...key, ...change }], { today: '2026-11-28', until: '2027-02-26' });
    expect(told).toEqual(text === undefined ? [] : [expect.stringMatching(text)]);
  });
});

it('is told by snapshot, status and pack, and is in the report', { timeout: 60_000 }, async () => {
  const expires = new Date(Date.now() + 40 * 86_400_000);
  const signer = await createSigningIdentity({ name: 'Ending', algorithm: 'rsa2048', expires });
  const site = await createOnlineSite([], { signers: [signer] });
  const { configFile, directory } = site;
  const text = (await readFile(configFile, 'utf8')).replace(
    /keyring: .*/,
    `keyring: ${signer.binaryKeyring}`,
  );
  await writeFile(configFile, text);
  await createSigningKey(join(directory, 'signing-key.pem'));
  const now = new Date();
  const context = testContext(now.toISOString());
  await snapshot({ configFile, context, dryRun: false, force: true });
  const told = [
    expect.stringMatching(
      `^The key ${signer.fingerprint}, which signs test-stable, expires on ${expires.toISOString().slice(0, 10)};`,
    ),
  ];
  expect(context.warnings).toEqual(told);
  expect((await onlineStatus(configFile, now))?.ending).toEqual(told);
  const packing = testContext(now.toISOString());
  const media = await scratchDirectory();
  await pack({ configFile, media, context: packing });
  expect(packing.warnings).toEqual(told);

  // A visit in a month: the key outlives it.
  await writeFile(configFile, `${text}site: { visitEveryDays: 30 }\n`);
  expect((await onlineStatus(configFile, now))?.ending).toEqual([]);

  const { lifeCycle, nextVisit } = await report({ configFile, context });
  expect(nextVisit).toBe(new Date(now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10));
  expect(lifeCycle.map(({ kind, subject, state }) => [kind, subject, state])).toEqual([
    ['visit', nextVisit, 'later'],
    ['upstream-key', signer.fingerprint, 'soon'],
    ['signing-key', expect.stringMatching('signing-key.pub.pem'), 'undated'],
  ]);
  expect(lifeCycle[1]?.note).toBe('RSA 2048');
});
