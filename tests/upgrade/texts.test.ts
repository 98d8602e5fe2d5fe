/** The scripts and settings that a stage leaves on a host, run by the real sh; and the host that a plan leaves. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSimulation } from '../../src/apt/domain/apt-simulation.ts';
import { run } from '../../src/core/adapters/process.ts';
import { renderGuardScript, renderGuardSetting } from '../../src/upgrade/domain/guard-texts.ts';
import { renderRunScript } from '../../src/upgrade/domain/run-script.ts';
import { simulatedHost } from '../../src/upgrade/domain/simulated-host.ts';
import { isSourcePath } from '../../src/upgrade/domain/source-paths.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('the guard', () => {
  const guard = async (...lines: string[]): Promise<number> => {
    const input = ['VERSION 2', 'APT::Architecture=amd64', '', ...lines, ''].join('\n');
    const script = renderGuardScript(['proxmox-ve', 'pommgr']);
    return (await run('sh', ['-c', script], { input, accept: [0, 1] })).exitCode;
  };

  it('lets apt remove and install other packages', async () => {
    expect(await guard('libdb5.3 5.3 > - **REMOVE**', 'proxmox-ve 8.4 < 9.0 /a/b.deb')).toBe(0);
    expect(await guard('proxmox-ve - < 9.0 **CONFIGURE**')).toBe(0);
    expect(await guard('linux-image-amd64 6.1 > - **REMOVE**')).toBe(0);
  });

  it('ends apt before it removes what must stay', async () => {
    expect(await guard('libdb5.3 5.3 > - **REMOVE**', 'proxmox-ve 8.4 > - **REMOVE**')).toBe(1);
    expect(await guard(`proxmox-kernel-${release()}-signed 6.8 > - **REMOVE**`)).toBe(1);
    expect(await guard(`linux-image-${release()} 6.8 > - **REMOVE**`)).toBe(1);
  });

  it('is nothing without its script', async () => {
    const command = /Pkgs:: "(.*)";/.exec(renderGuardSetting('/nonexistent/keep-packages'))?.[1] ?? '';
    expect((await run('sh', ['-c', command], { input: '' })).exitCode).toBe(0);
  });
});

describe('the script of an upgrade', () => {
  async function runWith(
    commands: Record<string, string>,
  ): Promise<{ log: string; code: string; exit: number }> {
    const directory = await scratchDirectory();
    const bin = join(directory, 'bin');
    await run('mkdir', [bin]);
    for (const [name, text] of Object.entries(commands)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
      await chmod(join(bin, name), 0o755);
    }
    const text = renderRunScript({
      inside: [],
      exitCode: join(directory, 'code'),
      environment: [['DEBIAN_FRONTEND', "it's noninteractive"]],
      dpkgOptions: ['--force-confold'],
    });
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    const { stdout, exitCode } = await run('sh', ['-c', text], { env, accept: [0, 100] });
    return { log: stdout, code: await readFile(join(directory, 'code'), 'utf8'), exit: exitCode };
  }

  it('repairs, upgrades, tries again, and leaves the exit code of the last upgrade', async () => {
    const apt = 'echo "apt $* [$DEBIAN_FRONTEND]"; case "$*" in *dist-upgrade) exit 100 ;; esac; exit 1';
    const { log, code, exit } = await runWith({ dpkg: 'echo "dpkg $*"; exit 1', 'apt-get': apt });
    const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith('=='));
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe('dpkg --force-confold --configure -a');
    expect(lines[1]).toMatch(
      /^apt --yes .*Dpkg::Options::=--force-confold --fix-broken dist-upgrade \[it's /,
    );
    expect(lines[2]).toMatch(/^apt --yes .* --fix-broken install \[it's /);
    expect({ code, exit }).toEqual({ code: '100\n', exit: 100 });
  });

  it('ends with the first upgrade that succeeds', async () => {
    const apt =
      'case "$*" in *dist-upgrade) echo upgrade; test -e "$0.repaired" ;; *) touch "$0.repaired" ;; esac';
    const { log, code, exit } = await runWith({ dpkg: 'exit 0', 'apt-get': apt });
    expect(log.split('\n').filter((line) => line === 'upgrade')).toHaveLength(2);
    expect({ code, exit }).toEqual({ code: '0\n', exit: 0 });
  });

  it('gives the lock to nothing that it starts', async () => {
    const open = 'ls /proc/self/fd/9 2>/dev/null && echo "has the lock"; true';
    const { log, code } = await runWith({ dpkg: open, 'apt-get': open });
    expect(log).not.toContain('has the lock');
    expect(code).toBe('0\n');
  });
});

describe('a simulated host', () => {
  const stanza = (name: string, version: string, more = ''): string =>
    `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}${more}`;

  it('has what a plan leaves', () => {
    const status = [
      stanza('a', '1'),
      stanza('b', '1', '\nDescription: x\n Package: y'),
      stanza('c', '1'),
    ].join('\n\n');
    const plan = parseSimulation(
      ['Inst a [1] (2 X [amd64])', 'Inst d (1 X [all])', 'Remv c [1]'].join('\n'),
      'amd64',
    );
    const incoming =
      'Package: a\nArchitecture: amd64\nVersion: 2\n\nPackage: d\nVersion: 1\nArchitecture: all\n\n';
    const host = simulatedHost({ status, incoming }, { plan, nativeArchitecture: 'amd64' });
    expect(host.packages).toEqual(
      [
        ['b', '1', 'amd64'],
        ['a', '2', 'amd64'],
        ['d', '1', 'all'],
      ].map(([name, version, architecture]) => ({ name, version, architecture, status: 'installed' })),
    );
    expect(host.status.match(/^Status: install ok installed$/gm)).toHaveLength(3);
    expect(host.status).toMatch(/\n\n$/);
  });
});

describe('the path of a source', () => {
  const rows: [string, boolean][] = [
    ['/etc/apt/sources.list', true],
    ['/etc/apt/sources.list.d/pve-enterprise.sources', true],
    ['/etc/apt/sources.list.d/a.list', true],
    ['/etc/apt/sources.list.d/a.list.pommgr.disabled', false],
    ['/etc/apt/sources.list.d/sub/a.list', false],
    ['/etc/apt/sources.list.d/a.txt', false],
    ['/etc/apt/preferences.d/a.list', false],
  ];
  for (const [path, expected] of rows) it(path, () => expect(isSourcePath(path)).toBe(expected));
});
