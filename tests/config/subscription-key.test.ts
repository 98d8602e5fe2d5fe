import { expect, test } from 'vitest';
import {
  isOfflineActivationExtra,
  maskSubscriptionKey,
  parseSubscriptionKey,
} from '../../src/config/domain/subscription-key.ts';

test.each([
  ['pve1c-0123456789', { product: 'pve', plan: 'community', sockets: 1, isArm: false }],
  ['pve2b-0123456789', { product: 'pve', plan: 'basic', sockets: 2, isArm: false }],
  ['pve4s-0123456789', { product: 'pve', plan: 'standard', sockets: 4, isArm: false }],
  ['pve8p-0123456789', { product: 'pve', plan: 'premium', sockets: 8, isArm: false }],
  ['pve16p-0123456789', { product: 'pve', plan: 'premium', sockets: 16, isArm: false }],
  ['pve2p-arm-0123456789', { product: 'pve', plan: 'premium', sockets: 2, isArm: true }],
  ['pbsc-0123456789', { product: 'pbs', plan: 'community', sockets: null, isArm: false }],
  ['pmgs-0123456789', { product: 'pmg', plan: 'standard', sockets: null, isArm: false }],
  ['pbsp-arm-0123456789', { product: 'pbs', plan: 'premium', sockets: null, isArm: true }],
  ['pbsx-0123456789', { product: 'pbs', plan: null, sockets: null, isArm: false }],
  ['pom-0123456789', { product: 'pom', plan: null, sockets: null, isArm: false }],
])('reads the shape of %s', (key, shape) => {
  expect(parseSubscriptionKey(key)).toEqual(shape);
});

test.each([
  '',
  'pve-0123456789',
  'pve2-0123456789',
  'pvec-0123456789',
  'pve2c',
  'pve2c-',
  'pve2c-arm-',
  'pbs2c-0123456789',
  'pdmc-0123456789',
  'PVE2C-0123456789',
  ' pve2c-0123456789',
  'pve2c-0123456789\n',
  'pve2c-01234 56789',
  'pom2c-0123456789x y',
])('takes %j for no key', (key) => {
  expect(parseSubscriptionKey(key)).toBeUndefined();
});

test.each([
  ['pve4b-0123456789', 'pve4b-****789'],
  ['pve4b-arm-0123456789', 'pve4b-arm-****789'],
  ['pbsc-abcdef1234', 'pbsc-****234'],
  ['pom-0123456789', 'pom-****789'],
  ['pmgc-xyz', 'pmgc-****'],
  ['not a key, perhaps a secret', '****'],
  ['', '****'],
])('shows %s as %s', (key, masked) => {
  expect(maskSubscriptionKey(key)).toBe(masked);
});

test('flags the plans for which offline activation costs extra', () => {
  expect(
    (['community', 'basic', 'standard', 'premium', null] as const).filter(isOfflineActivationExtra),
  ).toEqual(['community', 'basic']);
});
