/**
 * What apt's `copy:` method costs: `apply --from DIR` and an upgrade from the share, against `apply --media` and an
 * upgrade from the host's own store. Seconds, CPU and bytes written count all processes of both commands.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createHost, createSite, pretendInstalled, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { pommgr } from './measure.ts';

const packageMib = Number(process.env['POMMGR_BENCH_PACKAGE_MIB'] ?? '30');
const count = 10;
let site: Site;
let media: string;
/** A store that holds the baseline, as on a share. */
let share: string;
let large: BuiltPackage[];

beforeAll(async () => {
  site = await createSite();
  const names = Array.from({ length: count }, (_, index) => `large${index}`);
  large = [];
  for (const name of names) {
    const content = randomBytes(packageMib * 1024 * 1024);
    large.push(await buildPackage({ name, version: '2.0', files: { [`/usr/share/${name}`]: content } }));
  }
  await site.publish({ components: { main: [...site.packages, ...large] } });
  media = await site.bring();
  const owner = await createHost([site.key]);
  await apply({ media, root: owner, context: testContext('2025-06-04T00:00:00Z') });
  share = join(owner, 'var/lib/pommgr');
});

interface Cost {
  seconds: number;
  cpuSeconds: number;
  writtenMib: number;
}

/** Runs it in a shell that waits for it: proc(5) counts what its children did as the shell's own. */
async function costOf(command: readonly string[], env: Record<string, string> = {}): Promise<Cost> {
  const script = '"$@" >&2 || exit 1; times; grep ^write_bytes: "/proc/$$/io"';
  const begun = performance.now();
  const { stdout } = await run('bash', ['-c', script, 'bash', ...command], { env });
  const seconds = (performance.now() - begun) / 1000;
  const times = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)];
  const cpuSeconds = times.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
  const [, bytes = ''] = /^write_bytes: (\d+)$/m.exec(stdout) ?? [];
  return { seconds, cpuSeconds, writtenMib: Number(bytes) / 1024 / 1024 };
}

function sum(...costs: Cost[]): Cost {
  const of = (key: keyof Cost) => costs.reduce((total, cost) => total + cost[key], 0);
  return { seconds: of('seconds'), cpuSeconds: of('cpuSeconds'), writtenMib: of('writtenMib') };
}

async function upgrade(root: string): Promise<Cost> {
  const configuration = join(await scratchDirectory(), 'apt.conf');
  const lines = [
    `Dir "${root}/";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    'Dir::Bin::dpkg "/usr/bin/dpkg";',
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "root";',
    `DPkg::Options { "--root=${root}"; "--force-unsafe-io"; "--force-not-root"; "--log=/dev/null"; };`,
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  return await costOf(['unshare', '-n', '--', 'apt-get', '-y', 'upgrade'], { APT_CONFIG: configuration });
}

/** A host on which the older versions of so many of the packages are installed. */
async function hostWith(installed: number): Promise<string> {
  const root = await createHost([site.key]);
  await mkdir(join(root, 'var/lib/dpkg/info'), { recursive: true });
  for (const item of large.slice(0, installed)) {
    const control = item.control.replace(/^Version: .*$/m, 'Version: 1.0');
    await pretendInstalled(root, { ...item, control });
    await writeFile(join(root, `var/lib/dpkg/info/${item.name}.list`), '/.\n');
  }
  return root;
}

async function costFrom(source: readonly string[], installed: number): Promise<Cost> {
  const root = await hostWith(installed);
  const applied = await costOf([process.execPath, pommgr, 'apply', ...source, '--root', root, '--quiet']);
  const upgraded = await upgrade(root);
  const names = await readdir(join(root, 'usr/share'));
  expect(names.filter((name) => name.startsWith('large'))).toHaveLength(installed);
  return sum(applied, upgraded);
}

it.each([count, 2])(`%i of ${count} packages installed`, async (installed) => {
  const copied = await costFrom(['--from', share], installed);
  const imported = await costFrom(['--media', media], installed);
  const shown = Object.entries({ 'copy:': copied, import: imported }).map(
    ([name, { seconds, cpuSeconds, writtenMib }]) =>
      `${name} ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${writtenMib.toFixed(0)} MiB written`,
  );
  const ratios = (['seconds', 'cpuSeconds', 'writtenMib'] as const).map(
    (key) => `${key} ${(copied[key] / imported[key]).toFixed(2)}`,
  );
  console.log(
    `\n${installed} of ${count} packages of ${packageMib} MiB: ${shown.join('; ')}\ncopy:/import: ${ratios.join(', ')}`,
  );
});
