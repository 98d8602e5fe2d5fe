/** An entry that is switched off in the web interface leaves a file in the place of our link: known, said, mended. */
import { lstat, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parseSources } from '../../src/apt/domain/apt-sources.ts';
import { sameSources } from '../../src/apt/domain/same-sources.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { detach } from '../../src/host/workflows/detach.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { statusText } from '../../src/host/ui/status-text.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
const sources = 'etc/apt/sources.list.d/pommgr.sources';
let site: Site;
let first: string;
let second: string;

beforeAll(async () => {
  site = await createSite(['versions: latest']);
  first = await site.bring();
  await site.publish({ date: new Date('2025-06-02T00:00:00Z') });
  second = await site.bring();
});

/** As the panel writes it: no comments, an order of its own, `Enabled` first, a new file in the link's place. */
async function toggle(root: string, enabled: 'false' | 'true'): Promise<string> {
  const text = await readFile(join(root, sources), 'utf8');
  const stanzas = text.split('\n\n').filter((stanza) => stanza.includes('Types:'));
  const written = stanzas.map((stanza) => {
    const fields = stanza.trim().split('\n').toReversed();
    return [`Enabled: ${enabled}`, ...fields].join('\n');
  });
  await rm(join(root, sources));
  await writeFile(join(root, sources), `${written.join('\n\n')}\n`);
  return readFile(join(root, sources), 'utf8');
}

async function toggledHost(enabled: 'false' | 'true' = 'false'): Promise<{ root: string; text: string }> {
  const root = await createHost([site.key]);
  await apply({ media: first, root, context });
  return { root, text: await toggle(root, enabled) };
}

async function expectLink(root: string, text: string): Promise<void> {
  expect(await readlink(join(root, sources))).toMatch(/current\/pommgr\.sources$/);
  expect(await readFile(join(root, `${sources}.pommgr.replaced`), 'utf8')).toBe(text);
}

test.each(['false', 'true'] as const)('with Enabled %s, status and doctor tell of it', async (enabled) => {
  const { root } = await toggledHost(enabled);
  const before = await treeOf(join(root, 'etc'));

  const host = await hostStatus({ root });
  const { checks } = await doctor({ root, deep: false, repair: false, context });

  expect(host?.replacedSources).toEqual({
    path: `/${sources}`,
    disabled: enabled === 'true' ? [] : [`file://${root}/var/lib/pommgr/baselines/test-1/test-stable`],
  });
  expect(statusText({ online: null, host: host ?? null })).toMatch(
    /was replaced by a file[\s\S]*doctor --repair/,
  );
  expect(checks.find(({ name }) => name === 'apt')?.problems).toMatchObject([
    { what: expect.stringContaining('was replaced by a file') as string, hint: /--repair/ },
  ]);
  expect(await treeOf(join(root, 'etc'))).toEqual(before);
});

test.each([
  ['doctor --repair', (root: string) => doctor({ root, deep: false, repair: true, context }), 'test-1'],
  ['the same apply again', (root: string) => apply({ media: first, root, context }), 'test-1'],
  ['the next apply', (root: string) => apply({ media: second, root, context }), 'test-2'],
] as const)('%s puts the link back, and keeps the file', async (_, mend, baseline) => {
  const { root, text } = await toggledHost();

  await mend(root);

  await expectLink(root, text);
  expect(await hostStatus({ root })).toMatchObject({ replacedSources: null, applied: { baseline } });
  const { checks } = await doctor({ root, deep: false, repair: false, context });
  expect(checks.flatMap(({ problems }) => problems)).toEqual([]);
});

test('detach and rollback are not refused', async () => {
  const { root } = await toggledHost();
  await apply({ media: second, root, context });
  const text = await toggle(root, 'false');
  await rollback({ root, context });
  await expectLink(root, text);

  await toggle(root, 'false');
  expect(await detach({ root, purge: false, dryRun: true, context })).toMatchObject({
    outcome: 'would-detach',
  });
  expect((await lstat(join(root, sources))).isFile()).toBe(true);
  expect(await detach({ root, purge: false, context })).toMatchObject({ outcome: 'detached' });
  await expect(lstat(join(root, sources))).rejects.toThrow();
});

test('any other file in that place stays, and is refused', async () => {
  const { root, text } = await toggledHost();
  const other = text.replace('/test-stable', '/other-stable');
  await writeFile(join(root, sources), other);

  expect(await hostStatus({ root })).toMatchObject({ replacedSources: null });
  await expect(apply({ media: second, root, context })).rejects.toMatchObject({ code: 'state.foreign-file' });
  expect(await readFile(join(root, sources), 'utf8')).toBe(other);
});

test.each([
  ['URIs: file:/srv/x\nTypes: deb\nSuites: s\nComponents: b a\nBy-Hash:  no\nEnabled: no\n', true],
  ['Types: deb\nURIs: file:///srv/x/\nSuites: s\nComponents: a b\nBy-Hash: no\n', true],
  ['Types: deb\nURIs: file:///srv/x\nSuites: s\nComponents: a b\n', false],
  ['Types: deb\nURIs: file:///srv/x\nSuites: t\nComponents: a b\nBy-Hash: no\n', false],
  ['Types: deb\nURIs: file:///srv/x\nSuites: s\nComponents: a b\nBy-Hash: no\nTrusted: yes\n', false],
])('sameSources(…, %j) is %s', (text, expected) => {
  const parse = (source: string) => parseSources(source, { file: 'f', format: 'deb822' });
  const one = parse('Types: deb\nURIs: file:///srv/x\nSuites: s\nComponents: a b\nBy-Hash: no\n');
  expect(sameSources(one, parse(text))).toBe(expected);
});
