/**
 * Proxmox VE 8 to 9 on a real Debian 12 root, from one medium and without network: stage by stage to the end, and
 * killed in the middle.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { listOtherSources } from '../../src/apt/adapters/host-apt-files.ts';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { compareText } from '../../src/core/domain/canonical-json.ts';
import { run } from '../../src/core/adapters/process.ts';
import { apply, type ApplyOptions } from '../../src/host/workflows/apply.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { hostDrift } from '../../src/restore/workflows/host-drift.ts';
import { admitNextRelease } from '../../src/upgrade/workflows/admit-next-release.ts';
import { checkUpgrade } from '../../src/upgrade/workflows/check-upgrade.ts';
import { next, type NextOptions } from '../../src/upgrade/workflows/next.ts';
import { plan } from '../../src/upgrade/workflows/plan.ts';
import { status } from '../../src/upgrade/workflows/status.ts';
import { marksIn, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { runProgram } from '../support/killed-upgrade.ts';
import { readAudit } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import {
  copyHost,
  createReleaseSite,
  enterpriseList,
  enterpriseSources,
  wayStages,
} from '../support/release-site.ts';

const context = testContext();
let media: string;
let root: string;
/** As `root` was before the change of the release. */
let second: string;
/** Findings of the check on `root`, where little of a real host is. */
let findings: string[];
/** What is installed after the change of the release. */
let expected: string[];

beforeAll(async () => {
  const site = await createReleaseSite();
  media = site.media;
  root = await site.host();
}, 300_000);

const step = (options: Partial<NextOptions> = {}) =>
  next({ root, run: false, accept: [], onOutput: () => {}, context, ...options });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
const productsOf = (versions: readonly string[]): string[] =>
  versions.filter((line) => /^(proxmox|pve|qemu|ceph)-/.test(line));

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

test('by hand: the commands lead to the end of a stage, and apt removes nothing that must stay', async () => {
  const begun = await step();
  expect(begun).toMatchObject({ outcome: 'begun', commands: ['apt-get dist-upgrade'] });
  expect(begun.behind.map(({ name }) => name)).toContain('pve-manager');
  expect(await step()).toMatchObject({ outcome: 'begun' });
  expect(await codeOf(step({ stage: 'pve-8-squid' }))).toBe('refused.order');
  await expect(runInRoot(root, 'apt-get', '--yes', 'remove', 'qemu-server')).rejects.toThrow(
    'apt must not remove',
  );
  expect(productsOf(await versionsInRoot(root))).toContain('proxmox-ve 8.4.0');

  await runInRoot(root, 'apt-get', '--yes', '-q', 'dist-upgrade');

  expect(await step()).toMatchObject({
    outcome: 'done',
    stage: { target: 'pve-8' },
    following: 'pve-8-squid',
  });
  expect(productsOf(await versionsInRoot(root))).toEqual([
    ...['ceph-common 18.2.8-pve1', 'ceph-osd 18.2.8-pve1', 'proxmox-ve 8.4.0'],
    ...['pve-manager 8.4.14', 'qemu-server 8.4.4'],
  ]);
  expect(await pathExists(join(root, 'etc/apt/apt.conf.d/zz-pommgr-upgrade'))).toBe(false);
}, 300_000);

test('the release changes only after a check, or with its findings accepted', async () => {
  expect(await step({ run: true })).toMatchObject({ outcome: 'done', stage: { target: 'pve-8-squid' } });
  second = await copyHost(root);
  const { checks } = await checkUpgrade({ root, context });
  const open = checks.filter(({ verdict }) => ['fail', 'unknown'].includes(verdict));
  findings = open.map(({ id }) => id).toSorted(compareText);
  expect(findings.length).toBeGreaterThan(0);

  expect(await codeOf(step())).toBe('refused.check');
  expect(await codeOf(step({ accept: findings.slice(1) }))).toBe('refused.check');
  expect(await codeOf(step({ accept: ['no-such-finding'] }))).toBe('usage.finding');
  expect(await status({ root, context })).toMatchObject({ begun: null, current: 'pve-9' });
}, 300_000);

test('run by pommgr: to the end of the way', async () => {
  for (const stage of wayStages.slice(2)) {
    const report = await step({ run: true, accept: findings });
    expect({ stage: report.stage?.target, outcome: report.outcome }).toEqual({ stage, outcome: 'done' });
    expect(await pathExists(join(root, report.log ?? 'none'))).toBe(true);
    if (stage === 'pve-9') expected = await versionsInRoot(root);
  }
  expect(await step()).toMatchObject({ outcome: 'complete', stage: null });

  expect(productsOf(await versionsInRoot(root))).toEqual([
    ...['ceph-common 20.2.1-pve1', 'ceph-osd 20.2.1-pve1', 'proxmox-ve 9.0.0'],
    ...['pve-manager 9.0.11', 'qemu-server 9.0.23'],
  ]);
  expect(await faultsOf(root)).toEqual([]);
  const { stdout } = await run('grep', ['-rlE', 'bookworm', join(root, 'etc/apt')], { accept: [0, 1] });
  expect(stdout).toBe(`${join(root, `${enterpriseList}.pommgr.disabled`)}\n`);
  const audit = (await readAudit(root)) as { action: string; accepted?: string[] }[];
  expect(audit.map(({ action }) => action)).toEqual([
    ...['import', 'apply'],
    ...wayStages.flatMap((_, index) => (index === 0 ? ['upgraded'] : ['upgrade', 'upgraded'])),
  ]);
  expect(audit.flatMap(({ accepted }) => accepted ?? [])).toEqual([...findings, ...findings]);
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

test('apply --upgrade-release switches, and nothing else switches to another release', async () => {
  const applied = (options: Partial<ApplyOptions>) => apply({ media, root: second, context, ...options });
  const upgradeRelease = admitNextRelease;
  expect(await codeOf(applied({ target: 'pve-9' }))).toBe('trust.target');
  expect(await codeOf(applied({ target: 'pve-9-tentacle', upgradeRelease }))).toBe('refused.order');
  await expect(applied({ target: 'harmful', upgradeRelease })).rejects.toThrow('apt would remove proxmox-ve');
  expect(await status({ root: second, context })).toMatchObject({ begun: null, current: 'pve-9' });

  const report = await applied({ target: 'pve-9', upgradeRelease });

  expect(report).toMatchObject({ outcome: 'applied', target: 'pve-9', decisions: [] });
  const begun = { begun: { target: 'pve-9' }, current: 'pve-9' };
  expect(await status({ root: second, context })).toMatchObject(begun);
  expect(await codeOf(applied({}))).toBe('state.upgrade');
  expect(await rollback({ root: second, context })).toMatchObject({ target: 'pve-8-squid' });
  expect(await status({ root: second, context })).toMatchObject({ begun: null, current: 'pve-9' });
  expect(await applied({})).toMatchObject({ target: 'pve-8-squid' });
}, 300_000);

test('killed while it switches, and twice while packages are upgraded, it comes to the same end', async () => {
  const accept = findings.flatMap((id) => ['--accept', id]);
  const command = ['upgrade-release', 'next', '--run', '--yes', ...accept];

  const onceThere = 'var/lib/pommgr/upgrade.json';
  expect(await runProgram(second, command, { onceThere })).toMatchObject({ exitCode: null });
  for (const afterSteps of [9, 40]) {
    expect(await runProgram(second, command, { afterSteps })).toMatchObject({ exitCode: null });
    const left = await status({ root: second, context });
    expect(left).toMatchObject({ current: 'pve-9', isRunning: false, begun: { target: 'pve-9' } });
    // Whether dpkg was in the middle of a package depends on the moment.
    expect(left.commands).toEqual([
      ...(left.needsRepair ? ['dpkg --configure -a', 'apt-get -f install'] : []),
      ...['apt-get dist-upgrade', 'pommgr upgrade-release next'],
    ]);
  }

  expect(await runProgram(second, command)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await versionsInRoot(second)).toEqual(expected);
  expect(await faultsOf(second)).toEqual([]);
}, 900_000);

/** What is wrong on a host whose stage is done. */
async function faultsOf(host: string): Promise<string[]> {
  await runInRoot(host, 'apt-get', 'check');
  const faults: string[] = [];
  const simulated = await runInRoot(host, 'apt-get', '-s', 'dist-upgrade');
  if (!/^0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded/m.test(simulated))
    faults.push(simulated);
  const audit = await runInRoot(host, 'dpkg', '--audit');
  if (audit !== '') faults.push(audit);
  const { held } = await marksIn(host);
  if (held.length > 0) faults.push(`held: ${held.join(', ')}`);
  const drift = await hostDrift({ root: host });
  if (!drift.same) faults.push(JSON.stringify(drift.drift));
  const others = await listOtherSources({ kind: 'chroot', root: host });
  if (others.length > 0) faults.push(`sources: ${others.join(', ')}`);
  return faults;
}
