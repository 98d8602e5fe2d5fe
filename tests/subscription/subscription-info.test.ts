import { expect, test } from 'vitest';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import {
  isInfoSignatureGood,
  parseSubscriptionInfo,
  signedText,
  validUntil,
} from '../../src/subscription/domain/subscription-info.ts';
import { createInfoSigner, signerKinds, testInfo, unsignedInfo } from '../support/subscriptions.ts';

test('signs the canonical JSON without signature and nulls, unknown members included', () => {
  const json =
    '{"status":"active","key":"pve2s-1","signature":"00","zeta":{"b":1,"a":"ü\\u0007"},"message":null}';
  expect(signedText(parseSubscriptionInfo(json, 'test'))).toBe(
    '{"key":"pve2s-1","status":"active","zeta":{"a":"ü\\u0007","b":1}}',
  );
});

test.each(signerKinds)('checks a signature by an %s key', (kind) => {
  const signer = createInfoSigner(kind);
  const json = signer.sign({ zeta: 'a member of a later version' });
  expect(isInfoSignatureGood(parseSubscriptionInfo(json, 'test'), signer.publicKeyPem)).toBe(true);
  const other = createInfoSigner(kind);
  expect(isInfoSignatureGood(parseSubscriptionInfo(json, 'test'), other.publicKeyPem)).toBe(false);
  const edits: [string, string][] = [
    ['2028-01-01', '2029-01-01'],
    ['pve2s', 'pve8s'],
    ['a later', 'a newer'],
    ['"status":"active"', '"status":"Active"'],
    ['{', '{"added":1,'],
  ];
  for (const [from, to] of edits) {
    const changed = json.replace(from, to);
    expect(changed).not.toBe(json);
    expect(isInfoSignatureGood(parseSubscriptionInfo(changed, 'test'), signer.publicKeyPem)).toBe(false);
  }
});

test.each(['', '00', '0', 'not hex', 'zz', 'A'.repeat(128)])(
  'takes %j for no good signature',
  (signature) => {
    const { publicKeyPem } = createInfoSigner();
    const info = parseSubscriptionInfo(unsignedInfo({ signature }), 'test');
    expect(isInfoSignatureGood(info, publicKeyPem)).toBe(false);
  },
);

test('refuses a public key that is none', () => {
  const info = parseSubscriptionInfo(createInfoSigner().sign(), 'test');
  expect(() => isInfoSignatureGood(info, 'nothing')).toThrow(
    expect.objectContaining({ code: 'config.public-key' }),
  );
});

test.each([
  ['signed, the due date first', { nextduedate: '2027-01-01' }, '2027-01-01T00:00:00Z'],
  ['signed, the check first', { nextduedate: '2028-01-01' }, '2027-11-22T19:33:20Z'],
  ['signed, without a due date', { nextduedate: undefined }, '2027-11-22T19:33:20Z'],
  ['unsigned', { signature: undefined }, '2026-12-12T19:33:20Z'],
  ['never checked', { checktime: undefined }, null],
])('is valid until: %s', (_, changes, expected) => {
  const info = parseSubscriptionInfo(unsignedInfo({ signature: '00', ...changes }), 'test');
  expect(validUntil(info)).toBe(expected);
});

test.each([
  ['not JSON', `{"key":"${testInfo.key}`],
  ['no object', `["${testInfo.key}"]`],
  ['no status', JSON.stringify({ key: testInfo.key })],
  ['no key', JSON.stringify({ status: 'active' })],
  ['a time that is text', unsignedInfo({ checktime: '2026' as unknown as number })],
  ['a time out of range', unsignedInfo({ checktime: 1e300 })],
  ['a server ID that is none', unsignedInfo({ serverid: testInfo.key })],
  ['a date that is none', unsignedInfo({ nextduedate: '2027-02-45' })],
  ['a date in another form', unsignedInfo({ nextduedate: testInfo.key })],
])('refuses %s, and quotes nothing of it', (_, json) => {
  let thrown: unknown;
  try {
    parseSubscriptionInfo(json, 'infos/0001.json');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'config.subscription-info' });
  const { message, hints, details, cause } = thrown as PommgrError;
  const shown = JSON.stringify([message, hints, details, String(cause)]);
  expect(shown).toContain('infos/0001.json');
  expect(shown).not.toContain(testInfo.key);
});
