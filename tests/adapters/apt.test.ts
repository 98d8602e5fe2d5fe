import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { aptVersion, candidatesOf, fetchLists, simulateUpgrade } from '../../src/adapters/apt.ts';
import { openAptRoot, pathForApt, type AptRoot } from '../../src/adapters/apt-root.ts';
import { run } from '../../src/adapters/process.ts';
import { renderPreferences, type PinnedPackage } from '../../src/domain/apt-preferences.ts';
import { renderSources, type SourceStanza } from '../../src/domain/apt-sources.ts';
import { buildChroot } from '../support/chroot.ts';
import { createSigningIdentity, writeKeyring, type SigningIdentity } from '../support/gpg.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { createRepository, type RepositoryOptions } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch.ts';

const baseline = { name: 'fixture-1', digest: 'a'.repeat(64) };

let signer: SigningIdentity;
let packages: BuiltPackage[];

beforeAll(async () => {
  signer = await createSigningIdentity({ name: 'apt fixture', algorithm: 'rsa2048' });
  const same = { fields: { 'Multi-Arch': 'same' } };
  packages = [
    await buildPackage({ name: 'tool', version: '1:1.0+b1~rc1-2' }),
    await buildPackage({ name: 'tool', version: '1:2.0-1' }),
    await buildPackage({ name: 'data', version: '1.0', architecture: 'all' }),
    await buildPackage({ name: 'data', version: '2.0', architecture: 'all' }),
    await buildPackage({ name: 'libstdc++6', version: '1.0', ...same }),
    await buildPackage({ name: 'libstdc++6', version: '1.5', architecture: 'i386', ...same }),
    await buildPackage({ name: 'libstdc++6', version: '2.5', architecture: 'i386', ...same }),
    await buildPackage({ name: 'hidden', version: '1.0' }),
  ];
});

/** What a store below `root` has of one mirror: the keyring and the repository's files. */
async function fixtureStanza(root: string, options: Partial<RepositoryOptions> = {}): Promise<SourceStanza> {
  const directory = join(root, 'store/baselines/fixture-1/debian');
  await createRepository({
    directory,
    suite: 'trixie',
    components: { main: packages, contrib: [] },
    architectures: ['amd64', 'i386'],
    indexForms: ['xz'],
    digests: ['SHA256'],
    translation: true,
    validUntil: new Date('2025-06-08T00:00:00Z'),
    signers: [signer],
    ...options,
  });
  const keyring = join(root, 'store/keyring.gpg');
  await writeKeyring(keyring, [signer]);
  await chmod(keyring, 0o644);
  return {
    types: ['deb'],
    directory,
    suite: 'trixie',
    components: ['contrib', 'main'],
    architectures: ['amd64', 'i386'],
    signedBy: keyring,
    hasTranslations: true,
  };
}

async function writeSources(root: string, stanzas: readonly SourceStanza[]): Promise<string> {
  const path = join(root, 'store/pommgr.sources');
  await writeFile(path, renderSources({ baseline, stanzas }));
  return path;
}

async function writePreferences(root: string, candidates: readonly PinnedPackage[]): Promise<string> {
  const path = join(root, 'store/pommgr.pref');
  await writeFile(path, renderPreferences({ baseline, candidates, filtered: true }));
  return path;
}

/** A root without apt, with i386 as a foreign architecture. */
async function outsideRoot(): Promise<AptRoot> {
  const root = await scratchDirectory();
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/arch'), 'amd64\ni386\n');
  return openAptRoot(root);
}

async function install(root: string, packagesThere: readonly Partial<PinnedPackage>[]): Promise<void> {
  const stanzas = packagesThere.map(({ name, architecture = 'amd64', version }) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      'Maintainer: Nobody <nobody@example.invalid>',
      'Description: installed\n\n',
    ].join('\n'),
  );
  await writeFile(join(root, 'var/lib/dpkg/status'), stanzas.join(''));
}

describe('a root without apt', () => {
  test('takes the lists of a store quietly, with nothing but what the sources name', async () => {
    const aptRoot = await outsideRoot();
    const stanza = await fixtureStanza(aptRoot.root, {
      acquireByHash: true,
      editRelease: (text) => `${text} ${'0'.repeat(64)} 5 main/Contents-amd64.gz\n`,
    });
    await wishForContents(aptRoot.root);

    const fetched = await fetchLists(aptRoot, { sources: await writeSources(aptRoot.root, [stanza]) });

    expect(fetched).toEqual({ warnings: [] });
    const lists = (await readdir(join(aptRoot.root, 'var/lib/apt/lists'))).filter((name) =>
      name.includes('trixie'),
    );
    expect(lists.map((name) => name.slice(name.indexOf('_dists_')))).toEqual([
      '_dists_trixie_InRelease',
      '_dists_trixie_main_binary-amd64_Packages',
      '_dists_trixie_main_binary-i386_Packages',
      '_dists_trixie_main_i18n_Translation-en',
    ]);
  });

  test.each([
    { what: 'no translations in the store', options: { translation: false }, hasTranslations: false },
    { what: 'translations that the store lacks', options: {}, hasTranslations: false, without: 'i18n' },
    {
      what: 'Release with Release.gpg',
      options: { releaseForms: ['Release.gpg'] as const },
      hasTranslations: true,
    },
    {
      what: 'binary-all apart',
      options: { architectureAll: 'separate' as const },
      hasTranslations: true,
    },
    {
      what: 'only empty indices',
      options: { components: { main: [], contrib: [] } },
      hasTranslations: true,
    },
  ])('takes a store with $what', async ({ options, hasTranslations, without }) => {
    const aptRoot = await outsideRoot();
    const stanza = { ...(await fixtureStanza(aptRoot.root, options)), hasTranslations };
    if (without) await rm(join(stanza.directory, 'dists/trixie/main', without), { recursive: true });

    const fetched = await fetchLists(aptRoot, { sources: await writeSources(aptRoot.root, [stanza]) });

    expect(fetched).toEqual({ warnings: [] });
  });

  test('finds a store whose path has characters that mean something in a URI', async () => {
    const aptRoot = await outsideRoot();
    const odd = join(aptRoot.root, 'a b%41$(ARCH)#[x]+~ü');
    const stanza = await fixtureStanza(odd);
    const signedBy = join(aptRoot.root, 'k+~[1]%41#.gpg');
    await writeKeyring(signedBy, [signer]);
    await mkdir(join(aptRoot.root, 'store'), { recursive: true });
    const sources = await writeSources(aptRoot.root, [{ ...stanza, signedBy }]);

    await fetchLists(aptRoot, { sources });

    expect((await candidatesOf(aptRoot, ['hidden'], { sources })).get('hidden')?.candidate).toBe('1.0');
  });

  test('leaves the lists of other sources alone, and writes no cache for sources that are not the root’s', async () => {
    const aptRoot = await outsideRoot();
    const other = join(aptRoot.root, 'var/lib/apt/lists/other_dists_stable_InRelease');
    await writeFile(other, 'kept');
    const sources = await writeSources(aptRoot.root, [await fixtureStanza(aptRoot.root)]);

    await fetchLists(aptRoot, { sources });
    await candidatesOf(aptRoot, ['tool'], { sources });
    await simulateUpgrade(aptRoot, { sources });

    expect(await readFile(other, 'utf8')).toBe('kept');
    expect(await readdir(join(aptRoot.root, 'var/cache/apt'))).toEqual(['archives']);
  });

  test('reads no configuration and changes no file of the machine', async () => {
    const aptRoot = await outsideRoot();
    const sources = await writeSources(aptRoot.root, [await fixtureStanza(aptRoot.root)]);
    const places = ['/var/lib/apt/lists', '/var/cache/apt', '/var/lib/dpkg', '/etc/apt'];
    const before = await run('find', [...places, '-printf', '%p %T@ %s\\n']);

    await fetchLists(aptRoot, { sources });
    const found = await candidatesOf(aptRoot, ['dpkg', 'tool'], { sources });
    await simulateUpgrade(aptRoot, { sources });

    expect([...found.keys()]).toEqual(['tool']);
    expect((await run('find', [...places, '-printf', '%p %T@ %s\\n'])).stdout).toBe(before.stdout);
  });

  test.each([
    { what: 'fresh', fetchFirst: false },
    { what: 'with lists of before', fetchFirst: true },
  ])('refuses a Release file whose signature is wrong, $what', async ({ fetchFirst }) => {
    const aptRoot = await outsideRoot();
    const stanza = await fixtureStanza(aptRoot.root, { releaseForms: ['InRelease'] });
    const sources = await writeSources(aptRoot.root, [stanza]);
    if (fetchFirst) await fetchLists(aptRoot, { sources });
    await edit(join(stanza.directory, 'dists/trixie/InRelease'), (text) =>
      text.replace('Fixture', 'Changed'),
    );

    await expect(fetchLists(aptRoot, { sources })).rejects.toMatchObject({
      code: 'tool.apt',
      message: expect.stringMatching(/signature/i),
    });
  });

  test('refuses an older Release file at a URI that apt knows, which apt passes over with exit code 0', async () => {
    const aptRoot = await outsideRoot();
    const sources = await writeSources(aptRoot.root, [
      await fixtureStanza(aptRoot.root, { date: new Date('2025-07-01T00:00:00Z') }),
    ]);
    await fetchLists(aptRoot, { sources });
    await fixtureStanza(aptRoot.root, { date: new Date('2025-06-01T00:00:00Z') });

    await expect(fetchLists(aptRoot, { sources })).rejects.toMatchObject({
      code: 'tool.apt',
      message: expect.stringContaining('has not taken'),
    });
  });

  test.each([
    { what: 'another index', damage: (text: string) => text.replace('tool', 'fool') },
    { what: 'no index', damage: undefined },
  ])('refuses a store with $what than Release says', async ({ damage }) => {
    const aptRoot = await outsideRoot();
    const stanza = await fixtureStanza(aptRoot.root, { indexForms: ['gz'] });
    const index = join(stanza.directory, 'dists/trixie/main/binary-amd64/Packages.gz');
    if (damage === undefined) await rm(index);
    else await edit(index, () => damage('tool'));

    await expect(
      fetchLists(aptRoot, { sources: await writeSources(aptRoot.root, [stanza]) }),
    ).rejects.toMatchObject({ code: 'tool.apt', message: expect.stringContaining('Packages') });
  });
});

describe('preferences', () => {
  const candidates: PinnedPackage[] = [
    { name: 'data', architecture: 'all', version: '1.0' },
    { name: 'libstdc++6', architecture: 'amd64', version: '1.0' },
    { name: 'libstdc++6', architecture: 'i386', version: '1.5' },
    { name: 'tool', architecture: 'amd64', version: '1:1.0+b1~rc1-2' },
  ];

  async function pinnedRoot(pinned = candidates) {
    const aptRoot = await outsideRoot();
    const sources = await writeSources(aptRoot.root, [await fixtureStanza(aptRoot.root)]);
    const preferences = await writePreferences(aptRoot.root, pinned);
    await fetchLists(aptRoot, { sources, preferences });
    return { aptRoot, files: { sources, preferences } };
  }

  test('show the candidates, by architecture, and nothing else', async () => {
    const { aptRoot, files } = await pinnedRoot();

    const found = await candidatesOf(
      aptRoot,
      ['data', 'libstdc++6', 'libstdc++6:i386', 'tool:amd64', 'hidden', 'nowhere', 'g++'],
      files,
    );

    expect(Object.fromEntries(found)).toEqual({
      data: { installed: null, candidate: '1.0' },
      'libstdc++6': { installed: null, candidate: '1.0' },
      'libstdc++6:i386': { installed: null, candidate: '1.5' },
      tool: { installed: null, candidate: '1:1.0+b1~rc1-2' },
      hidden: { installed: null, candidate: null },
    });
  });

  test('match a package of architecture all that is named by the native architecture', async () => {
    const { aptRoot, files } = await pinnedRoot([{ name: 'data', architecture: 'amd64', version: '1.0' }]);

    expect((await candidatesOf(aptRoot, ['data'], files)).get('data')?.candidate).toBe('1.0');
  });

  test('leave installed packages in place: unknown ones stay, newer ones are not downgraded', async () => {
    const { aptRoot, files } = await pinnedRoot();
    await install(aptRoot.root, [
      { name: 'local', version: '1.0' },
      { name: 'hidden', version: '0.1' },
      { name: 'data', version: '1.5', architecture: 'all' },
      { name: 'tool', version: '1:0.9' },
    ]);

    const plan = await simulateUpgrade(aptRoot, files);

    const upgrade = [{ name: 'tool', architecture: 'amd64', from: '1:0.9', to: '1:1.0+b1~rc1-2' }];
    expect(plan).toEqual({ install: [], upgrade, downgrade: [], remove: [] });
    const found = await candidatesOf(aptRoot, ['local', 'data'], files);
    expect(found.get('local')).toEqual({ installed: '1.0', candidate: '1.0' });
    expect(found.get('data')).toEqual({ installed: '1.5', candidate: '1.5' });
  });

  test('hide what other file: sources have', async () => {
    const { aptRoot, files } = await pinnedRoot();
    const extra = await buildPackage({ name: 'extra', version: '1.0' });
    const other = await fixtureStanza(join(aptRoot.root, 'other'), { components: { main: [extra] } });
    const sources = await writeSources(aptRoot.root, [{ ...other, components: ['main'] }]);
    await fetchLists(aptRoot, { sources });

    const shown = await candidatesOf(aptRoot, ['extra'], { sources });
    const hidden = await candidatesOf(aptRoot, ['extra'], { ...files, sources });
    expect(shown.get('extra')?.candidate).toBe('1.0');
    expect(hidden.get('extra')?.candidate).toBeNull();
  });
});

describe('a root with apt', () => {
  let aptRoot: AptRoot;

  beforeAll(async () => {
    aptRoot = await openAptRoot(await buildChroot());
  });

  test('uses that apt, on paths of the root', async () => {
    const stanza = await fixtureStanza(aptRoot.root, { architectures: ['amd64'] });
    const sources = await writeSources(aptRoot.root, [
      {
        ...stanza,
        architectures: ['amd64'],
        directory: pathForApt(aptRoot, stanza.directory),
        signedBy: pathForApt(aptRoot, stanza.signedBy),
      },
    ]);
    const preferences = await writePreferences(aptRoot.root, [
      { name: 'tool', architecture: 'amd64', version: '1:1.0+b1~rc1-2' },
    ]);
    await install(aptRoot.root, [{ name: 'tool', version: '1:0.9' }]);

    expect(aptRoot.kind).toBe('chroot');
    expect(await fetchLists(aptRoot, { sources })).toEqual({ warnings: [] });
    expect((await candidatesOf(aptRoot, ['tool'], { sources, preferences })).get('tool')).toEqual({
      installed: '1:0.9',
      candidate: '1:1.0+b1~rc1-2',
    });
    const plan = await simulateUpgrade(aptRoot, { sources, preferences });
    expect(plan.upgrade.map(({ to }) => to)).toEqual(['1:1.0+b1~rc1-2']);
    expect(await readdir(join(aptRoot.root, 'store'))).toContain('pommgr.sources');
  });

  test('refuses a Release file whose signature is wrong', async () => {
    const stanza = await fixtureStanza(aptRoot.root, {
      architectures: ['amd64'],
      releaseForms: ['InRelease'],
    });
    const directory = pathForApt(aptRoot, stanza.directory);
    const sources = await writeSources(aptRoot.root, [
      { ...stanza, architectures: ['amd64'], directory, signedBy: pathForApt(aptRoot, stanza.signedBy) },
    ]);
    await edit(join(stanza.directory, 'dists/trixie/InRelease'), (text) => text.replace('Fixture', 'X'));

    await expect(fetchLists(aptRoot, { sources })).rejects.toMatchObject({ code: 'tool.apt' });
  });

  test('cannot be given a store beyond the root', () => {
    expect(() => pathForApt(aptRoot, dirname(aptRoot.root))).toThrow(
      expect.objectContaining({ code: 'config.store' }),
    );
  });
});

test('the machine itself answers with its own packages', async () => {
  const aptRoot = await openAptRoot('/');

  expect(aptRoot.kind).toBe('host');
  expect(await aptVersion(aptRoot)).toMatch(/^\d+\.\d+/);
  const dpkg = await run('dpkg-query', ['--show', '--showformat=${Version}', 'dpkg']);
  expect((await candidatesOf(aptRoot, ['dpkg'])).get('dpkg')?.installed).toBe(dpkg.stdout);
});

/** As the packages apt-file and appstream do it. */
async function wishForContents(root: string): Promise<void> {
  const target = 'Acquire::IndexTargets::deb::Contents-deb';
  await writeFile(
    join(root, 'etc/apt/apt.conf.d/50contents'),
    `${target}::MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";\n${target}::ShortDescription "Contents";\n`,
  );
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}
