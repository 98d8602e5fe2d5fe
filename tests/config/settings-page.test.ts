import { expect, it } from 'vitest';
import { z } from 'zod';
import { packageDocs, sampleConfig, sampleHostConfig } from '../../scripts/dist/package-docs.mjs';
import { listSettings, settingsPage } from '../../scripts/dist/settings-page.mjs';
import { hostConfigSchema } from '../../src/config/adapters/host-config.ts';
import { configSchema } from '../../src/config/domain/config.ts';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { parseYaml } from '../../src/config/domain/yaml-text.ts';

it('has every setting of both files, each with a text of its own', () => {
  const online = listSettings(configSchema);
  const host = listSettings(hostConfigSchema);

  const paths = online.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'track',
      'download.retries',
      'mirrors[].skip.sections',
      'targets[].closure.also',
    ]),
  );
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths.length).toBeGreaterThan(60);
  expect(online.every(({ text }) => text.endsWith('.') || text.endsWith('pommgr/config/v1.'))).toBe(true);
  expect(host.map(({ path }) => path)).toEqual([
    ...[
      'schema',
      'store',
      'signing',
      'signing.threshold',
      'approval',
      'approval.threshold',
      'upgrade',
      'upgrade.dpkgOptions',
    ],
  ]);
});

it('says kind, default and whether a setting is required', () => {
  const page = settingsPage(configSchema, {
    ...{
      title: 'pommgr.yaml',
      name: 'x',
      description: ['y'],
      example: 'z',
      version: '1',
      date: '2026-11-28',
    },
  });

  expect(page).toContain('.TP\n\\fBengine\\fR (auto | pom | builtin)\n');
  expect(page).toMatch(/\n\\fBdownload\.retries\\fR \(whole number\)\n.* Default: 4\.\n/);
  expect(page).toMatch(/\n\\fBmirrors\[\]\.keyring\\fR \(text\)\n.* Required\.\n/);
});

it('refuses a setting without a text', () => {
  const schema = z.strictObject({ a: z.strictObject({ b: z.string() }).describe('It is there.') });

  expect(() => listSettings(schema)).toThrow('The setting a.b has no description.');
});

it('gives samples that are configs, with their data in /var/lib/pommgr', () => {
  const config = parseConfig(sampleConfig, 'pommgr.yaml');

  expect([config.baseDir, config.stateDir]).toEqual(['/var/lib/pommgr/mirror', '/var/lib/pommgr/state']);
  expect(hostConfigSchema.safeParse(parseYaml(sampleHostConfig).value)).toMatchObject({ success: true });
});

it('brings the documents with every page that they link to', async () => {
  const files = new Map(await packageDocs(process.cwd()));

  const links = [...files].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(((?:docs\/|examples\/)?[\w.-]+\.(?:md|yaml))(?:#[\w-]+)?\)/g)].map(
      ([, link = '']) => `${path.slice(0, path.lastIndexOf('/'))}/${link}`,
    ),
  );
  const left = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  expect(links.filter((link) => !files.has(link) && !left.some((name) => link.endsWith(`/${name}`)))).toEqual(
    [],
  );
  expect([...files.keys()]).toContain('usr/share/doc/pommgr/docs/medium-check.md');
});
