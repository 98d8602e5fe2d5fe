/** The rebuild sheet: what it says of a host, in both languages and every form. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostLockKind, type HostLock } from '../../src/apt/domain/host-lock.ts';
import { parseDocument } from '../../src/core/domain/document.ts';
import { textWidth } from '../../src/core/domain/text-width.ts';
import { writeRebuildSheets } from '../../src/restore/workflows/write-rebuild-sheets.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { scratchDirectory } from '../support/scratch.ts';

const serverId = '0123456789ABCDEF0123456789ABCDEF';

function aLock(more: Partial<HostLock> = {}): HostLock {
  const lock = parseDocument(lockWith({ serverIds: [{ product: 'pve', serverId }] }), hostLockKind, 'lock');
  return {
    ...lock,
    products: [{ product: 'pve', package: 'pve-manager', version: '9.2.11' }],
    baseline: { name: 'pve9-prod-12', digest: 'a'.repeat(64), target: 'pve nodes' },
    boot: { runningKernel: '6.17.2-1-pve', firmware: 'efi', proxmoxBootTool: true },
    changedConffiles: [
      { path: '/etc/ssh/sshd_config', package: 'openssh-server', shippedMd5: 'a'.repeat(32), foundMd5: null },
    ],
    ...more,
  };
}

async function sheetsOf(lock: HostLock, identity?: string): Promise<Map<string, string>> {
  const directory = await scratchDirectory();
  const output = join(directory, 'pve1.lock.json');
  const written = await writeRebuildSheets(lock, { output, identity });
  expect(written.map((path) => path.slice(directory.length + 1)).toSorted()).toEqual(
    await readdir(directory),
  );
  return new Map(
    await Promise.all(
      written.map(async (path) => [path.slice(directory.length + 1), await readFile(path, 'utf8')] as const),
    ),
  );
}

test('is there in both languages as text, Markdown and HTML, with the same commands in the same order', async () => {
  const sheets = await sheetsOf(aLock(), '/mnt/safe');
  expect([...sheets.keys()].toSorted()).toEqual(
    ['html', 'ja.html', 'ja.md', 'ja.txt', 'md', 'txt'].map((suffix) => `pve1.rebuild.${suffix}`),
  );
  const commands = [
    'install -D -m 0644 signing-key.pub.pem /etc/pommgr/trusted-keys.d/ID.pem',
    'sh /mnt/usb/pommgr verify --media /mnt/usb',
    "sh /mnt/usb/pommgr apply --media /mnt/usb --target 'pve nodes'",
    "restore --lock /mnt/safe/pve1.lock.json --identity /mnt/safe --target 'pve nodes' --dry-run",
    'diff -u /root/pommgr-identity/etc/fstab /etc/fstab',
    'systemctl stop pve-cluster',
    'install -m 0600 /root/pommgr-identity/var/lib/pve-cluster/config.db /var/lib/pve-cluster/config.db',
    'systemctl start pve-cluster',
    '/etc/ssh/sshd_config',
    'pommgr-media subscription activate --media /mnt/usb --product pve',
    'systemctl reboot',
    'pommgr-media host drift --against /mnt/safe/pve1.lock.json',
  ];
  for (const [name, sheet] of sheets) {
    const text = sheet.replaceAll('&#39;', "'").replaceAll('&apos;', "'");
    const places = commands.map((command) => text.indexOf(command));
    expect(places, name).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0], name).toBeGreaterThan(0);
    for (const fact of ['pve9-prod-12', '9.2.11', '6.17.2-1-pve', 'EFI']) expect(text, name).toContain(fact);
    expect(text, name).not.toContain(serverId);
    expect(text, name).not.toMatch(/undefined|\[object|<%|\bnull\b/);
    if (!name.endsWith('.txt')) continue;
    const prose = text.split('\n').filter((line) => !line.startsWith('        '));
    expect(prose.filter((line) => textWidth(line) > 80)).toEqual([]);
  }
});

test('brings pommgr back from the medium where the host had it', async () => {
  const { packages } = aLock();
  const tool = { name: 'pommgr', version: '1.0', architecture: 'amd64', automatic: false, hold: false };
  for (const [had, sheets] of [
    [false, await sheetsOf(aLock())],
    [true, await sheetsOf(aLock({ packages: [...packages, tool] }))],
  ] as const) {
    const text = sheets.get('pve1.rebuild.txt') ?? '';
    expect(/pommgr-media restore .* --media \/mnt\/usb --dry-run/.test(text)).toBe(had);
  }
});

test('says what is lost where no identity was saved, and leaves out what the host has not', async () => {
  const lock = aLock({ products: [], baseline: null, changedConffiles: [], boot: undefined });
  const sheet = (await sheetsOf(lock)).get('pve1.rebuild.txt') ?? '';
  expect(sheet).toContain('No identity was saved with this lock.');
  for (const absent of ['--identity /mnt', 'pve-cluster', 'subscription activate', '--target']) {
    expect(sheet).not.toContain(absent);
  }
});

test('a host name is text, whatever is in it', async () => {
  const hostName = '<b>$(reboot)</b>`x`';
  const sheets = await sheetsOf(aLock({ hostName }), '/mnt/safe');
  expect(sheets.get('pve1.rebuild.html')).not.toContain('<b>');
  expect(sheets.get('pve1.rebuild.txt')).toContain(hostName);
});
