import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findPomBinary } from '../../src/pom/adapters/pom-binary.ts';
import { watchForStall } from '../../src/pom/adapters/stall-watch.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

/** A dpkg database that says that a package of that version brought the program. */
async function installedProgram(version: string): Promise<string> {
  const directory = await scratchDirectory();
  const program = join(directory, 'proxmox-offline-mirror');
  await writeFile(program, '#!/bin/sh\nexit 0\n');
  await chmod(program, 0o755);
  const database = join(directory, 'dpkg');
  await mkdir(join(database, 'info'), { recursive: true });
  const stanza = [
    'Package: proxmox-offline-mirror',
    'Status: install ok installed',
    'Architecture: all',
    `Version: ${version}`,
    'Maintainer: Nobody <nobody@example.invalid>',
    'Description: fixture',
  ];
  await writeFile(join(database, 'status'), `${stanza.join('\n')}\n\n`);
  await writeFile(join(database, 'info/proxmox-offline-mirror.list'), `/.\n${program}\n`);
  await writeFile(join(database, 'info/format'), '1\n');
  process.env['DPKG_ADMINDIR'] = database;
  return program;
}

test('tells the version of the package that brought the program', async () => {
  const program = await installedProgram('0.7.1-1');
  expect(await findPomBinary(program)).toEqual({ path: program, version: '0.7.1-1' });
});

test('refuses one that is too old', async () => {
  const program = await installedProgram('0.5.2');
  await expect(findPomBinary(program)).rejects.toMatchObject({
    code: 'tool.version',
    exitCode: 7,
    message: expect.stringContaining('0.5.2') as string,
  });
});

test('finds it in $PATH and by $POMMGR_POM, behind symlinks', async () => {
  const program = await installedProgram('0.6.0');
  const link = join(await scratchDirectory(), 'pom');
  await symlink(program, link);
  process.env['POMMGR_POM'] = link;
  expect(await findPomBinary('not-looked-at')).toEqual({ path: program, version: '0.6.0' });
  delete process.env['POMMGR_POM'];
  process.env['PATH'] = `${join(program, '..')}:${process.env['PATH'] ?? ''}`;
  expect((await findPomBinary('proxmox-offline-mirror'))?.path).toBe(program);
});

test('has no version of what no package brought, and finds nothing where nothing is', async () => {
  await installedProgram('0.7.1');
  expect(await findPomBinary('/bin/echo')).toMatchObject({ version: 'unknown' });
  expect(await findPomBinary('/nowhere/proxmox-offline-mirror')).toBeUndefined();
});

test.each([
  { what: 'works', script: 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done', stalls: false },
  {
    what: 'has a child that works',
    script: '(i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done) & wait',
    stalls: false,
  },
  { what: 'waits', script: 'sleep 3', stalls: true },
])('calls a program that $what stalled: $stalls', async ({ script, stalls }) => {
  let stalled = false;
  let stop = (): void => {};
  await run('sh', ['-c', script], {
    onStart: (pid) => {
      stop = watchForStall(pid, 700, () => (stalled = true)).stop;
    },
  });
  stop();
  expect(stalled).toBe(stalls);
});
