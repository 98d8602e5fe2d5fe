import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import BaselineRemove from '../../src/commands/baseline/remove.ts';
import { recordDelta, recordHost } from '../../src/baseline/adapters/baselines-in-use.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { addTrustedKey, trustedHostsDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { withLock } from '../../src/core/adapters/file-lock.ts';
import { snapshotAndRetain } from '../../src/snapshot/workflows/snapshot-and-retain.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { baselineRemove, type BaselineRemoveOptions } from '../../src/snapshot/workflows/baseline-remove.ts';
import { baselineVerify } from '../../src/baseline/workflows/baseline-verify.ts';
import { baselineList } from '../../src/baseline/workflows/baseline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { createPomSite, type PomSite } from '../support/pom-site.ts';
import { runCommand } from '../support/run-command.ts';
import { treeOf } from '../support/tree.ts';

const times = [1, 2, 3, 4].map((second) => `2025-06-02T00:00:0${second}Z`);
let first: PomSite;
let site: PomSite;

/** Three baselines; the file of `alpha` 1.0 is in the first alone, `delta` from the second on. */
beforeAll(async () => {
  first = await createPomSite();
  site = first;
  await take(1);
  const delta = await buildPackage({ name: 'delta', version: '1.0' });
  const later = { components: { main: [...site.packages.slice(1), delta] } };
  await site.publish(later);
  await take(2);
  await take(3);
});

beforeEach(async () => {
  site = await first.copy();
});

async function take(number: number): Promise<void> {
  const context = testContext(times[number - 1]);
  await snapshot({ configFile: site.configFile, context, force: true, dryRun: false });
}

function remove(names: string[], options: Partial<BaselineRemoveOptions> = {}) {
  const { configFile } = site;
  const plain = { configFile, allowNewest: false, dryRun: false, context: testContext() };
  return baselineRemove({ ...plain, names, ...options });
}

function at(...parts: string[]): string {
  return join(site.directory, ...parts);
}

async function names(): Promise<string[]> {
  return (await baselineList(site.configFile)).map(({ name }) => name);
}

/** Names in the pool that only they themselves link. */
async function unlinked(): Promise<string[]> {
  const found: string[] = [];
  const inodes = new Map<number, number>();
  const files = (await readdir(at('mirror/.pool'), { recursive: true })).filter((file) => file.includes('/'));
  for (const file of files) {
    const { ino } = await stat(at('mirror/.pool', file));
    inodes.set(ino, (inodes.get(ino) ?? 0) + 1);
  }
  for (const file of files) {
    const { ino, nlink } = await stat(at('mirror/.pool', file));
    if (nlink === inodes.get(ino)) found.push(file);
  }
  return found;
}

async function expectIntact(name: string): Promise<void> {
  expect(await baselineVerify(site.configFile, name, testContext())).toMatchObject({ broken: [] });
}

describe.each(['builtin', 'pom'])('baseline remove, engine %s', (engine) => {
  const configFile = () => (engine === 'pom' ? site.pomConfigFile : site.configFile);

  it('takes the snapshot and the pool files along that only it uses, and nothing else', async () => {
    const planned = await remove(['test-1'], { configFile: configFile(), dryRun: true });
    const result = await remove(['test-1'], { configFile: configFile() });
    expect(result).toMatchObject({
      outcome: 'removed',
      baselines: ['test-1'],
      snapshots: [{ mirror: 'test-stable', snapshot: times[0] }],
    });
    expect({ ...planned, outcome: 'removed' }).toEqual(result);
    // alpha 1.0, InRelease, Packages, Packages.gz
    expect(result.freed.files).toBe(4);
    expect(await readdir(at('mirror/test-stable'))).toEqual([times[1], times[2]]);
    expect(await unlinked()).toEqual([]);
    expect(await readdir(at('state/baselines'))).toEqual(['test-2', 'test-3']);
    for (const name of ['test-2', 'test-3']) await expectIntact(name);
  });

  it('keeps what a snapshot uses that no baseline names, and gives no number out again', async () => {
    await site.pom(['mirror', 'snapshot', 'create', 'test-stable']);
    const own = (await readdir(at('mirror/test-stable'))).find((name) => !times.includes(name)) ?? '';
    const before = await treeOf(at('mirror/test-stable', own));
    await rm(at('state/state.json'));
    const all = ['test-1', 'test-2', 'test-3'];
    await remove(all, { configFile: configFile(), allowNewest: true });
    expect(await readdir(at('mirror/test-stable'))).toEqual([own]);
    expect(await treeOf(at('mirror/test-stable', own))).toEqual(before);
    await take(4);
    expect(await names()).toEqual(['test-4']);
  });

  it('leaves a mirror without snapshots so that POM can go on with it', async () => {
    await site.addMirror('empty-mirror');
    await remove(['test-1', 'test-2', 'test-3'], { configFile: configFile(), allowNewest: true });
    expect(await readdir(at('mirror'))).toEqual(expect.arrayContaining(['empty-mirror', 'test-stable']));
    await site.pom(['mirror', 'snapshot', 'create', 'test-stable']);
    await site.pom(['mirror', 'snapshot', 'create', 'empty-mirror']);
  });

  it('waits for nobody who keeps the lock, and then has changed nothing but the name', async () => {
    await appendFile(configFile(), engine === 'pom' ? '' : 'pom: { lockWaitSeconds: 0 }\n');
    const locked = withLock(at('mirror/.pool/.lock'), 'the pool', () =>
      remove(['test-1'], { configFile: configFile() }),
    );
    await expect(locked).rejects.toMatchObject({ code: 'state.locked', exitCode: 8 });
    expect(await readdir(at('mirror/test-stable'))).toHaveLength(3);
    // The next run ends what was begun.
    expect(await remove(['test-1'], { configFile: configFile() })).toMatchObject({ baselines: ['test-1'] });
    expect(await readdir(at('mirror/test-stable'))).toHaveLength(2);
    expect(await readdir(at('state/baselines'))).toEqual(['test-2', 'test-3']);
  });
});

describe('baseline remove', () => {
  it('changes nothing in a dry run, for the newest and for a name that is not there', async () => {
    const before = await treeOf(site.directory);
    expect(await remove(['test-1', 'test-2'], { dryRun: true })).toMatchObject({ outcome: 'planned' });
    await expect(remove(['test-1', 'test-3'])).rejects.toMatchObject({ code: 'refused.newest', exitCode: 9 });
    await expect(remove(['test-1', 'test-9'])).rejects.toMatchObject({
      code: 'config.baseline',
      exitCode: 3,
    });
    expect((await treeOf(site.directory)).filter((line) => !line.includes('.lock'))).toEqual(
      before.filter((line) => !line.includes('.lock')),
    );
  });

  it('keeps a snapshot that a baseline of another track uses', async () => {
    const document = JSON.parse(await readFile(at('state/baselines/test-1/baseline.json'), 'utf8')) as object;
    await mkdir(at('state/baselines/other-7'));
    const other = { ...document, name: 'other-7', track: 'other', sequence: 7 };
    await writeFile(at('state/baselines/other-7/baseline.json'), JSON.stringify(other));
    expect(await remove(['test-1'])).toMatchObject({ snapshots: [], freed: { files: 0 } });
    expect(await readdir(at('mirror/test-stable'))).toContain(times[0]);
  });

  it('ends what a killed run began, wherever that was', async () => {
    await rename(at('state/baselines/test-1'), at('state/baselines/test-1.removed.tmp'));
    await rename(at('state/baselines/test-2'), at('state/baselines/test-2.removed.tmp'));
    await rm(at('mirror/test-stable', times[1] ?? ''), { recursive: true });
    await mkdir(at('state/baselines/test-0.removed.tmp'));
    expect(await names()).toEqual(['test-3']);
    expect(await remove(['test-1'])).toMatchObject({
      baselines: ['test-1', 'test-2'],
      snapshots: [{ snapshot: times[0] }],
    });
    expect(await readdir(at('state/baselines'))).toEqual(['test-3']);
    expect(await unlinked()).toEqual([]);
    await expectIntact('test-3');
  });

  it('says what went', async () => {
    const argv = ['--config', site.configFile, 'test-1', 'test-2'];
    const planned = await runCommand(BaselineRemove, [...argv, '--dry-run']);
    expect(planned.stdout).toMatch(/Would remove: test-1, test-2\nSnapshots: [^]*Nothing was changed/);
    const { stdout, exitCode } = await runCommand(BaselineRemove, argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Removed: +test-1, test-2\n.*test-stable\/2025-06-02T00:00:01Z, [^]*files, [\d.]+ kB\n$/,
    );
  });
});

describe('retention', () => {
  it('is applied after a snapshot, by the numbers of the track', async () => {
    await appendFile(site.configFile, 'retention: { keep: 2 }\n');
    const context = testContext(times[3]);
    const result = await snapshotAndRetain({
      configFile: site.configFile,
      context,
      force: true,
      dryRun: false,
    });
    expect(result).toMatchObject({ outcome: 'made', retention: { baselines: ['test-1', 'test-2'] } });
    expect(await names()).toEqual(['test-3', 'test-4']);
    expect(await readdir(at('mirror/test-stable'))).toEqual([times[2], times[3]]);
  });

  it('keeps what a trusted host has applied and what the newest delta builds on, and says so', async () => {
    await appendFile(site.configFile, 'retention: { keep: 1 }\n');
    const stateDir = at('state');
    const key = await createSigningKey(at('host.pem'));
    const stranger = await createSigningKey(at('stranger.pem'));
    await addTrustedKey(trustedHostsDirectory(stateDir), key);
    const time = '2025-06-09T00:00:00Z';
    await recordHost(stateDir, key.fingerprint, { name: 'pve1', applied: 'test-1', time });
    await recordHost(stateDir, stranger.fingerprint, { name: 'old', applied: 'test-3', time });
    await recordDelta(stateDir, 'test', { bundle: 'test-3-from-test-2', base: 'test-2' });
    const context = testContext(times[3]);
    const options = { configFile: site.configFile, context, force: true, dryRun: false };
    expect(await snapshotAndRetain(options)).toMatchObject({ retention: { baselines: ['test-3'] } });
    expect(await names()).toEqual(['test-1', 'test-2', 'test-4']);
    expect(context.notes.join('\n')).toMatch(
      /Kept test-1, beyond retention\.keep: host pve1 has it applied\.\n.*Kept test-2.*the delta test-3-from-test-2/,
    );
  });

  it('removes nothing without the setting, and nothing in a dry run', async () => {
    const options = { configFile: site.configFile, force: true, context: testContext(times[3]) };
    expect(await snapshotAndRetain({ ...options, dryRun: false })).not.toHaveProperty('retention');
    await appendFile(site.configFile, 'retention: { keep: 1 }\n');
    expect(await snapshotAndRetain({ ...options, dryRun: true })).not.toHaveProperty('retention');
    expect(await names()).toHaveLength(4);
  });
});
