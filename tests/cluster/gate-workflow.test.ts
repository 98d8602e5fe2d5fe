/** The gate against programs that answer as pvesh, pvecm and ceph do, and a directory in the place of /etc/pve. */
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Before } from '../../src/cluster/domain/check.ts';
import type { GateReport } from '../../src/cluster/domain/gate.ts';
import { clusterStatusText } from '../../src/cluster/ui/cluster-status-text.ts';
import { gateText } from '../../src/cluster/ui/gate-text.ts';
import { clusterStatus } from '../../src/cluster/workflows/cluster-status.ts';
import type { Rollout } from '../../src/cluster/domain/rollout.ts';
import { record } from '../../src/cluster/workflows/record.ts';
import { release } from '../../src/cluster/workflows/release.ts';
import { run } from '../../src/core/adapters/process.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import type { RolloutEntry } from '../../src/hosts/domain/rollout-entry.ts';
import { gate, type GateOptions } from '../../src/cluster/workflows/gate.ts';
import { guestConfig, jsonAnswers, names, quorumText, storageConfig } from '../support/cluster-answers.ts';
import { now as answerTime } from '../support/cluster-answers.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const usualPath = process.env['PATH'] ?? '';
/** By path of the API or words of ceph, the fact that answers. */
const paths: [string, string][] = [
  ['/cluster/status', 'clusterStatus'],
  ['/cluster/ha/resources', 'haResources'],
  ['/cluster/ha/status/manager_status', 'haStatus'],
  ['/cluster/resources', 'resources'],
  ['/cluster/tasks', 'tasks'],
  ['/cluster/backup', 'backupJobs'],
  ['/cluster/options', 'options'],
  ['/nodes/pve2/status', 'nodeStatus'],
  ['/nodes/pve2/services', 'services'],
  ['/nodes/pve2/replication', 'replication'],
  ['/nodes/pve2/time', 'time'],
  ['/nodes/pve2/apt/versions', 'versions'],
];
let directory: string;
let clusterFiles: string;

/** The clock of the context is that of the answers. */
const context = { ...testContext(), now: () => answerTime };

async function answer(before: Before): Promise<void> {
  for (const [fact, value] of Object.entries(jsonAnswers(before))) {
    await writeFile(join(directory, fact), JSON.stringify(value));
  }
}

beforeEach(async () => {
  directory = await scratchDirectory();
  clusterFiles = join(directory, 'pve');
  await mkdir(join(clusterFiles, 'nodes/pve2/qemu-server'), { recursive: true });
  await mkdir(join(directory, 'bin'));
  await answer('drain');
  const cases = paths.map(([path, fact]) => `${path}) cat ${directory}/${fact} ;;`);
  const program = async (name: string, lines: readonly string[]): Promise<void> =>
    writeFile(join(directory, 'bin', name), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  await program('pvesh', [
    '[ "$1 $3 $4" = "get --output-format json" ] || exit 2',
    'case $2 in',
    ...cases,
    // Of the other nodes a plan knows nothing here.
    '*) exit 2 ;; esac',
  ]);
  await writeFile(join(directory, 'quorum'), quorumText());
  await program('pvecm', [`cat ${directory}/quorum`]);
  await program('ceph', [
    'case $3 in',
    `status) cat ${directory}/cephStatus ;;`,
    `osd) case $4 in tree) cat ${directory}/osdTree ;; ok-to-stop) [ "$5 $6" = "1 --format" ] && cat ${directory}/okToStop ;; esac ;;`,
    'esac',
  ]);
  await writeFile(join(clusterFiles, '.members'), '{}');
  await writeFile(join(clusterFiles, 'storage.cfg'), storageConfig);
  await writeFile(join(clusterFiles, 'ceph.conf'), '[global]\n');
  await writeFile(join(clusterFiles, 'nodes/pve2/qemu-server/100.conf'), guestConfig);
  process.env['PATH'] = `${directory}/bin:${usualPath}`;
});

afterAll(() => {
  process.env['PATH'] = usualPath;
});

async function ask(before: Before, more: Partial<GateOptions> = {}): Promise<GateReport> {
  const forecast = join(directory, 'forecast');
  await utimes(forecast, answerTime, answerTime);
  return gate({
    ...{ node: 'pve2', before, owner: 'root@pve1', takeOver: false, acceptedGuests: [] },
    ...{ windowMinutes: 30, neededBytes: 1, record: true, forecast, clusterFiles, context },
    store: join(directory, 'store'),
    ...more,
  });
}

const reasons = ({ checks }: GateReport) => checks.filter(({ ok }) => !ok);

test('a node is drained, upgraded, rebooted and left, and the rollout has each step', async () => {
  expect((await clusterStatus({ clusterFiles, context })).rollout).toBeNull();
  for (const before of ['drain', 'upgrade', 'reboot', 'next'] as const) {
    await answer(before);
    if (before === 'reboot') {
      const early = jsonAnswers(before)['nodeStatus'] as { uptime: number };
      await writeFile(join(directory, 'nodeStatus'), JSON.stringify({ ...early, uptime: 90_000 }));
    }
    // The forecast was made before the upgrade.
    const report = await ask(before, before === 'next' ? { forecast: undefined } : {});
    expect(reasons(report)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'go', recorded: true });
    const { rollout } = await clusterStatus({ clusterFiles, context });
    expect(rollout).toMatchObject({
      owner: 'root@pve1',
      nodes: [{ node: 'pve2', step: before === 'next' ? 'back' : before }],
    });
  }
});

test('of two operators one is refused, until it takes over', async () => {
  await ask('drain');
  const status = clusterStatusText(await clusterStatus({ clusterFiles, context }));
  expect(status).toMatch(/^Owner: +root@pve1\n/);
  expect(status).toContain('Unfinished: pve2. No other node may be begun');
  const before = await readFile(join(clusterFiles, 'pommgr-rollout.json'), 'utf8');
  const other = await ask('drain', { owner: 'root@pve3' });
  expect(reasons(other).map((check) => check.gate)).toEqual(['rollout']);
  expect(gateText(other)).toContain('held by root@pve1');
  expect(
    gateText(other)
      .split('\n')
      .every((line) => line.length <= 80),
  ).toBe(true);
  expect(await readFile(join(clusterFiles, 'pommgr-rollout.json'), 'utf8')).toBe(before);
  expect(await ask('drain', { owner: 'root@pve3', takeOver: true })).toMatchObject({ verdict: 'go' });
  expect(reasons(await ask('drain')).map((check) => check.gate)).toEqual(['rollout']);
});

test('of two that look at the same time only one begins', async () => {
  const asked = ['root@pve1', 'root@pve3'].map((owner) => ask('drain', { owner }));
  const outcomes = await Promise.allSettled(asked);
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.recorded);
  expect(won).toHaveLength(1);
  expect((await readdir(clusterFiles)).filter((name) => name.startsWith('pommgr'))).toEqual([
    'pommgr-rollout.json',
  ]);
});

test('without pmxcfs nothing in its directory counts', async () => {
  await rm(join(clusterFiles, '.members'));
  const stopped = reasons(await ask('drain')).map((check) => check.gate);
  for (const name of ['rollout', 'guests', 'ceph', 'ceph-mon', 'ceph-osd']) expect(stopped).toContain(name);
  await expect(clusterStatus({ clusterFiles, context })).rejects.toMatchObject({ code: 'state.rollout' });
  await expect(readFile(join(clusterFiles, 'pommgr-rollout.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a tool that fails, is missing or answers nonsense stops, and nothing is recorded', async () => {
  for (const [name, gates] of [
    ['pvecm', ['quorum', 'votes', 'members']],
    ['ceph', ['ceph', 'ceph-mon', 'ceph-osd']],
  ] as const) {
    const path = join(directory, 'bin', name);
    const program = await readFile(path);
    await writeFile(path, '#!/bin/sh\necho "Cannot initialize CMAP service" >&2\nexit 1\n');
    const failed = await ask('drain');
    expect(reasons(failed).map((check) => check.gate)).toEqual(expect.arrayContaining([...gates]));
    expect(failed).toMatchObject({ verdict: 'stop', recorded: false });
    await writeFile(path, program);
  }
  await writeFile(join(directory, 'clusterStatus'), 'no json');
  expect(await ask('drain')).toMatchObject({ verdict: 'stop', recorded: false });
  expect(names).toHaveLength(3);
});

test('a forecast that is missing or an hour old stops an upgrade', async () => {
  await ask('drain');
  await answer('upgrade');
  expect(reasons(await ask('upgrade', { forecast: undefined })).map((check) => check.gate)).toEqual([
    'forecast',
    'baseline',
  ]);
  const old = join(directory, 'old.json');
  await writeFile(old, await readFile(join(directory, 'forecast')));
  await utimes(old, answerTime, new Date(answerTime.getTime() - 3_700_000));
  expect(reasons(await ask('upgrade', { forecast: old }))).toMatchObject([
    { gate: 'forecast', seen: expect.stringContaining('62 minutes old') as string },
    { gate: 'baseline' },
  ]);
});

test.each(['', '../pve1', 'pve2/status', 'pve2 --x', 'a'.repeat(70), 'pve_2'])(
  'refuses the name of a node %j',
  async (node) => {
    await expect(ask('drain', { node })).rejects.toMatchObject({ code: 'usage.node' });
  },
);

async function entries(): Promise<{ entry: RolloutEntry; file: string }[]> {
  const rollouts = join(directory, 'store/rollouts');
  const [id = ''] = await readdir(rollouts);
  const files = (await readdir(join(rollouts, id)))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(rollouts, id, name));
  const found = await Promise.all(
    files.map(async (file) => ({ file, entry: JSON.parse(await readFile(file, 'utf8')) as RolloutEntry })),
  );
  return found.toSorted((a, b) => a.entry.number - b.entry.number);
}

test('each go leaves an entry that stock openssl checks, and the rollout names the last one', async () => {
  const log = join(directory, 'term.log');
  await writeFile(log, 'Setting up pve-manager (9.2.11) ...\n');
  await ask('drain');
  await answer('upgrade');
  await ask('upgrade', { logFiles: [log] });
  await ask('reboot', { owner: 'root@pve3' });
  await ask('reboot', { owner: 'root@pve3', takeOver: true });
  const found = await entries();
  expect(found.map(({ entry }) => [entry.step, entry.node, entry.owner, entry.takenOverFrom])).toEqual([
    ['drain', 'pve2', 'root@pve1', null],
    ['upgrade', 'pve2', 'root@pve1', null],
    ['reboot', 'pve2', 'root@pve3', 'root@pve1'],
  ]);
  const [first, second, third] = found;
  for (const { entry } of found) {
    expect(entry.checks.length).toBeGreaterThan(12);
    expect(entry.checks.every(({ ok, seen }) => ok && seen !== '')).toBe(true);
    expect(Object.keys(entry.facts)).toEqual(
      expect.arrayContaining(['quorum', 'cephStatus', 'versions', 'now']),
    );
    // Of configurations of guests only the digests are kept.
    expect(JSON.stringify(entry.facts)).not.toContain('scsi0');
    expect(JSON.stringify(entry.facts)).toContain(sha256Hex(guestConfig));
  }
  expect(first?.entry.plan).toMatchObject({ here: 'pve1' });
  expect(second?.entry.plan).toBeNull();
  const digest = sha256Hex('Setting up pve-manager (9.2.11) ...\n');
  expect(second?.entry.logs).toEqual([{ name: 'term.log', sizeBytes: 36, sha256: digest }]);
  expect(await readFile(join(second?.file ?? '', '../logs', digest), 'utf8')).toBe(
    await readFile(log, 'utf8'),
  );
  expect(third?.entry.previous).toBe(sha256Hex(await readFile(second?.file ?? '')));
  const held = JSON.parse(await readFile(join(clusterFiles, 'pommgr-rollout.json'), 'utf8')) as Rollout;
  expect(held.record).toEqual({ entries: 3, sha256: sha256Hex(await readFile(third?.file ?? '')) });

  const medium = join(directory, 'medium');
  await mkdir(medium);
  const report = await record({ media: medium, store: join(directory, 'store'), context });
  expect(report.records).toMatchObject([{ owners: ['root@pve1', 'root@pve3'], gaps: [] }]);
  expect(report.copied).toEqual({ directory: join(medium, 'receipts/rollouts'), entries: 3 });
  const [pem = ''] = (await readdir(join(medium, 'receipts'))).filter((name) => name.endsWith('.pem'));
  for (const { file } of found) {
    const copy = join(medium, 'receipts/rollouts', file.slice(join(directory, 'store/rollouts').length));
    const key = join(medium, 'receipts', pem);
    const check = ['-verify', '-rawin', '-pubin', '-inkey', key, '-in', copy, '-sigfile', `${copy}.sig`];
    expect((await run('openssl', ['pkeyutl', ...check])).stdout).toContain('Verified Successfully');
  }
  await writeFile(
    third?.file ?? '',
    (await readFile(third?.file ?? '', 'utf8')).replace('root@pve3', 'root@pve1'),
  );
  await expect(record({ store: join(directory, 'store'), context })).rejects.toMatchObject({
    code: 'trust.signature',
  });
});

test('a go that cannot be written leaves no entry, nor does one with a log that is not there', async () => {
  await ask('drain');
  await answer('upgrade');
  await writeFile(join(clusterFiles, 'pommgr-rollout.json.next'), '');
  await expect(ask('upgrade')).rejects.toMatchObject({ code: 'state.rollout' });
  await rm(join(clusterFiles, 'pommgr-rollout.json.next'));
  await expect(ask('upgrade', { logFiles: [join(directory, 'none.log')] })).rejects.toMatchObject({
    code: 'usage.log',
  });
  expect((await entries()).map(({ entry }) => entry.step)).toEqual(['drain']);
  expect(await ask('upgrade')).toMatchObject({ recorded: true });
  expect((await entries()).map(({ entry }) => entry.number)).toEqual([1, 2]);
});

test('the cluster is given back by its owner, when no node is unfinished', async () => {
  const options = {
    owner: 'root@pve1',
    takeOver: false,
    clusterFiles,
    context,
    store: join(directory, 'store'),
  };
  expect(await release(options)).toEqual({ released: null });
  await ask('drain');
  await expect(release(options)).rejects.toMatchObject({ code: 'state.rollout' });
  for (const before of ['upgrade', 'next'] as const) {
    await answer(before);
    const given = before === 'next' ? { forecast: undefined } : {};
    expect(reasons(await ask(before, given))).toEqual([]);
  }
  await expect(release({ ...options, owner: 'root@pve3' })).rejects.toMatchObject({ code: 'state.rollout' });
  const status = await clusterStatus({ clusterFiles, context });
  expect(status.rollout).toMatchObject({
    ...{ baseline: 'pve9-prod-12', entries: 3, waiting: ['pve1', 'pve3'], offline: [] },
  });
  expect(clusterStatusText(status)).toContain('Not begun: pve1, pve3.');
  expect(await release(options)).toMatchObject({ released: { owner: 'root@pve1', done: ['pve2'] } });
  expect((await readdir(clusterFiles)).filter((name) => name.startsWith('pommgr'))).toEqual([]);
  expect((await entries()).at(-1)?.entry).toMatchObject({ step: 'release', node: null, number: 4 });
  expect(await release(options)).toEqual({ released: null });
});

test('a run that is killed between its entry and the rollout is taken up by the next go', async () => {
  const file = join(clusterFiles, 'pommgr-rollout.json');
  await ask('drain');
  await answer('upgrade');
  const before = await readFile(file);
  await ask('upgrade');
  await writeFile(file, before);
  const later = { ...context, now: () => new Date(answerTime.getTime() + 5000) };
  expect(await ask('upgrade', { context: later })).toMatchObject({ verdict: 'go', recorded: true });
  const { records } = await record({ store: join(directory, 'store'), context });
  const [only] = records;
  expect(only?.entries.map(({ entry }) => [entry.step, entry.time])).toEqual([
    ['drain', '2026-11-28T12:00:00Z'],
    ['upgrade', '2026-11-28T12:00:05Z'],
  ]);
  expect(only?.gaps).toMatchObject([{ kind: 'not-carried-out', number: 2 }]);
  const held = JSON.parse(await readFile(file, 'utf8')) as Rollout;
  expect(held.record).toEqual({ entries: 2, sha256: only?.entries[1]?.sha256 });
});
