/** What the package's pommgr-report@.service runs when a unit failed, with stand-ins for what it calls. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const script = fileURLToPath(new URL('../../scripts/dist/debian/report-failure', import.meta.url));
let directory: string;

/** Keeps its arguments and what it read. */
async function standIn(name: string, output = ''): Promise<void> {
  const text = `#!/bin/sh\nexec >>${directory}/${name}.log\necho "$@"\ncat\n${output}`;
  await writeFile(join(directory, 'bin', name), text, { mode: 0o755 });
}

beforeEach(async () => {
  directory = await scratchDirectory();
  await mkdir(join(directory, 'bin'));
  const systemctl = '#!/bin/sh\necho "Active: failed $*"\nexit 3\n';
  await writeFile(join(directory, 'bin/systemctl'), systemctl, { mode: 0o755 });
  await standIn('logger');
  await standIn('sendmail');
});

const report = () =>
  run(script, ['pommgr-snapshot.service'], {
    env: { PATH: `${directory}/bin:/usr/bin:/bin` },
    accept: [0, 1],
  });
const written = (name: string) => readFile(join(directory, `${name}.log`), 'utf8');

test('tells the journal, and root by mail with the last lines of the output', async () => {
  expect(await report()).toMatchObject({ exitCode: 0 });
  const subject = `pommgr-snapshot.service failed on ${hostname()}`;
  expect(await written('logger')).toBe(
    `-t pommgr -p daemon.err\n${subject}: "journalctl -u pommgr-snapshot.service" says why.\n`,
  );
  expect(await written('sendmail')).toBe(
    `-i root\nTo: root\nSubject: ${subject}\n\nActive: failed status --no-pager --full --lines=40 -- pommgr-snapshot.service\n`,
  );
});

test('tells the journal alone where there is no mail, and fails where the mail was not taken', async () => {
  await writeFile(join(directory, 'bin/sendmail'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  expect(await report()).toMatchObject({ exitCode: 1 });
  await rm(join(directory, 'bin/sendmail'));
  expect(await report()).toMatchObject({ exitCode: 0 });
  expect((await written('logger')).split('\n')).toHaveLength(5);
});
