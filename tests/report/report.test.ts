/** The report between two baselines, out of the packages' own changelogs: good ones, missing ones, hostile ones. */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { entriesSince, highestUrgency, namedCves } from '../../src/report/domain/changelog.ts';
import type { Report } from '../../src/report/domain/report.ts';
import { reportCsv } from '../../src/report/ui/report-csv.ts';
import { reportMarkdown } from '../../src/report/ui/report-markdown.ts';
import { report } from '../../src/report/workflows/report.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage, type PackageDescription } from '../support/packages.ts';

function entry(name: string, version: string, text: string, urgency = 'medium'): string {
  return `${name} (${version}) stable; urgency=${urgency}\n\n  * ${text}\n\n -- N <n@example.invalid>  Wed, 01 Jan 2025 00:00:00 +0000\n\n`;
}

describe('a changelog', () => {
  const text =
    entry('p', '1:2.0-1', 'Fixes CVE-2025-1234 and CVE-2024-99999.', 'HIGH') +
    entry('p', '1.9', 'CVE-2025-1234 again.', 'low');

  it('is read down to the version that was there', () => {
    expect(entriesSince(text, '1.9')).toMatchObject([{ version: '1:2.0-1', urgency: 'high' }]);
    expect(entriesSince(text, '1.8')).toHaveLength(2);
    expect(entriesSince(text, '2:0')).toEqual([]);
    expect(entriesSince(text, null)).toHaveLength(2);
    expect(entriesSince('no changelog at all', null)).toEqual([]);
  });

  it('tells the highest urgency, and each CVE once', () => {
    const entries = entriesSince(text, null);
    expect(highestUrgency(entries)).toBe('high');
    expect(highestUrgency([{ urgency: 'strange' }])).toBe('unknown');
    expect(highestUrgency([])).toBeNull();
    expect(namedCves(entries)).toEqual(['CVE-2024-99999', 'CVE-2025-1234']);
  });
});

describe('two baselines', { timeout: 120_000 }, () => {
  let found: Report;
  const doc = (name: string, file: string, content: string | Buffer) => ({
    [`/usr/share/doc/${name}/${file}`]: content,
  });
  const hostile = '<script>alert(1)</script> | \u001b[31mred\u0007 ```\n  ``` =cmd()';

  beforeAll(async () => {
    const old: PackageDescription[] = [
      'good',
      'plain',
      'none',
      'hostile',
      'huge',
      'gone',
      'same',
      'damaged',
    ].map((name) => ({
      ...{ name, version: '1.0' },
    }));
    const now: PackageDescription[] = [
      {
        ...{ name: 'good', version: '1.2', source: 'goodsource (1.2-1)' },
        files: doc(
          'good',
          'changelog.Debian.gz',
          gzipSync(
            entry('goodsource', '1.2-1', 'CVE-2025-1111', 'high') +
              entry('goodsource', '1.1', 'Between.') +
              entry('goodsource', '1.0', 'Old.'),
          ),
        ),
      },
      { name: 'plain', version: '1.1', files: doc('plain', 'changelog', entry('plain', '1.1', 'Plain.')) },
      { name: 'none', version: '1.1' },
      {
        name: 'hostile',
        version: '1.1',
        files: doc('hostile', 'changelog', entry('hostile', '1.1', hostile)),
      },
      {
        ...{ name: 'huge', version: '1.1' },
        files: doc(
          'huge',
          'changelog.gz',
          gzipSync(
            Buffer.concat([Buffer.from(entry('huge', '1.1', 'First.')), Buffer.alloc(80_000_000, 'x')]),
          ),
        ),
      },
      { name: 'damaged', version: '1.1', files: doc('damaged', 'changelog.gz', 'no gzip') },
      { name: 'same', version: '1.0' },
      {
        name: 'fresh',
        version: '3.0',
        files: doc(
          'fresh',
          'changelog',
          entry('fresh', '3.0', 'New here.') + entry('fresh', '2.0', 'Not told.'),
        ),
      },
    ];
    const build = async (all: readonly PackageDescription[]): Promise<BuiltPackage[]> => {
      const built: BuiltPackage[] = [];
      for (const item of all) built.push(await buildPackage(item));
      return built;
    };
    const site = await createOnlineSite([], { components: { main: await build(old) } });
    const { configFile } = site;
    await snapshot({ configFile, context: testContext('2025-06-02T00:00:01Z'), dryRun: false, force: true });
    await site.publish({ date: new Date('2025-06-02T00:00:00Z'), components: { main: await build(now) } });
    const context = testContext('2025-06-02T00:00:02Z');
    await snapshot({ configFile, context, dryRun: false, force: true });
    found = await report({ configFile, since: 'test-1', context });
  });

  const source = (name: string) => found.sources.find((item) => item.source === name);

  it('names what changed, and nothing that did not', () => {
    expect(found.baseline.name).toBe('test-2');
    expect(found.sources.map((item) => item.source)).toEqual([
      'damaged',
      'fresh',
      'gone',
      'goodsource',
      'hostile',
      'huge',
      'none',
      'plain',
    ]);
    expect(found.totals).toEqual({ sources: 8, added: 1, upgraded: 6, downgraded: 0, removed: 1, cves: 1 });
    expect(found.mirrors[0]?.signers[0]).toMatch(/^[0-9A-F]{40}$/);
  });

  it('takes the entries since then, of every form of changelog', () => {
    expect(source('goodsource')).toMatchObject({ urgency: 'high', cves: ['CVE-2025-1111'], missing: null });
    expect(source('goodsource')?.changelog.map(({ version }) => version)).toEqual(['1.2-1', '1.1']);
    expect(source('plain')?.changelog).toMatchObject([{ version: '1.1', text: '* Plain.' }]);
    expect(source('fresh')?.changelog.map(({ version }) => version)).toEqual(['3.0']);
    expect(source('gone')).toMatchObject({ changelog: [], missing: null });
  });

  it('says why one is missing', () => {
    expect(source('none')?.missing).toBe('no package of it has a changelog of its own');
    expect(source('huge')?.missing).toMatch(/damaged or far too long/);
    expect(source('damaged')?.missing).toMatch(/damaged or far too long/);
  });

  it('is Markdown and CSV in which texts of others are nothing but text', () => {
    const markdown = reportMarkdown(found);
    const codes = markdown.split('').map((character) => character.charCodeAt(0));
    expect(codes.filter((code) => code < 32 && code !== 10)).toEqual([]);
    // The text stands in a fence that is longer than any in it.
    const fence = /^(`+)text\n1\.1 \(medium\)\n\n\* <script>/m.exec(markdown)?.[1] ?? '';
    expect(fence.length).toBe(4);
    expect(markdown.split('\n').filter((line) => line === fence).length).toBeGreaterThan(0);
    const csv = reportCsv({
      ...found,
      sources: [{ ...(source('plain') as Report['sources'][number]), source: '=1+1', missing: 'a "b", c' }],
    });
    expect(csv.split('\r\n')[1]).toBe('\'=1+1,plain,amd64,upgraded,1.0,1.1,test-stable,medium,,"a ""b"", c"');
  });
});
