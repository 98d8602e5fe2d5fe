/** A small online side for tests: a repository behind an HTTP server, and a directory with a config for it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterTestFile } from './file-end.ts';
import type { Context } from '../../src/core/domain/progress.ts';
import { createSigningIdentity, type SigningIdentity } from './gpg.ts';
import { serveDirectory, type DirectoryServer } from './http-server.ts';
import { buildPackage, type BuiltPackage } from './packages.ts';
import { createRepository, type RepositoryOptions } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

const servers: DirectoryServer[] = [];

afterTestFile(async () => {
  for (const server of servers.splice(0)) await server.close();
});

export interface OnlineSite {
  /** Holds pommgr.yaml, mirror/ and state/. */
  directory: string;
  configFile: string;
  server: DirectoryServer;
  /** The repository behind it. */
  upstream: string;
  signer: SigningIdentity;
  packages: BuiltPackage[];
  /** Publishes the suite anew: other packages, a later date, a fault in the Release … */
  publish(options?: Partial<RepositoryOptions>): Promise<void>;
  /** Another machine that mirrors the same repository: a config in a new directory. */
  another(lines?: readonly string[]): Promise<{ directory: string; configFile: string }>;
}

/**
 * A suite `stable` with `alpha` 1.0 and 2.0, `beta` of architecture all and `gamma` in section `games`, and a
 * config with one mirror `test-stable`. `lines` go into the mirror's part of the config.
 */
export async function createOnlineSite(
  lines: readonly string[] = [],
  options: Partial<RepositoryOptions> = {},
): Promise<OnlineSite> {
  const upstream = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Upstream' });
  const packages = await Promise.all([
    buildPackage({ name: 'alpha', version: '1.0' }),
    buildPackage({ name: 'alpha', version: '2.0' }),
    buildPackage({ name: 'beta', version: '1:0.9-1', architecture: 'all' }),
    buildPackage({ name: 'gamma', version: '3.0', section: 'games' }),
  ]);
  const publish = async (changes: Partial<RepositoryOptions> = {}): Promise<void> => {
    const all = { components: { main: packages }, signers: [signer], ...options, ...changes };
    await createRepository({ ...all, directory: upstream });
  };
  await publish();
  const server = await serveDirectory(upstream);
  servers.push(server);
  const another = async (
    own: readonly string[] = lines,
  ): Promise<{ directory: string; configFile: string }> => {
    const directory = await scratchDirectory();
    const configFile = join(directory, 'pommgr.yaml');
    await writeFile(configFile, configText(server.url, signer, own));
    return { directory, configFile };
  };
  return { ...(await another()), server, upstream, signer, packages, publish, another };
}

function configText(uri: string, signer: SigningIdentity, lines: readonly string[]): string {
  return [
    'schema: pommgr/config/v1',
    'track: test',
    'engine: builtin',
    'download: { retries: 1, timeoutSeconds: 2 }',
    'mirrors:',
    '  - id: test-stable',
    `    uri: ${uri}`,
    '    suite: stable',
    '    components: [main]',
    `    keyring: ${signer.binaryKeyring}`,
    ...lines.map((line) => `    ${line}`),
    'targets:',
    '  - name: debian',
    '    mirrors: [test-stable]',
    '    products: [debian]',
    '    codename: bookworm',
    '',
  ].join('\n');
}

/** A context that remembers what it was told; the time is fixed. */
export function testContext(
  time = '2025-06-02T00:00:00Z',
): Context & { notes: string[]; warnings: string[] } {
  const notes: string[] = [];
  const warnings: string[] = [];
  return {
    notes,
    warnings,
    signal: new AbortController().signal,
    now: () => new Date(time),
    timestamp: () => new Date(time),
    progress: {
      step() {},
      note: (text) => void notes.push(text),
      warn: (text) => void warnings.push(text),
      meter: () => ({ add() {}, done() {} }),
    },
  };
}
