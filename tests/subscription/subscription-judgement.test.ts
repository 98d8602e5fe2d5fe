import { describe, expect, test } from 'vitest';
import {
  parseSubscriptionInfo,
  type SubscriptionInfo,
} from '../../src/subscription/domain/subscription-info.ts';
import {
  judgeSubscription,
  type JudgeOptions,
} from '../../src/subscription/domain/subscription-judgement.ts';
import { createInfoSigner, testInfo, unsignedInfo } from '../support/subscriptions.ts';

const signer = createInfoSigner();
const now = new Date('2026-12-01T00:00:00Z');
const fitting: JudgeOptions = {
  now,
  publicKeyPem: signer.publicKeyPem,
  serverIds: ['F'.repeat(32), testInfo.serverid],
  product: 'pve',
  sockets: 2,
  architecture: 'amd64',
};

function judge(json: string, options: Partial<JudgeOptions> = {}) {
  const info = parseSubscriptionInfo(json, 'test');
  return judgeSubscription(info, { ...fitting, ...options });
}

function codes(json: string, options: Partial<JudgeOptions> = {}): string[] {
  const { usable, problems } = judge(json, options);
  expect(usable).toBe(problems.length === 0);
  return problems.map(({ code }) => code);
}

test('finds nothing wrong with a good one', () => {
  expect(judge(signer.sign())).toEqual({
    usable: true,
    problems: [],
    validUntil: '2027-11-22T19:33:20Z',
    daysLeft: 356,
  });
});

test('asks for nothing that it was not told', () => {
  const { usable } = judge(signer.sign(), { serverIds: undefined, product: undefined, sockets: undefined });
  expect(usable).toBe(true);
});

describe('says what is wrong', () => {
  const changes: [string, Partial<SubscriptionInfo>, string[]][] = [
    ['another server', { serverid: 'E'.repeat(32) }, ['server']],
    ['no server', { serverid: undefined }, ['server']],
    ['the server ID in small letters', { serverid: testInfo.serverid.toLowerCase() }, ['server']],
    ['past its due date', { nextduedate: '2026-12-01' }, ['expired']],
    ['checked a year ago', { checktime: testInfo.checktime - 365 * 86_400 }, ['expired']],
    ['checked in the future', { checktime: Date.parse('2026-12-01T01:30:01Z') / 1000 }, ['not-yet-valid']],
    ['checked a little in the future', { checktime: Date.parse('2026-12-01T01:30:00Z') / 1000 }, []],
    ['never checked', { checktime: undefined }, ['never-checked']],
    ['another product', { key: 'pbss-0123456789' }, ['product']],
    ["the mirror's key", { key: 'pom-0123456789' }, ['mirror-key']],
    ['sockets that no key covers', { key: 'pve3s-0123456789' }, ['key-shape']],
    ['an ARM key', { key: 'pve2s-arm-0123456789' }, ['architecture']],
    ['a due date without zeroes', { nextduedate: '2027-5-1' }, []],
    ['no known key', { key: 'xyz-0123456789' }, ['key-shape']],
    ['too few sockets', { key: 'pve1s-0123456789' }, ['sockets']],
    ['more sockets', { key: 'pve4s-0123456789' }, []],
    ['a status that is not active', { status: 'suspended' }, ['status']],
    [
      'several things',
      { status: 'expired', key: 'pve1s-0123456789', nextduedate: '2026-11-23' },
      ['status', 'sockets', 'expired'],
    ],
  ];
  test.each(changes)('%s', (_, change, expected) => {
    expect(codes(signer.sign(change))).toEqual(expected);
  });

  test('unsigned', () => {
    expect(codes(unsignedInfo())).toEqual(['unsigned']);
    expect(codes(unsignedInfo({ signature: null }))).toEqual(['unsigned']);
  });

  test('changed after it was signed', () => {
    expect(codes(signer.sign().replace('2028-01-01', '2028-01-02'))).toEqual(['signature']);
  });

  test('signed by another key', () => {
    expect(codes(createInfoSigner('rsa').sign())).toEqual(['signature']);
  });

  test('signed, with nothing to check it', () => {
    expect(codes(signer.sign(), { publicKeyPem: undefined })).toEqual(['signature-unchecked']);
  });

  test('and never names the key or the server ID', () => {
    for (const [, change] of changes) {
      const shown = JSON.stringify(judge(signer.sign(change)));
      expect(shown).not.toContain('0123456789');
      expect(shown).not.toMatch(/[0-9A-F]{32}/i);
    }
  });
});

test('counts the days that are left', () => {
  const left = (at: string) =>
    judge(signer.sign({ nextduedate: '2027-01-01' }), { now: new Date(at) }).daysLeft;
  expect(left('2026-12-31T00:00:00Z')).toBe(1);
  expect(left('2026-12-31T00:00:01Z')).toBe(0);
  expect(left('2027-01-01T00:00:00Z')).toBe(0);
  expect(left('2027-01-02T12:00:00Z')).toBe(-2);
});
