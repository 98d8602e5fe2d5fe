/**
 * A host of Proxmox VE 8 takes all stages to 9 from one thin baseline, without network. At each stage the real apt of the
 * host plans exactly what was proven online from the lock alone, and finds every file in the bundle.
 */
import { stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAptProgram } from '../../src/apt/adapters/apt-program-files.ts';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { closureExplainText } from '../../src/baseline/ui/closure-explain-text.ts';
import { closureExplain } from '../../src/baseline/workflows/closure-explain.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { readLockProof } from '../../src/closure/adapters/closure-files.ts';
import { parseAptPlan, type AptPlan } from '../../src/closure/domain/apt-plan.ts';
import type { HostProof, LockProof } from '../../src/closure/domain/lock-proof.ts';
import { lockProofText } from '../../src/closure/ui/closure-text.ts';
import { digestOf } from '../../src/core/domain/digest.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { admitStored } from '../../src/host/workflows/admit-approval.ts';
import { applyBaseline } from '../../src/host/workflows/apply-baseline.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { openStoredBaseline } from '../../src/store/workflows/open-stored-baseline.ts';
import { locateStore, readStoreState } from '../../src/store/adapters/store.ts';
import { withLockedStore } from '../../src/host/workflows/work-on-store.ts';
import { debianRoot, installInRoot, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createUpgradeSite, upgradeStages, type UpgradeSite } from '../support/upgrade-site.ts';

/** What the host's own apt did at one stage. */
interface Taken {
  apt: string;
  plan: AptPlan;
  /** Files of the plan that the store of the host lacks. */
  missing: string[];
  /** Afterwards. */
  installed: string[];
}

let site: UpgradeSite;
let proof: LockProof;
const taken = new Map<string, Taken>();
const context = testContext();

beforeAll(async () => {
  site = await createUpgradeSite();
  const root = await debianRoot('bookworm', [site.key]);
  await installInRoot(root, ...site.installed);
  await hostLock({
    ...{ root, output: join(site.directory, 'pve1.lock.json'), context },
    askPassphrase: () => Promise.reject(new Error('nobody is asked')),
  });
  // The proof comes before the host changes.
  await symlink(root, join(site.directory, 'bookworm'));
  await symlink(await debianRoot('trixie'), join(site.directory, 'trixie'));
  const { configFile } = site;
  await snapshot({ configFile, context, force: false, dryRun: false });
  const media = await scratchDirectory();
  await pack({ configFile, media, context });
  proof = (await readLockProof(join(site.directory, 'state/baselines/way-1'))) as LockProof;
  await apply({ ...{ media, root, context, target: 'pve-8' }, storeOnly: true, allTargets: true });
  for (const stage of upgradeStages) taken.set(stage, await takeStage(root, stage));
}, 600_000);

/** The switch to a target, of whatever release, and then the upgrade. */
async function takeStage(root: string, stage: string): Promise<Taken> {
  const store = await locateStore(root, undefined);
  const aptRoot = await openAptRoot(root);
  await withLockedStore(store, async () => {
    const state = await readStoreState(store);
    const stored = await openStoredBaseline(store, state, 'way-1');
    const admission = await admitStored(stored, {
      ...{ root, store, state, isRequired: true, dryRun: false, context },
    });
    const target = stored.shares.targets.find(({ name }) => name === stage);
    if (target === undefined) throw new Error(`the bundle has no target ${stage}`);
    const about = { store, aptRoot, target, admission, decisions: [], acceptGaps: true, context };
    await applyBaseline(stored, { ...about, action: 'apply' });
  });
  const version = await runInRoot(root, 'apt-get', '--version');
  const words = ['-q', '-y', '-V', '--allow-remove-essential', '--allow-downgrades'];
  const plan = parseAptPlan(await runInRoot(root, 'apt-get', ...words, '--print-uris', 'dist-upgrade'));
  const missing: string[] = [];
  for (const uri of plan.files) {
    const path = decodeURIComponent(uri.replace(/^file:\/*/, '/'));
    const isThere = await stat(join(root, path)).then(
      (one) => one.isFile(),
      () => false,
    );
    if (!isThere || !path.startsWith('/var/lib/pommgr/baselines/way-1/')) missing.push(uri);
  }
  const dpkg = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];
  await runInRoot(root, 'apt-get', '-qq', '-y', ...dpkg, 'dist-upgrade');
  return { apt: version.split(' ')[1] ?? '', plan, missing, installed: await versionsInRoot(root) };
}

function proofOf(stage: string): HostProof {
  const target = proof.targets.find((one) => one.target === stage);
  const host = target?.hosts.find((one) => one.host !== null);
  if (host === undefined) throw new Error(`the proof has no host for ${stage}`);
  return host;
}

describe.each(upgradeStages)('%s', (stage) => {
  it("is planned by the host's apt as it was proven online", () => {
    const { plan } = taken.get(stage) as Taken;
    const { files: _, refusal, ...lists } = plan;
    expect(refusal).toBeNull();
    const job = proofOf(stage).jobs.find(({ job: name }) => name === 'upgrade');
    expect(job).toEqual({
      ...{ job: 'upgrade', outcome: 'same', plan: digestOf(lists) },
      ...{ install: plan.install.length, upgrade: plan.upgrade.length, remove: plan.remove.length },
    });
  });

  it('takes its files from the bundle alone', () => {
    const { plan, missing } = taken.get(stage) as Taken;
    expect(plan.files.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});

it('ends at the versions of the last stage, after the apt of both releases', () => {
  expect(upgradeStages.map((stage) => taken.get(stage)?.apt.split('.')[0])).toEqual(['2', '2', '2', '3']);
  const versions = upgradeStages.map((stage) =>
    taken.get(stage)?.installed.filter((line) => /^(?:pve-manager|proxmox-ve|ceph-osd|libc6) /.test(line)),
  );
  expect(versions).toEqual([
    ['ceph-osd 18.2.7-pve1', expect.stringMatching(/^libc6 2\.36/), 'proxmox-ve 8.4.0', 'pve-manager 8.4.21'],
    ['ceph-osd 19.2.3-pve2', expect.stringMatching(/^libc6 2\.36/), 'proxmox-ve 8.4.0', 'pve-manager 8.4.21'],
    ['ceph-osd 19.2.3-pve4', expect.stringMatching(/^libc6 2\.41/), 'proxmox-ve 9.2.0', 'pve-manager 9.2.11'],
    ['ceph-osd 20.2.2-pve1', expect.stringMatching(/^libc6 2\.41/), 'proxmox-ve 9.2.0', 'pve-manager 9.2.11'],
  ]);
});

it('says from which stage each proof starts, and that nothing stands against it', () => {
  expect(proof.targets.map(({ target, stage }) => [target, stage])).toEqual([
    ['pve-8', { way: 'pve-8-to-9', number: 1, kind: 'last' }],
    ['pve-8-squid', { way: 'pve-8-to-9', number: 2, kind: 'ceph' }],
    ['pve-9', { way: 'pve-8-to-9', number: 3, kind: 'release' }],
    ['pve-9-tentacle', { way: 'pve-8-to-9', number: 4, kind: 'ceph' }],
  ]);
  expect(upgradeStages.map((stage) => proofOf(stage).after)).toEqual([
    ...[undefined, 'pve-8', 'pve-8-squid', 'pve-9'],
  ]);
  expect(upgradeStages.flatMap((stage) => proofOf(stage).hindrances ?? [])).toEqual([]);
  const minor = (version: string | undefined): string | undefined =>
    version?.split('.').slice(0, 2).join('.');
  expect(
    proof.targets.map(({ aptVersion, upgradeAptVersion }) => [minor(aptVersion), minor(upgradeAptVersion)]),
  ).toEqual([
    ['2.6', undefined],
    ['2.6', undefined],
    ['3.0', '2.6'],
    ['3.0', undefined],
  ]);
  expect(lockProofText(proof.targets)).toMatch(
    /^Closure of pve-9 \(stage 3 of pve-8-to-9\): .* Judged by apt 3\.0\S+, the change of release by apt 2\.6\S+\.$/m,
  );
});

it('refuses a root without an apt', async () => {
  await expect(findAptProgram(await scratchDirectory())).rejects.toMatchObject({
    code: 'config.apt-root',
    message: expect.stringContaining('has no apt that runs on this machine: there is no dynamic loader'),
  });
});

it('carries the way in the baseline, and explains packages by stage', async () => {
  const { content } = await readBaseline(join(site.directory, 'state'), 'way-1');
  expect(content.upgrades).toEqual([{ name: 'pve-8-to-9', stages: [...upgradeStages] }]);
  const explained = await closureExplain(site.configFile, { name: 'libssl3t64', host: 'bookworm-host' });
  expect(closureExplainText(explained)).toMatch(
    /^libssl3t64 \S+ amd64, target pve-9 \(stage 3 of pve-8-to-9\), bookworm-host:\n {2}apt 3\S+ amd64 is installed; depends on libssl3t64 /m,
  );
});
