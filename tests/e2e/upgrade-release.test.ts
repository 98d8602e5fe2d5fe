/**
 * Proxmox VE 8 to 9 on a real Debian 12 root, from one medium and without network: stage by stage to the end, and
 * killed in the middle.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { listOtherSources } from '../../src/apt/adapters/host-apt-files.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { run } from '../../src/core/adapters/process.ts';
import { hostDrift } from '../../src/restore/workflows/host-drift.ts';
import { next, type NextOptions } from '../../src/upgrade/workflows/next.ts';
import { plan } from '../../src/upgrade/workflows/plan.ts';
import { status } from '../../src/upgrade/workflows/status.ts';
import { marksIn, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { createUpgradeSite, enterpriseList, enterpriseSources, wayStages } from '../support/release-site.ts';

const context = testContext();
let root: string;

beforeAll(async () => {
  root = await (await createUpgradeSite()).host();
}, 300_000);

const step = (options: Partial<NextOptions> = {}) =>
  next({ root, run: false, accept: [], onOutput: () => {}, context, ...options });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
const products = async (): Promise<string[]> =>
  (await versionsInRoot(root)).filter((line) => /^(proxmox|pve|qemu|ceph)-/.test(line));

test('before the window, every stage is planned on what the stage before leaves', async () => {
  const report = await plan({ root, context });

  expect(report.stages.map(({ unplanned, refusals }) => ({ unplanned, refusals }))).toEqual(
    wayStages.map(() => ({ unplanned: null, refusals: [] })),
  );
  expect(report).toMatchObject({ verdict: 'go', way: 'pve-8-to-9' });
  const [last, squid, release, tentacle] = report.stages;
  const upgradesOf = (stage: typeof last): string[] =>
    (stage?.plan?.upgrade ?? []).map(({ name, from, to }) => `${name} ${from} ${to}`);
  expect(upgradesOf(last)).toEqual([
    'ceph-common 18.2.7-pve1 18.2.8-pve1',
    'ceph-osd 18.2.7-pve1 18.2.8-pve1',
    'pve-manager 8.4.1 8.4.14',
    'qemu-server 8.4.2 8.4.4',
  ]);
  expect(upgradesOf(squid)).toEqual([
    'ceph-common 18.2.8-pve1 19.2.2-pve1',
    'ceph-osd 18.2.8-pve1 19.2.2-pve1',
  ]);
  expect(upgradesOf(release)).toContain('pve-manager 8.4.14 9.0.11');
  expect(upgradesOf(release).length).toBeGreaterThan(50);
  expect(release?.comingSources).toEqual([enterpriseSources]);
  expect(upgradesOf(tentacle)).toEqual([
    'ceph-common 19.2.3-pve2 20.2.1-pve1',
    'ceph-osd 19.2.3-pve2 20.2.1-pve1',
  ]);
  expect(report.stages.map(({ from }) => from)).toEqual([
    ...['host', 'stage-before', 'stage-before', 'stage-before'],
  ]);
}, 300_000);

test('a stage is refused before its turn, and begins only where that is confirmed', async () => {
  for (const stage of wayStages.slice(1)) expect(await codeOf(step({ stage }))).toBe('refused.order');
  expect(await codeOf(step({ confirm: () => Promise.resolve(undefined) }))).toBe('refused.not-confirmed');
  expect(await codeOf(step({ confirm: () => Promise.resolve(false) }))).toBe('refused.not-confirmed');
  expect(await step({ dryRun: true })).toMatchObject({ outcome: 'would-begin', stage: { target: 'pve-8' } });
  expect(await status({ root, context })).toMatchObject({ begun: null, current: 'pve-8' });
}, 300_000);

test('by hand: the commands lead to the end of a stage', async () => {
  const begun = await step();
  expect(begun).toMatchObject({ outcome: 'begun', commands: ['apt-get dist-upgrade'] });
  expect(begun.behind.map(({ name }) => name)).toContain('pve-manager');
  expect(await step()).toMatchObject({ outcome: 'begun' });
  expect(await codeOf(step({ stage: 'pve-8-squid' }))).toBe('refused.order');

  await runInRoot(root, 'apt-get', '--yes', '-q', 'dist-upgrade');

  expect(await step()).toMatchObject({
    outcome: 'done',
    stage: { target: 'pve-8' },
    following: 'pve-8-squid',
  });
  expect(await products()).toEqual([
    ...['ceph-common 18.2.8-pve1', 'ceph-osd 18.2.8-pve1', 'proxmox-ve 8.4.0'],
    ...['pve-manager 8.4.14', 'qemu-server 8.4.4'],
  ]);
}, 300_000);

test('run by pommgr: to the end of the way', async () => {
  for (const stage of wayStages.slice(1)) {
    const report = await step({ run: true });
    expect({ stage: report.stage?.target, outcome: report.outcome }).toEqual({ stage, outcome: 'done' });
    expect(await pathExists(join(root, report.log ?? 'none'))).toBe(true);
  }
  expect(await step()).toMatchObject({ outcome: 'complete', stage: null });

  expect(await products()).toEqual([
    ...['ceph-common 20.2.1-pve1', 'ceph-osd 20.2.1-pve1', 'proxmox-ve 9.0.0'],
    ...['pve-manager 9.0.11', 'qemu-server 9.0.23'],
  ]);
  await runInRoot(root, 'apt-get', 'check');
  expect(await runInRoot(root, 'apt-get', '-s', 'dist-upgrade')).toContain('0 upgraded, 0 newly installed');
  expect(await runInRoot(root, 'dpkg', '--audit')).toBe('');
  expect((await marksIn(root)).held).toEqual([]);
  expect(await hostDrift({ root })).toMatchObject({ same: true });
  const { stdout } = await run('grep', ['-rlE', 'bookworm', join(root, 'etc/apt')], { accept: [0, 1] });
  expect(stdout).toBe(`${join(root, `${enterpriseList}.pommgr.disabled`)}\n`);
  expect((await readAudit(root)).map(({ action }) => action)).toEqual([
    ...['import', 'apply'],
    ...wayStages.flatMap((_, index) => (index === 0 ? ['upgraded'] : ['upgrade', 'upgraded'])),
  ]);
}, 600_000);

test('sources that packages brought are aside, and those of the old release are named', async () => {
  expect(await listOtherSources({ kind: 'chroot', root })).toEqual([]);
  expect(await readFile(join(root, `${enterpriseSources}.pommgr.disabled`), 'utf8')).toContain('trixie');
  expect(await runInRoot(root, 'dpkg-query', '--search', enterpriseSources)).toContain('pve-manager');
  const report = await status({ root, context });
  expect(report).toMatchObject({ current: null, commands: [], begun: null, otherSources: [] });
  expect(report.oldSources).toEqual([
    { path: enterpriseList, disabledPath: `${enterpriseList}.pommgr.disabled`, suites: ['bookworm'] },
  ]);
}, 120_000);
