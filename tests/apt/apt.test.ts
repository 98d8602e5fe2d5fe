import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fetchLists } from '../../src/apt/adapters/apt-lists.ts';
import { aptVersion, candidatesOf, simulateUpgrade } from '../../src/apt/adapters/apt.ts';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import { edit, fixtureStanza, outsideRoot, writeFixtureKeyring, writeSources } from '../support/apt-store.ts';

describe('a root without apt', () => {
  test('takes the lists of a store quietly, with nothing but what the sources name', async () => {
    const aptRoot = await outsideRoot();
    const stanza = await fixtureStanza(aptRoot.root, {
      acquireByHash: true,
      editRelease: (text) =>
        text + ['', '.gz'].map((form) => ` ${'0'.repeat(64)} 5 main/Contents-amd64${form}\n`).join(''),
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

  test('refuses sources without a mirror', async () => {
    const aptRoot = await outsideRoot();
    const sources = join(aptRoot.root, 'empty.sources');
    await writeFile(sources, '# nothing\n');

    await expect(fetchLists(aptRoot, { sources })).rejects.toMatchObject({ code: 'tool.apt' });
  });

  test('finds a store whose path has characters that mean something in a URI', async () => {
    const aptRoot = await outsideRoot();
    const odd = join(aptRoot.root, 'a b%41$(ARCH)#[x]+~ü');
    const stanza = await fixtureStanza(odd);
    const signedBy = join(aptRoot.root, 'k+~[1]%41#.gpg');
    await writeFixtureKeyring(signedBy);
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
