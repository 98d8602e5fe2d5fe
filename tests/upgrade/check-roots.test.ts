/** `pommgr upgrade-release check` on real roots, with apt, dpkg and stand-ins for the products' tools. */
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { readNextPackages } from '../../src/upgrade/workflows/read-next-packages.ts';
import { upgradeSteps } from '../../src/upgrade/workflows/upgrade-steps.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { serveDirectory } from '../support/http-server.ts';
import { createRepository } from '../support/repository.ts';
import UpgradeReleaseCheck from '../../src/commands/upgrade-release/check.ts';
import { systemdVersion } from '../../src/upgrade/adapters/product-facts.ts';
import type { CheckReport } from '../../src/upgrade/domain/checks/check-report.ts';
import { checkUpgrade } from '../../src/upgrade/workflows/check-upgrade.ts';
import { createHost, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';
import { toolAnswer, units } from '../support/upgrade-facts.ts';
import { install, readyRoot, writeCertificate, writeTexts, writeUnits } from '../support/upgrade-root.ts';

/** They depend on the machine under the test. */
const byMachine = ['room', 'room-boot', 'room-rrd'];
let root: string;

beforeAll(async () => {
  root = await readyRoot();
});

async function runCheck(): Promise<{ report: CheckReport; exitCode: number; found: Map<string, string> }> {
  const { stdout, exitCode } = await runCommand(UpgradeReleaseCheck, ['--root', root, '--json']);
  const { result: report } = JSON.parse(stdout) as { result: CheckReport };
  return { report, exitCode, found: new Map(report.checks.map(({ id, verdict }) => [id, verdict])) };
}

test('a host that is ready passes; what a root without a running system cannot tell is unknown', async () => {
  // The programs of a root without devices write into a file of that name.
  const tree = async () => (await treeOf(root)).filter((line) => !line.includes(' dev/null '));
  const before = await tree();
  const report = await checkUpgrade({ root, context: testContext('2026-11-28T12:00:00Z') });
  const open = report.checks.filter(({ id, verdict }) => !byMachine.includes(id) && verdict !== 'pass');
  expect(open.map(({ id, verdict, seen }) => `${id} ${verdict}: ${seen}`)).toEqual([
    'next-versions warn: no baseline of the store has a way to the new release',
    'host-name unknown: network addresses: this root does not run here',
  ]);
  expect(report).toMatchObject({
    ...{ hostName: 'pve2', products: ['pbs', 'pmg', 'pve'], phase: 'before', verdict: 'stop' },
  });
  expect(report.tools).toHaveLength(3);
  expect(await tree()).toEqual(before);
});

test('a host that is not ready fails, by what is on its disk and what its tools say', async () => {
  const agent = await buildPackage({
    name: 'agent',
    version: '1',
    files: { '/etc/agent.conf': 'shipped\n' },
    conffiles: ['/etc/agent.conf'],
  });
  await install(root, agent);
  const status = join(root, 'var/lib/dpkg/status');
  const text = await readFile(status, 'utf8');
  await writeFile(
    status,
    text
      .replace('Package: agent\nStatus: install ok', 'Package: agent\nStatus: hold ok')
      .replace(
        /(Package: agent\n(?:.+\n)*)/,
        '$1Conffiles:\n /etc/agent.conf 11111111111111111111111111111111\nDepends: absent\n',
      ),
  );
  await writeBelow(root, 'etc/agent.conf', 'ours\n');
  // Only deb822 says it: the products' own tools do not read this file.
  await writeBelow(
    root,
    'etc/apt/sources.list.d/pve.sources',
    'Types: deb\nURIs: http://download.proxmox.com/debian/pve\nSuites: trixie\nComponents: pve-no-subscription\n',
  );
  await writeBelow(
    root,
    'etc/apt/sources.list.d/vendor.list',
    'deb https://vendor.example/apt stable main\n',
  );
  await writeBelow(root, 'boot/vmlinuz-6.8.12-15-pve', 'kernel');
  await rm(join(root, 'etc/systemd/network/10-nic0.link'));
  await writeCertificate(root, 'etc/pve/nodes/pve2/pve-ssl.pem', 1024);
  await writeBelow(root, 'etc/pve/nodes/pve2/qemu-server/103.conf', 'machine: pc-i440fx-4.0\n');
  await writeBelow(root, 'etc/pve/priv/ceph/ext.conf', '[global]\n');
  await rm(join(root, 'mnt/store'), { recursive: true });
  await rm(join(root, 'var/lib/pmg/backup'), { recursive: true });
  await mkdir(join(root, 'var/lib/dkms/r8168/8.0'), { recursive: true });
  await writeUnits(root, units({ pvestatd: 'failed', chrony: 'inactive' }));
  await writeTexts(root, {
    ...{
      storages: 'glusterfs: old\n\tserver x\n',
      sysctl: 'vm.swappiness = 1\n',
      kernelPin: '6.5.13-6-pve\n',
    },
    clusterStatus: '[{"type":"cluster","nodes":1,"quorate":0},{"type":"node","name":"pve2","online":1}]',
    tasks: '[{"type":"qmigrate","node":"pve1","id":"100"}]',
    pools: '  pool: rpool\n state: DEGRADED\n',
    pve8to9: toolAnswer('FAIL: systemd-boot meta-package installed.'),
    commandLine: 'quiet systemd.unified_cgroup_hierarchy=0',
  });
  const { found, report, exitCode } = await runCheck();
  const expected = {
    fail: [
      ...[
        'held-packages',
        'apt-check',
        'source-suites',
        'certificates',
        'glusterfs',
        'zfs-pools',
        'cgroup-kernel',
      ],
      ...['quorum', 'running-tasks', 'services', 'pbs-datastores', 'pmg-backup', 'pve8to9'],
    ],
    warn: [
      ...[
        'foreign-packages',
        'changed-conffiles',
        'source-vendors',
        'running-kernel',
        'pinned-kernel',
        'sysctl',
      ],
      ...['clock', 'dkms', 'interface-names', 'machine-versions'],
    ],
  };
  for (const [verdict, ids] of Object.entries(expected))
    for (const id of ids) expect(`${id} ${found.get(id)}`).toBe(`${id} ${verdict}`);

  expect(exitCode).toBe(1);
  expect(report.verdict).toBe('stop');
  const suites = report.checks.find(({ id }) => id === 'source-suites');
  expect(suites?.seen).toContain('trixie (/etc/apt/sources.list.d/pve.sources:1)');
});

test('a source that apt cannot read is a finding, and a tool that fails is unknown', async () => {
  await writeBelow(root, 'etc/apt/sources.list.d/broken.sources', 'Types: deb\nSuites: bookworm\n');
  await rm(join(root, 'answers'), { recursive: true });
  await rm(join(root, 'etc/pve'), { recursive: true });
  const { found } = await runCheck();
  expect(found.get('source-files')).toBe('fail');
  for (const id of [
    'quorum',
    'running-tasks',
    'glusterfs',
    'roles',
    'pve8to9',
    'zfs-pools',
    'pbs-tasks',
    'pmg-database',
  ])
    expect(`${id} ${found.get(id)}`).toBe(`${id} unknown`);
});

test('a host of another release is told so', async () => {
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bullseye\n');
  const { exitCode, stderr } = await runCommand(UpgradeReleaseCheck, ['--root', root]);
  expect(exitCode).toBe(4);
  expect(stderr).toContain('found bullseye');
});

test('the version of systemd in a container is read from its files', async () => {
  const container = await scratchDirectory();
  expect(await systemdVersion(container)).toBeNull();
  await writeBelow(container, 'usr/lib/systemd/systemd', '');
  await symlink('/usr/lib', join(container, 'lib'));
  expect(await systemdVersion(container)).toBe(0);
  await writeBelow(container, 'usr/lib/systemd/libsystemd-shared-252.so', '');
  expect(await systemdVersion(container)).toBe(252);
});

test('packages of the next release are those of its stage in the store', async () => {
  const upstream = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Upstream' });
  const suites = { bookworm: ['old', 'both'], trixie: ['both', 'next'] };
  for (const [suite, names] of Object.entries(suites)) {
    const packages = await Promise.all(names.map((name) => buildPackage({ name, version: '1' })));
    await createRepository({ directory: upstream, suite, components: { main: packages }, signers: [signer] });
  }
  const server = await serveDirectory(upstream);
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const targets = Object.keys(suites).map((suite) => ({
    ...{ name: `on-${suite}`, mirrors: [suite], products: ['debian'], codename: suite },
  }));
  const config = {
    ...{ schema: 'pommgr/config/v1', track: 'site', engine: 'builtin', targets },
    mirrors: Object.keys(suites).map((suite) => ({
      ...{ id: suite, uri: server.url, suite, components: ['main'], keyring: signer.binaryKeyring },
    })),
    upgrades: [{ name: 'way', stages: ['on-bookworm', 'on-trixie'] }],
  };
  await writeFile(configFile, JSON.stringify(config));
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  const context = testContext('2025-06-02T00:00:01Z');
  const media = await scratchDirectory();
  await snapshot({ configFile, context, dryRun: false, force: true });
  await server.close();
  await pack({ configFile, media, context });
  const host = await createHost([key]);
  expect(await readNextPackages({ root: host }, { products: ['debian'] })).toBeNull();
  await apply({ media, root: host, storeOnly: true, context });

  expect(await readNextPackages({ root: host }, { products: ['debian'] })).toEqual({
    ...{ baseline: 'site-1', target: 'on-trixie', names: new Set(['both', 'next']) },
  });
  expect(await readNextPackages({ root: host }, { products: ['pve'] })).toBeNull();
  const steps = await upgradeSteps({ root: host, nodes: ['host'], format: 'text', lang: 'en', context });
  expect(steps).toMatchObject({ way: 'way', stages: ['on-bookworm', 'on-trixie'] });
  expect(steps.text).toContain('upgrade-release next on-trixie');
});
