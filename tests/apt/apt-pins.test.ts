import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fetchLists } from '../../src/apt/adapters/apt-lists.ts';
import { candidatesOf, simulateUpgrade } from '../../src/apt/adapters/apt.ts';
import type { PinnedPackage } from '../../src/apt/domain/apt-preferences.ts';
import { fixtureStanza, install, outsideRoot, writePreferences, writeSources } from '../support/apt-store.ts';
import { buildPackage } from '../support/packages.ts';

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
    expect(plan).toEqual({ jumps: [], install: [], upgrade, downgrade: [], remove: [] });
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
