/**
 * What a host sees of a baseline that `init --from-apt` began is what its apt would have seen of the same sources:
 * NotAutomatic suites and Default-Release, with mirrors that are whole and filtered. apt is asked each time.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { initConfig } from '../../src/init/workflows/init.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { aptWithoutNetwork, createHost, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { createRepository } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch.ts';

interface Site {
  /** The sources that a host would have by itself. */
  sources: string;
  key: SigningPublicKey;
  configFile: string;
  /** Takes a snapshot and packs it; `edit` changes the config that init wrote. */
  bring(edit?: (config: string) => string): Promise<{ media: string; warnings: string[] }>;
}

let site: Site;

beforeAll(async () => {
  const upstream = join(await scratchDirectory(), 'debian');
  const signer = await createSigningIdentity({ name: 'Upstream' });
  const build = (name: string, ...versions: string[]) =>
    Promise.all(versions.map((version) => buildPackage({ name, version })));
  const publish = async (suite: string, packages: Awaited<ReturnType<typeof build>>, header = '') => {
    await createRepository({
      directory: upstream,
      suite,
      components: { main: packages },
      signers: [signer],
      editRelease: (text) => text.replace('Architectures:', `${header}Architectures:`),
    });
  };
  await publish('bookworm', [...(await build('tool', '1.0', '1.5')), ...(await build('plain', '1.0'))]);
  await publish(
    'bookworm-backports',
    [...(await build('tool', '2.1~bpo1', '2.2~bpo1')), ...(await build('only', '1.0~bpo1'))],
    'NotAutomatic: yes\nButAutomaticUpgrades: yes\n',
  );
  await publish(
    'experimental',
    [...(await build('tool', '3.0')), ...(await build('new', '3.0'))],
    'NotAutomatic: yes\n',
  );
  const sources = ['bookworm', 'bookworm-backports', 'experimental']
    .map((suite) => `deb [signed-by=${signer.binaryKeyring}] file:${upstream} ${suite} main\n`)
    .join('');
  site = await siteOf(sources);
});

async function siteOf(sources: string): Promise<Site> {
  const machine = await scratchDirectory();
  await writeBelow(machine, 'etc/os-release', 'VERSION_CODENAME=bookworm\n');
  await writeBelow(machine, 'etc/apt/sources.list', sources.replaceAll('signed-by=/', 'signed-by=/keys/'));
  const keyring = /signed-by=(\S+)\]/.exec(sources)?.[1] ?? '';
  await mkdir(join(machine, 'keys', keyring, '..'), { recursive: true });
  await writeFile(join(machine, 'keys', keyring), await readFile(keyring));
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const context = testContext();
  await initConfig({ context, from: { kind: 'apt', root: machine }, include: [], output: configFile });
  const written = (await readFile(configFile, 'utf8')).replace('#engine: auto', 'engine: builtin');
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  const brought = new Map<string, { media: string; warnings: string[] }>();
  return {
    sources,
    key,
    configFile,
    async bring(edit = (config) => config) {
      const config = edit(written);
      const known = brought.get(config);
      if (known !== undefined) return known;
      await writeFile(configFile, config);
      const media = await scratchDirectory();
      const bringing = testContext(`2025-06-02T00:00:0${brought.size}Z`);
      await snapshot({ configFile, context: bringing, dryRun: false, force: true });
      await pack({ configFile, media, context: bringing });
      const made = { media, warnings: bringing.warnings };
      brought.set(config, made);
      return made;
    },
  };
}

const installedVersions = [null, '0.9', '1.0', '1.5', '2.0~bpo1', '2.1~bpo1', '2.9', '4.0'];

/** apt's candidates, by the version of `tool` that is installed. */
async function candidatesByInstalled(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const version of installedVersions) {
    await pretendVersion(root, version);
    const policy = await policyOf(root, ['tool', 'only', 'new', 'plain']);
    found[version ?? 'none'] = [...policy.matchAll(/^ {2}Candidate: (.*)$/gm)]
      .map(([, name]) => name)
      .join(' ');
  }
  return found;
}

/** A cache on disk would be taken for current: the status file changes more than once a second. */
function policyOf(root: string, names: string[]): Promise<string> {
  const uncached = ['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='];
  return aptWithoutNetwork(root, ['apt-cache', 'policy', ...uncached, ...names]);
}

async function pretendVersion(root: string, version: string | null): Promise<void> {
  const stanza = `Package: tool\nStatus: install ok installed\nVersion: ${version}\nArchitecture: amd64\nMaintainer: A <a@example.invalid>\nDescription: x\n\n`;
  await writeFile(join(root, 'var/lib/dpkg/status'), version === null ? '' : stanza);
}

/** A host whose apt has the sources itself. */
async function candidatesByItself(): Promise<Record<string, string>> {
  const root = await createHost([]);
  await rm(join(root, 'etc/apt/sources.list.d/vendor.sources'));
  await writeBelow(root, 'etc/apt/sources.list', site.sources);
  await aptWithoutNetwork(root, ['apt-get', 'update']);
  return candidatesByInstalled(root);
}

describe('NotAutomatic suites', () => {
  test('are on a host what they are to apt by itself, and snapshot and apply say so', async () => {
    const { media, warnings } = await site.bring();
    const root = await createHost([site.key]);
    const context = testContext();

    await apply({ media, root, context });

    const expected = await candidatesByItself();
    expect(expected['2.0~bpo1']).toBe('2.2~bpo1 1.0~bpo1 3.0 1.0');
    expect(await candidatesByInstalled(root)).toEqual(expected);
    for (const said of [warnings, context.warnings]) {
      expect(said).toEqual([
        expect.stringMatching(
          /local-bookworm-backports.* on request and upgrades only what was installed from it/,
        ),
        expect.stringMatching(/local-experimental.* on request and upgrades nothing to its versions/),
      ]);
    }
  });

  test.each(['2.0~bpo1', '2.1~bpo1', '2.9', '4.0', '0.9', null])(
    'do not keep a host from applying that has version %s installed, again too',
    async (version) => {
      const { media } = await site.bring();
      const root = await createHost([site.key]);
      await pretendVersion(root, version);
      await apply({ media, root, context: testContext() });
      expect(await apply({ media, root, context: testContext() })).toMatchObject({ outcome: 'unchanged' });
    },
  );

  test('show what the baseline has of them and no more where a mirror is filtered', async () => {
    const { media } = await site.bring((config) =>
      config.replaceAll(/^( +)(keyring: .*)$/gm, '$1$2\n$1versions: latest'),
    );
    const root = await createHost([site.key]);
    await apply({ media, root, context: testContext() });

    const expected = await candidatesByItself();
    expect(await candidatesByInstalled(root)).toEqual(expected);
    await pretendVersion(root, null);
    const versions = await policyOf(root, ['tool']);
    expect(versions).toMatch(/2\.2~bpo1 100\n/);
    expect(versions).toMatch(/2\.1~bpo1 -1\n/);
    expect(versions).toMatch(/3\.0 1\n/);
  });

  test('are candidates where the target names them', async () => {
    const { media, warnings } = await site.bring((config) =>
      config.replace('notAutomatic: []', 'notAutomatic: [local-bookworm-backports]'),
    );
    const root = await createHost([site.key]);
    await apply({ media, root, context: testContext() });

    const found = await candidatesByInstalled(root);
    expect(found['1.0']).toBe('2.2~bpo1 1.0~bpo1 3.0 1.0');
    expect(warnings[0]).toMatch(/local-bookworm-backports.* its hosts upgrade to the versions of this suite/);
  });
});

describe('APT::Default-Release', () => {
  test.each([
    ['a release that no mirror is', 'stable', [], 'because no mirror of the baseline is that release'],
    [
      'a release whose mirror is filtered',
      'bookworm',
      ['versions: latest'],
      'packages of that release that the baseline does not hold',
    ],
  ])('is named where it would mislead apt: %s', async (_what, value, lines, message) => {
    const { media } = await site.bring((config) =>
      config.replaceAll(/^( +)(keyring: .*)$/gm, ['$1$2', ...lines].join('\n$1')),
    );
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/apt/apt.conf.d/10release', `// x\nAPT::Default-Release "${value}";\n`);

    await expect(apply({ media, root, context: testContext() })).rejects.toMatchObject({
      code: 'config.default-release',
      message: expect.stringContaining(
        `APT::Default-Release is "${value}" in /etc/apt/apt.conf.d/10release`,
      ) as unknown,
    });
    await expect(apply({ media, root, context: testContext() })).rejects.toThrow(message);
  });

  test('is said where it changes nothing, and named where it changes what apt chooses', async () => {
    const { media } = await site.bring();
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/apt/apt.conf', 'APT { Default-Release "bookworm"; };\n');
    const context = testContext();
    await apply({ media, root, context });
    expect(context.warnings).toContainEqual(
      expect.stringContaining('APT::Default-Release is "bookworm" in /etc/apt/apt.conf'),
    );

    const other = await createHost([site.key]);
    await writeBelow(other, 'etc/apt/apt.conf', 'APT::Default-Release "experimental";\n');
    await expect(apply({ media, root: other, context: testContext() })).rejects.toMatchObject({
      code: 'tool.candidates',
      hints: expect.arrayContaining([
        expect.stringContaining('APT::Default-Release is "experimental" in /etc/apt/apt.conf'),
      ]) as unknown,
    });
  });
});
