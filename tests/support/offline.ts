/** Both sides of a site for tests: an online side that packs real bundles, and hosts as scratch roots. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAptRoot, prepareAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext, type OnlineSite } from './online.ts';
import type { BuiltPackage } from './packages.ts';
import type { RepositoryOptions } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

export interface Site extends OnlineSite {
  key: SigningPublicKey;
  /** Takes a snapshot, packs it into a new medium, and returns that. */
  bring(): Promise<string>;
}

/** `lines` go into the mirror's part of the config. */
export async function createSite(
  lines: readonly string[] = [],
  options: Partial<RepositoryOptions> = {},
): Promise<Site> {
  const online = await createOnlineSite(lines, options);
  const key = await createSigningKey(join(online.directory, 'signing-key.pem'));
  const { configFile } = online;
  let brought = 0;
  return {
    ...online,
    key,
    async bring() {
      const media = await scratchDirectory();
      brought += 1;
      const context = testContext(`2025-06-02T00:00:${String(brought).padStart(2, '0')}Z`);
      await snapshot({ configFile, context, dryRun: false, force: true });
      await pack({ configFile, media, context });
      return media;
    },
  };
}

/** A Debian 12 host without packages that trusts these keys and has sources of its own. */
export async function createHost(keys: readonly SigningPublicKey[]): Promise<string> {
  const root = await scratchDirectory();
  await prepareAptRoot(await openAptRoot(root));
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.1/debian bookworm main\n');
  await writeBelow(
    root,
    'etc/apt/sources.list.d/vendor.sources',
    'Types: deb\nURIs: http://192.0.2.2/vendor\nSuites: stable\nComponents: main\n',
  );
  for (const key of keys) await addTrustedKey(trustedKeysDirectory(root), key);
  return root;
}

/** Marks a package as installed there, without its files. */
export async function pretendInstalled(root: string, { control }: BuiltPackage): Promise<void> {
  const stanza = control.replace(/^Version:/m, 'Status: install ok installed\nVersion:');
  await writeFile(join(root, 'var/lib/dpkg/status'), `${stanza}\n\n`, { flag: 'a' });
}

export async function writeBelow(root: string, path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Runs apt on a scratch root in a network namespace of its own: only `file:` can be reached. */
export async function aptWithoutNetwork(
  root: string,
  command: readonly string[],
  accept: readonly number[] = [0],
): Promise<string> {
  return await runApt(root, ['unshare', '-n', '--', ...command], accept);
}

/** Runs apt on a scratch root: servers on loopback can be reached. */
export async function aptWithLoopback(root: string, command: readonly string[]): Promise<string> {
  return await runApt(root, command, [0]);
}

async function runApt(
  root: string,
  [program = '', ...args]: readonly string[],
  accept: readonly number[],
): Promise<string> {
  const configuration = join(await scratchDirectory(), 'apt.conf');
  const text = [
    `Dir "${root}/";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "root";',
  ];
  await writeFile(configuration, `${text.join('\n')}\n`);
  const { stdout, stderr } = await run(program, args, {
    env: { APT_CONFIG: configuration, no_proxy: '127.0.0.1' },
    cwd: await scratchDirectory(),
    accept,
  });
  return `${stdout}${stderr}`;
}

/** A copy of a medium that a test may spoil. */
export async function copyMedium(media: string): Promise<string> {
  const copy = join(await scratchDirectory(), 'medium');
  await cp(media, copy, { recursive: true });
  return copy;
}

/** The records of a host's audit log, in order. */
export async function readAudit(root: string): Promise<{ action: string; baseline: string }[]> {
  const text = await readFile(join(root, 'var/lib/pommgr/audit.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string; baseline: string });
}
