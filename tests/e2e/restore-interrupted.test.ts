/**
 * The program itself, without network, killed in the middle of its work with apt and dpkg at once, as by a power
 * failure: a maintainer script kills the process group. The same command run again ends it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { entryExists } from '../../src/core/adapters/atomic-files.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { debianReleases, installInRoot, marksIn, runInRoot } from '../support/debian-root.ts';
import { createDebianSite, siteVersions, type DebianSite } from '../support/debian-site.ts';
import { fastProgram } from '../support/fast-program.ts';

const killAt = (script: string) => `if [ -e /kill-${script} ]; then rm /kill-${script}; kill -9 0; fi`;
const scripts = { preinst: killAt('preinst'), postinst: killAt('postinst') };

async function restoreProgram(
  root: string,
  env: Record<string, string> = {},
): Promise<{ exitCode: number; report: RestoreDocument }> {
  const args = ['restore', '--root', root, '--baseline', 'test-2', '--allow-removals', '--json'];
  const program = await fastProgram();
  const command = ['setsid', '--wait', 'unshare', '--net', '--', process.execPath, program, ...args];
  // The shell stays when the group of the others is killed, and tells of it.
  const { stdout, exitCode } = await run('sh', ['-c', '"$@"; exit $?', 'sh', ...command], {
    accept: [0, 1, 7, 8, 9, 137],
    env: { NODE_ENV: 'production', ...env },
  });
  return { exitCode, report: stdout === '' ? {} : (JSON.parse(stdout) as RestoreDocument) };
}

interface RestoreDocument {
  result?: { outcome: string; resumed: boolean; differences: unknown[] };
  error?: { code: string; message: string };
}

describe.each(debianReleases)('restore on %s, killed', (release) => {
  let site: DebianSite;

  beforeAll(async () => {
    site = await createDebianSite(release, {
      system: ['hello'],
      replace: [
        { name: 'app', version: '2.0', depends: 'libapp2 (>= 2.0)', scripts },
        { name: 'libapp2', version: '2.0', scripts },
        { name: 'conf', version: '2.0', conffiles: ['/etc/conf'], files: { '/etc/conf': 'two\n' }, scripts },
      ],
    });
  });

  test.each(['preinst', 'postinst'])('in a %s, ends well when it is run again', async (script) => {
    const root = await site.host();
    const installed = ['app_1.0', 'libapp1_1.0', 'conf_1.0', 'netbase_12'].map(site.package);
    await installInRoot(root, ...installed);
    await runInRoot(root, 'apt-mark', 'auto', 'libapp1', 'conf');
    await runInRoot(root, 'apt-mark', 'hold', 'netbase');
    await writeFile(join(root, `kill-${script}`), '');

    expect((await restoreProgram(root)).exitCode).toBe(137);

    expect(await entryExists(join(root, `kill-${script}`))).toBe(false);
    expect(await hostStatus({ root })).toMatchObject({
      interruptedRestore: { baseline: 'test-2' },
      plan: null,
    });
    const { exitCode, report } = await restoreProgram(root);
    expect(report).toMatchObject({ result: { outcome: 'restored', resumed: true, differences: [] } });
    expect(exitCode).toBe(0);
    expect(await siteVersions(root)).toEqual([
      ...['app 2.0', 'conf 2.0', 'libapp1 1.0', 'libapp2 2.0', 'netbase 6.5'],
    ]);
    expect(await marksIn(root)).toEqual({ automatic: ['conf', 'libapp1', 'libapp2'], held: ['netbase'] });
    expect(await runInRoot(root, 'dpkg', '--audit')).toBe('');
    await runInRoot(root, 'apt-get', 'check');
    expect(await hostStatus({ root })).toMatchObject({ interruptedRestore: null });
    expect((await restoreProgram(root)).report).toMatchObject({ result: { outcome: 'unchanged' } });
  });
});

test('killed by itself before one of its operations, it ends well when it is run again', async () => {
  const site = await createDebianSite('bookworm', { system: ['hello'] });
  const root = await site.host();
  let killed = 0;
  // All of them in a full run; 12 of about 50 else.
  const every = process.env['POMMGR_TEST_FULL'] === '1' ? 1 : 11;
  for (let operation = every; ; operation += every) {
    await installInRoot(root, site.package('netbase_12'));
    await runInRoot(root, 'apt-mark', 'auto', 'netbase');
    const first = await restoreProgram(root, { POMMGR_FAULT_AT: String(operation) });
    const { exitCode, report } = first.exitCode === 137 ? await restoreProgram(root) : first;

    expect({ exitCode, ...report }, `${operation}`).toMatchObject({
      exitCode: 0,
      result: { differences: [] },
    });
    expect(await siteVersions(root)).toEqual(['netbase 6.5']);
    expect(await marksIn(root)).toEqual({ automatic: ['netbase'], held: [] });
    if (first.exitCode !== 137) break;
    killed += 1;
  }
  expect(killed).toBeGreaterThan(2);
}, 1_800_000);
