/**
 * The Ansible collection against four nodes of a cluster and a host on its own: real sshd, a Debian system each, real apt.
 * The tests are one story, in order: the baseline comes, others hold the cluster, a node is lost, runs are killed.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { installCollection, playbook, runModule, writeInventory } from '../support/ansible-run.ts';
import { createAnsibleSite, type AnsibleSite } from '../support/ansible-site.ts';
import { createSite } from '../support/offline.ts';
import { rolloutPackages } from '../support/rollout-packages.ts';

const nodes = ['pve1', 'pve2', 'pve3', 'pve4'];
const hosts = [...nodes, 'pbs1'];
let site: AnsibleSite;
let rolloutFile: string;
// One test is a rollout of five hosts with seven runs of Ansible.
vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

beforeAll(async () => {
  const [older, newer] = await Promise.all([rolloutPackages(1), rolloutPackages(2)]);
  const online = await createSite([], { components: { main: newer } });
  site = await createAnsibleSite({ nodes, others: ['pbs1'], packages: older, medium: await online.bring() });
  rolloutFile = join(site.clusterFiles, 'pommgr-rollout.json');
  await writeFile(join(site.directory, 'signing-key.pub.pem'), online.key.pem);
  await installCollection(site);
  await writeInventory(site, hosts, {
    pommgr_host_signing_keys: [join(site.directory, 'signing-key.pub.pem')],
    pommgr_host_media: ['/mnt/usb'],
    pommgr_host_lock: '/var/lib/pommgr-rollout/host.lock.json',
    pommgr_rollout_owner: 'alice@control',
    pommgr_rollout_conffile_answers: { '/etc/conf': 'package' },
    pommgr_rollout_gate_delay: 1,
    pommgr_rollout_gate_retries: 30,
    pommgr_rollout_needed_mib: 1,
    pommgr_report_directory: join(site.directory, 'collected'),
  });
  // A file that a person changed: dpkg would ask about it.
  await Promise.all(hosts.map((name) => site.onHost(name, 'echo changed >/etc/conf')));
});

beforeEach(() => {
  site.model.events.length = 0;
});

const changes = (run: { changed: Record<string, number> }) =>
  Object.values(run.changed).filter((count) => count > 0);
const versions = (name: string) => site.onHost(name, "dpkg-query -W -f '${Package} ${Version}\n' app conf");

test('in check mode the role host says what it would do, and does nothing', async () => {
  const before = await site.onHost('pbs1', 'ls -R /etc /var/lib /usr/local');

  const run = await playbook(site, 'host', { flags: ['--check', '--diff', '-v', '--limit', 'pbs1'] });

  expect(run.output).toContain('The medium can be checked once the signing keys are trusted');
  expect(run).toMatchObject({ code: 0, changed: { pbs1: 4 } });
  expect(await site.onHost('pbs1', 'ls -R /etc /var/lib /usr/local')).toBe(before);
});

test('the baseline is applied everywhere, and a second run changes nothing', async () => {
  const first = await playbook(site, 'host', { flags: ['--diff'] });

  expect(first.output).toContain('+upgrade app 1 -> 2\n');
  expect(first).toMatchObject({ code: 0, changed: Object.fromEntries(hosts.map((name) => [name, 4])) });
  const again = await playbook(site, 'host', { flags: ['--limit', 'pve1,pbs1'] });
  expect(again).toMatchObject({ code: 0, changed: { pve1: 0, pbs1: 0 } });
  const checked = await playbook(site, 'host', { flags: ['--check', '--limit', 'pbs1'] });
  expect(checked).toMatchObject({ code: 0, changed: { pbs1: 0 } });
});

test('in check mode a rollout says what it would do, and does nothing', async () => {
  const run = await playbook(site, 'rollout', { flags: ['--check', '--diff', '--limit', 'pve1,pbs1'] });

  expect(run.output).toContain('+upgrade app 1 -> 2\n');
  expect(run).toMatchObject({ code: 0, changed: { pve1: 4, pbs1: 2 } });
  expect(site.model.events).toEqual([]);
  expect(await versions('pve1')).toBe('app 1\nconf 1\n');
  expect(await readdir(site.clusterFiles)).not.toContain('pommgr-rollout.json');
});

test('nothing begins while a question of dpkg has no answer', async () => {
  const variables = { pommgr_rollout_conffile_answers: {} };
  const run = await playbook(site, 'rollout', { variables, flags: ['--limit', 'pve1'] });

  expect(run.output).toContain('dpkg would ask about /etc/conf');
  expect(run.code).toBe(2);
  expect(site.model.events).toEqual([]);
});

test('of two operators one is refused, on the same control node and on another', async () => {
  const ticks = (await readFile('/proc/self/stat', 'utf8')).split(') ')[1]?.split(' ')[19];
  const lock = join(site.directory, 'other.lock');
  await writeFile(lock, `${process.pid} ${ticks}\n`);
  const flags = ['--limit', 'pve1'];
  const here = await playbook(site, 'rollout', { variables: { pommgr_run_lock: lock }, flags });
  expect(here.output).toContain(
    `Another rollout runs on this control node already, as process ${process.pid}`,
  );
  expect(here.code).toBe(2);

  await site.onHost('pve2', 'pommgr cluster gate --node pve2 --before drain --owner bob@other --record');
  const elsewhere = await playbook(site, 'rollout', { flags });
  expect(elsewhere.output).toContain('held by bob@other');
  expect(elsewhere.output).not.toContain('RETRYING');
  expect(elsewhere.code).toBe(2);
  expect(site.model.events).toEqual([]);
  await rm(rolloutFile);
});

test('a node that does not come back stops everything, and the next one stays untouched', async () => {
  site.model.lost.push('pve3');

  const run = await playbook(site, 'rollout', { variables: { pommgr_rollout_reboot_timeout: 5 } });

  expect(run.code).not.toBe(0);
  expect(site.model.events.map(({ node, what }) => `${node} ${what}`)).toEqual([
    // As cluster plan orders them: the node that was asked comes last.
    ...['pve2 maintenance', 'pve2 postinst', 'pve2 reboot', 'pve2 active'],
    ...['pve3 maintenance', 'pve3 postinst', 'pve3 reboot'],
  ]);
  expect(await versions('pve4')).toBe('app 1\nconf 1\n');
  const again = await playbook(site, 'rollout');
  expect(again.code).not.toBe(0);
  expect(site.model.events).toHaveLength(7);

  site.model.lost.length = 0;
  await site.boot('pve3');
});

test('killed at five moments and run again, a rollout comes to the same end', async () => {
  const moments = ['pve4 maintenance', 'pve4 postinst', 'pve4 active', 'pve1 reboot', 'pbs1 reboot'];
  for (const moment of moments) {
    const run = await playbook(site, 'rollout', {
      onStart: (kill) => {
        site.model.onEvent = ({ node, what }) => {
          if (`${node} ${what}` === moment) kill();
        };
      },
    });
    expect(run, run.output).toMatchObject({ code: null });
  }
  site.model.onEvent = () => {};
  const last = await playbook(site, 'rollout');
  expect(last, last.output).toMatchObject({ code: 0 });

  expect(site.model.broken).toEqual([]);
  const counts = (what: string) =>
    hosts.map(
      (name) => site.model.events.filter((event) => event.node === name && event.what === what).length,
    );
  expect(counts('reboot')).toEqual([1, 0, 0, 1, 1]);
  expect(counts('postinst')).toEqual([1, 0, 0, 1, 1]);
  expect(site.model.nodes.filter(({ isMaintenance }) => isMaintenance)).toEqual([]);
  expect(site.model.flags).toEqual([]);
  for (const name of hosts) {
    expect(await versions(name)).toBe('app 2\nconf 2\n');
    // No file of dpkg's is left beside the one that was chosen, and no note of a flag that is still set.
    const state = await site.onHost(
      name,
      'cat /etc/conf; ls /etc/conf*; dpkg --audit; ls /var/lib/pommgr-rollout',
    );
    expect(state).toMatch(/^2\n\/etc\/conf\n(?:host\..*\n)+$/);
  }
  const { owner, nodes: steps } = JSON.parse(await readFile(rolloutFile, 'utf8')) as {
    owner: string;
    nodes: Record<string, { step: string }>;
  };
  expect(owner).toBe('alice@control');
  expect(Object.values(steps).map(({ step }) => step)).toEqual(nodes.map(() => 'back'));
});

test('after that nothing is left to do', async () => {
  const run = await playbook(site, 'rollout');

  expect(run).toMatchObject({ code: 0 });
  expect(Object.keys(run.changed).toSorted()).toEqual(hosts.toSorted());
  expect(changes(run)).toEqual([]);
  expect(site.model.events).toEqual([]);
});

test('the reports of all hosts are collected, once', async () => {
  const first = await playbook(site, 'report');
  expect(first, first.output).toMatchObject({ code: 0 });
  const names = await readdir(join(site.directory, 'collected/receipts'));
  const receipts = names.filter((name) => /^[0-9a-f]{16}-\d{8}T\d{6}Z\.json$/.test(name));
  expect(receipts).toHaveLength(hosts.length);
  expect(names.filter((name) => name !== 'rollouts')).toHaveLength(hosts.length * 4);
  const entries = await readdir(join(site.directory, 'collected/receipts/rollouts'), { recursive: true });
  expect(entries.filter((name) => name.endsWith('.json')).length).toBeGreaterThanOrEqual(nodes.length * 4);

  const again = await playbook(site, 'report', { flags: ['--limit', 'pve1,pbs1'] });
  expect(again).toMatchObject({ code: 0, changed: { pve1: 0, pbs1: 0 } });
});

test('Ceph daemons are restarted by restart-bulk where the API has it, else by hand', async () => {
  const args = { node: 'pve1', daemons: ['mon.pve1', 'osd.0', 'osd.4'] };
  const restart = () => runModule(site, 'pve1', { name: 'ceph_restart', args });
  const events = () => site.model.events.splice(0).map(({ what }) => what);

  expect(await restart()).toMatchObject({ changed: true, restarted: args.daemons });
  expect(events()).toEqual(['restart ceph-mon@pve1', 'restart-bulk --service-type osd --only-outdated 1']);
  site.model.hasBulk = false;
  await restart();
  expect(events()).toEqual(['restart ceph-mon@pve1', 'restart ceph-osd@0', 'restart ceph-osd@4']);
  expect(await runModule(site, 'pve1', { name: 'ceph_restart', args, flags: ['--check'] })).toMatchObject({
    changed: true,
  });
  expect(events()).toEqual([]);
});

test('guests that HA does not manage are moved, and no others', async () => {
  const own = site.model.guests.filter(({ node }) => node === 'pve2').map(({ vmid }) => vmid);
  site.model.unmanaged = own.slice(0, 1);
  const move = () => runModule(site, 'pve2', { name: 'move_guests', args: { node: 'pve2', target: 'pve3' } });

  expect(own.length).toBeGreaterThan(1);
  expect(await move()).toMatchObject({ changed: true, guests: own.slice(0, 1) });
  expect(site.model.guests.filter(({ node }) => node === 'pve2').map(({ vmid }) => vmid)).toEqual(
    own.slice(1),
  );
  expect(await move()).toMatchObject({ changed: false });
  site.model.unmanaged = [];
});

test('a stage of a major upgrade is done on one host after the other, killed or not', async () => {
  const program = await readFile(new URL('../support/products/upgrade-stage', import.meta.url), 'utf8');
  const some = ['pve3', 'pve4', 'pbs1'];
  for (const name of some)
    await site.onHost(
      name,
      `printf %s ${Buffer.from(program).toString('base64')} | base64 -d >/usr/local/bin/staged; chmod 755 /usr/local/bin/staged`,
    );
  const variables = {
    ...{ pommgr_upgrade_release_stage: 'first', pommgr_upgrade_release_executable: '/usr/local/bin/staged' },
    ...{ pommgr_upgrade_release_owner: 'alice@control', pommgr_upgrade_release_gate_delay: 1 },
  };
  const limit = ['--limit', some.join()];
  const events = () => site.model.events.map(({ node, what }) => `${node} ${what}`);

  const checked = await playbook(site, 'upgrade_release', { variables, flags: [...limit, '--check'] });
  expect(checked, checked.output).toMatchObject({ code: 0 });
  expect(events()).toEqual([]);
  const killed = await playbook(site, 'upgrade_release', {
    ...{ variables, flags: limit },
    onStart: (kill) => {
      site.model.onEvent = ({ node, what }) => void (`${node} ${what}` === 'pve4 stage' && kill());
    },
  });
  expect(killed.code).toBeNull();
  site.model.onEvent = () => {};
  const done = await playbook(site, 'upgrade_release', { variables, flags: limit });
  expect(done, done.output).toMatchObject({ code: 0 });

  expect(events()).toEqual([
    ...['pve3 maintenance', 'pve3 stage', 'pve3 reboot', 'pve3 active'],
    ...['pve4 maintenance', 'pve4 stage', 'pve4 reboot', 'pve4 active'],
    ...['pbs1 stage', 'pbs1 reboot'],
  ]);
  expect(site.model.broken).toEqual([]);
  const again = await playbook(site, 'upgrade_release', { variables, flags: limit });
  expect(again).toMatchObject({ code: 0, changed: { pve3: 0, pve4: 0, pbs1: 0 } });
});

test('a signing key that the host distrusts is not brought back', async () => {
  const key = await readFile(join(site.directory, 'signing-key.pub.pem'), 'utf8');
  await site.onHost(
    'pbs1',
    'cd /etc/pommgr/trusted-keys.d && for key in *.pem; do mv $key $key.distrusted; done',
  );

  const answer = await runModule(site, 'pbs1', { name: 'trusted_keys', args: { keys: [key] } });

  expect(answer).toMatchObject({
    changed: false,
    msg: expect.stringContaining('This host distrusts') as string,
  });
  const other = await runModule(site, 'pbs1', { name: 'trusted_keys', args: { keys: [`${key}x`] } });
  expect(other).toMatchObject({
    changed: false,
    msg: expect.stringContaining('cannot be trusted') as string,
  });
});
