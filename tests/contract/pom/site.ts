/**
 * A directory that stands for the recorded `/srv/pomtest`, with the repository's server and POM on the path: the
 * stand-in, or real binaries that POMMGR_TEST_POM and POMMGR_TEST_POM_HELPER name.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { run, type RunResult } from '../../../src/core/adapters/process.ts';
import { createSigningIdentity, type SigningIdentity } from '../../support/gpg.ts';
import { type DirectoryServer, serveDirectory } from '../../support/http-server.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { type Stage, writeStage } from './repository-stages.ts';

const standIn = fileURLToPath(new URL('../../support/pom/', import.meta.url));
const realPom = process.env['POMMGR_TEST_POM'];
const realHelper = process.env['POMMGR_TEST_POM_HELPER'];
const sshKey = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC root@fixture\n';

/** The host's id as POM makes it from the host key above. */
export const serverId = createHash('md5').update(sshKey).digest('hex').toUpperCase();
const isReal = realPom !== undefined && realHelper !== undefined;

export interface Site {
  root: string;
  server: DirectoryServer;
  good: SigningIdentity;
  other: SigningIdentity;
  /** Ports where nobody listens. */
  closedPorts: number[];
  /** Actual name of each recorded snapshot. */
  snapshotNames: Map<string, string>;
  stage(stage: Stage): Promise<void>;
  /** A new second for what is named after it. */
  tick(): Promise<void>;
  /** Runs a shell command in the root; any exit code is an answer. */
  shell(command: string): Promise<RunResult>;
  /** Runs `proxmox-offline-mirror`, which must succeed. */
  pom(command: string): Promise<string>;
  path(...parts: string[]): string;
  /** Registers what `cleanUp` does, at the latest when the file has ended. */
  onCleanUp(undo: () => void): void;
  cleanUp(): Promise<void>;
  /** What the environment of a command holds beside ours. */
  environment(): Record<string, string>;
}

/** Sets everything up; the server ends with the test file. */
export async function createSite(): Promise<Site> {
  const root = await scratchDirectory();
  const [good, other] = await identities();
  await mkdir(join(root, 'repo'));
  const server = await serveDirectory(join(root, 'repo'));
  const undos: (() => void)[] = [];
  let seconds = Math.floor(Date.now() / 1000) - 100_000;
  const binaries = await linkBinaries(root);
  await writeMachines(root);
  const environment = () => ({
    PATH: `${binaries}:${process.env['PATH'] ?? ''}`,
    ...(isReal ? {} : { POM_STANDIN_TIME: String(seconds), POM_STANDIN_ROOT: join(root, 'machines/bare') }),
  });
  const shell = async (command: string) =>
    await run('bash', ['-c', command], { cwd: root, env: environment(), accept: anyExitCode });
  return {
    root,
    server,
    good,
    other,
    closedPorts: [await closedPort(), await closedPort()],
    snapshotNames: new Map(),
    stage: async (stage) => await writeStage(stage, join(root, 'repo'), good),
    async tick() {
      seconds += 1;
      if (isReal) await sleep(1000 - (Date.now() % 1000) + 20);
    },
    shell,
    async pom(command) {
      const result = await shell(`proxmox-offline-mirror ${command}`);
      if (result.exitCode !== 0)
        throw new Error(`${command}: ${result.exitCode}\n${result.stdout}${result.stderr}`);
      return result.stdout;
    },
    onCleanUp(undo) {
      undos.push(undo);
    },
    async cleanUp() {
      for (const undo of undos.splice(0)) undo();
    },
    path: (...parts) => join(root, ...parts),
    environment,
  };
}

let known: [SigningIdentity, SigningIdentity] | undefined;

/** The repository's signer and a stranger; the same for all sites of a test file. */
async function identities(): Promise<[SigningIdentity, SigningIdentity]> {
  known ??= [await createSigningIdentity({ name: 'good' }), await createSigningIdentity({ name: 'other' })];
  return known;
}

const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

async function linkBinaries(root: string): Promise<string> {
  const directory = join(root, 'bin');
  await mkdir(directory);
  const names = ['proxmox-offline-mirror', 'proxmox-offline-mirror-helper'] as const;
  const targets = isReal ? [resolve(realPom), resolve(realHelper)] : names.map((name) => standIn + name);
  for (const [index, name] of names.entries()) await symlink(targets[index] ?? '', join(directory, name));
  return directory;
}

/**
 * The three machines of the recordings: without a host key, with one but no product (`inns.sh`), and with the products'
 * commands and Proxmox' key (`inns2.sh`). A real POM sees them in a mount namespace without a network.
 */
async function writeMachines(root: string): Promise<void> {
  for (const name of ['bare', 'host', 'product']) {
    const machine = join(root, 'machines', name);
    await mkdir(join(machine, 'usr/share/keyrings'), { recursive: true });
    await mkdir(join(machine, 'etc/ssh'), { recursive: true });
    if (name !== 'bare') await writeFile(join(machine, 'etc/ssh/ssh_host_rsa_key.pub'), sshKey);
    const script = join(root, { bare: 'bare.sh', host: 'inns.sh', product: 'inns2.sh' }[name] ?? name);
    const mounts = ['etc/ssh', 'usr/share/keyrings'].map(
      (path) => `mount --bind ${machine}/${path} /${path}`,
    );
    const products = name === 'product' ? `PATH=${root}/products:$PATH; export PATH\n` : '';
    const enter = isReal
      ? `exec unshare -mn sh -c '${mounts.join(' && ')} && exec "$@"' sh "$@"`
      : `POM_STANDIN_ROOT=${machine} exec "$@"`;
    await writeFile(script, `#!/bin/sh\n${products}${enter}\n`);
    await chmod(script, 0o755);
  }
  await writeProducts(join(root, 'products'), root);
}

async function writeProducts(directory: string, root: string): Promise<void> {
  await mkdir(directory);
  for (const name of ['pvesubscription', 'proxmox-backup-manager', 'pmgsubscription']) {
    const lines = [
      '#!/bin/sh',
      `{ printf '%s' "\${0##*/}"; printf ' [%s]' "$@"; echo; } >>'${root}/arglog'`,
      '[ -z "$FAKE_OUT" ] || echo "$FAKE_OUT"',
      '[ -z "$FAKE_ERR" ] || echo "$FAKE_ERR" >&2',
      'exit "${FAKE_RC:-0}"',
    ];
    await writeFile(join(directory, name), `${lines.join('\n')}\n`);
    await chmod(join(directory, name), 0o755);
  }
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Faults of the server for the rest of one test. */
export function withFaults(site: Site, faults: DirectoryServer['faults']): void {
  Object.assign(site.server.faults, faults);
  onTestFinished(() => {
    for (const path of Object.keys(faults)) delete site.server.faults[path];
  });
}
