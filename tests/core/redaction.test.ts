import { expect, test } from 'vitest';
import { redactSecrets } from '../../src/core/domain/redaction.ts';

test.each([
  ["-> GET 'https://me:pa55@host/x'..", "-> GET 'https://***@host/x'.."],
  [
    'http:/me:pa55@host/x y, http:me:pa55@host, http//me:pa55@h',
    'http:/***@host/x y, http:***@host, http//***@h',
  ],
  ['deb http://token@host/debian trixie', 'deb http://***@host/debian trixie'],
  [
    "Including key 'pve2p-1234567890' for server '0123456789ABCDEF0123456789abcdef'",
    "Including key 'pve2p-***' for server '***'",
  ],
  ['pom-abc pbsc-x1 pmgs-y2', 'pom-*** pbsc-*** pmgs-***'],
  [
    `set-offline-key ${Buffer.from('{"status":"active","key":"pve2p-1"}').toString('base64')}`,
    'set-offline-key ***',
  ],
])('%s', (text, shown) => {
  expect(redactSecrets(text)).toBe(shown);
});

test.each([
  'http://host/pve/dists/trixie/pve-no-subscription/binary-amd64/Packages.gz',
  `hash mismatch: ${'a'.repeat(64)} != ${'b'.repeat(128)}`,
  '/opt/pom-0.7/bin/proxmox-offline-mirror',
  '/lib/systemd/system/getty@tty1.service',
  'mail@example.org, pve-manager 9.0, pbs-client',
])('leaves %s', (text) => {
  expect(redactSecrets(text)).toBe(text);
});
