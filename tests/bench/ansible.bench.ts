/**
 * A rollout by Ansible, killed at 60 moments and run again each time: whatever the moment, no node is taken out while
 * another is, and each rollout comes to the same end. POMMGR_BENCH_KILLS chooses another number.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { installCollection, playbook, writeInventory } from '../support/ansible-run.ts';
import { createAnsibleSite, type AnsibleSite } from '../support/ansible-site.ts';
import { createSite } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { rolloutPackages } from '../support/rollout-packages.ts';
import { scratchDirectory } from '../support/scratch.ts';

const wanted = Number(process.env['POMMGR_BENCH_KILLS'] ?? '60');
const nodes = ['pve1', 'pve2', 'pve3', 'pve4'];
const hosts = [...nodes, 'pbs1'];

/** A rollout takes a minute on a quiet machine, and each run after a kill some seconds more. */
const options = { timeout: 3 * 3_600_000 };

it('comes to the same end whenever it is killed', options, async () => {
  const online = await createSite([], { components: { main: await rolloutPackages(1) } });
  const medium = await scratchDirectory();
  const site = await createAnsibleSite({
    nodes,
    others: ['pbs1'],
    packages: await rolloutPackages(1),
    medium,
  });
  const key = join(site.directory, 'signing-key.pub.pem');
  await writeFile(key, online.key.pem);
  await installCollection(site);
  await writeInventory(site, hosts, {
    ...{ pommgr_host_signing_keys: [key], pommgr_host_media: ['/mnt/usb'] },
    ...{ pommgr_rollout_owner: 'alice@control', pommgr_rollout_needed_mib: 1 },
    ...{ pommgr_rollout_gate_delay: 1, pommgr_rollout_gate_retries: 60 },
  });
  await mkdir(join(site.directory, 'logs'));
  let kills = 0;
  let state = 1;
  for (let version = 2; kills < wanted; version += 1) {
    await online.publish({
      date: new Date(Date.UTC(2025, 6, version)),
      components: { main: await rolloutPackages(version) },
    });
    const context = testContext(new Date(Date.UTC(2025, 7, version)).toISOString());
    await snapshot({ configFile: online.configFile, context, dryRun: false, force: true });
    await pack({ configFile: online.configFile, media: medium, context });
    expect(await playbook(site, 'host')).toMatchObject({ code: 0 });
    for (let isDone = false; !isDone; ) {
      state = (state * 48_271) % 2_147_483_647;
      const afterMs = 2000 + (state % 38_000);
      const isLast = kills >= wanted;
      const run = await playbook(site, 'rollout', {
        onStart: (kill) => void (isLast ? undefined : setTimeout(kill, afterMs)),
      });
      isDone = run.code === 0;
      if (run.code === null) kills += 1;
      else expect(run.code, run.output).toBe(0);
    }
    await checkEnd(site, version);
    console.log(`baseline ${version - 1}: ${kills} kills so far`);
  }
  expect(kills).toBe(wanted);
});

async function checkEnd(site: AnsibleSite, version: number): Promise<void> {
  expect(site.model.broken).toEqual([]);
  expect(site.model.flags).toEqual([]);
  expect(site.model.nodes.filter(({ isMaintenance }) => isMaintenance)).toEqual([]);
  expect(site.model.nodes.map(({ boots }) => boots)).toEqual(nodes.map(() => version));
  for (const name of hosts)
    expect(await site.onHost(name, "dpkg-query -W -f '${Version}' app; dpkg --audit")).toBe(String(version));
  const { nodes: steps } = JSON.parse(
    await readFile(join(site.clusterFiles, 'pommgr-rollout.json'), 'utf8'),
  ) as { nodes: Record<string, { step: string }> };
  expect(Object.values(steps).map(({ step }) => step)).toEqual(nodes.map(() => 'back'));
}
