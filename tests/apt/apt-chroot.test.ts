import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fetchLists } from '../../src/apt/adapters/apt-lists.ts';
import { candidatesOf, simulateUpgrade } from '../../src/apt/adapters/apt.ts';
import { openAptRoot, pathForApt, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { fileUri } from '../../src/apt/domain/apt-sources.ts';
import { edit, fixtureStanza, install, writePreferences, writeSources } from '../support/apt-store.ts';
import { buildChroot } from '../support/chroot.ts';

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
        uri: fileUri(pathForApt(aptRoot, stanza.directory)),
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
    const uri = fileUri(pathForApt(aptRoot, stanza.directory));
    const sources = await writeSources(aptRoot.root, [
      { ...stanza, architectures: ['amd64'], uri, signedBy: pathForApt(aptRoot, stanza.signedBy) },
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
