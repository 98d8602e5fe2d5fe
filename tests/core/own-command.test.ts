import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, it, vi } from 'vitest';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { errorText } from '../../src/core/ui/error-text.ts';
import { ownCommand } from '../../src/core/ui/own-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

const commandIds = ['apply', 'doctor', 'signing-key:trust', 'status'];

afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([
  ['Run "pommgr apply --media /mnt/usb".', 'Run "pommgr-media apply --media /mnt/usb".'],
  ['pommgr signing-key trust FILE', 'pommgr-media signing-key trust FILE'],
  ['Run "pommgr --help".', 'Run "pommgr-media --help".'],
  ['pommgr itself travels on media: runtime/1.0/debian-amd64/pommgr.deb', undefined],
  ['/usr/bin/pommgr apply', undefined],
  ['pommgr-media apply', undefined],
  ['pommgr applies', undefined],
])('a host with the launcher alone reads %s as %s', (text, shown = text) => {
  vi.stubEnv('POMMGR_COMMAND', 'pommgr-media');

  expect(ownCommand(commandIds)(text)).toBe(shown);
});

it('says in errors what works on this machine, and pommgr everywhere else', () => {
  const error = new PommgrError('state.no-store', 'There is no store.', { hints: ['Run "pommgr apply".'] });
  vi.stubEnv('POMMGR_COMMAND', 'sh /mnt/usb/pommgr');
  expect(errorText(error, ownCommand(commandIds))).toContain('  -> Run "sh /mnt/usb/pommgr apply".');
  vi.stubEnv('POMMGR_COMMAND', 'x\u001b[2J');
  expect(errorText(error, ownCommand(commandIds))).toContain('  -> Run "pommgr apply".');
});

it.each([
  { installed: ['pommgr', 'pommgr-media'], from: '/mnt/usb/pommgr', says: '' },
  { installed: ['pommgr-media'], from: '/mnt/usb/pommgr', says: 'pommgr-media' },
  { installed: [], from: '/mnt/usb/pommgr', says: 'sh /mnt/usb/pommgr' },
  { installed: [], from: 'pommgr', says: 'sh ./pommgr' },
  { installed: [], from: '/mnt/my stick/pommgr', says: 'pommgr-media' },
])('the launcher says so: $installed, started from $from', async ({ installed, from, says }) => {
  const directory = await scratchDirectory();
  for (const name of installed) {
    await writeFile(join(directory, name), '#!/bin/sh\n');
    await chmod(join(directory, name), 0o755);
  }
  const text = await readFile('templates/launcher.sh', 'utf8');
  const own = /^own_command\(\) \{\n[^]*?^\}\n/m.exec(text)?.[0] ?? 'exit 1';

  const { stdout } = await execa('/bin/sh', ['-c', `PATH=${directory}; ${own} own_command`, from]);

  expect(stdout).toBe(says);
});
