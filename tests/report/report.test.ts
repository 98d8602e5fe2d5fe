/** The report between two baselines, out of the packages' own changelogs: good ones, missing ones, hostile ones. */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { entriesSince, highestUrgency, namedCves } from '../../src/report/domain/changelog.ts';
import type { Report } from '../../src/report/domain/report.ts';
import { reportCsv } from '../../src/report/ui/report-csv.ts';
import { reportMarkdown } from '../../src/report/ui/report-markdown.ts';
import { reportText } from '../../src/report/ui/report-text.ts';
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
    expect(entriesSince(text, '1.9')).toMatchObject({
      entries: [{ version: '1:2.0-1', urgency: 'high' }],
      isWhole: true,
    });
    expect(entriesSince(text, '1.8').entries).toHaveLength(2);
    // It does not say what came between 1.8 and 1.9.
    expect(entriesSince(text, '1.8').isWhole).toBe(false);
    expect(entriesSince(text, '2:0')).toEqual({ entries: [], isWhole: true });
    expect(entriesSince(text, null).entries).toHaveLength(2);
    expect(entriesSince('no changelog at all', null)).toEqual({ entries: [], isWhole: true });
  });

  it('tells the highest urgency, and each CVE once', () => {
    const { entries } = entriesSince(text, null);
    expect(highestUrgency(entries)).toBe('high');
    expect(highestUrgency([{ urgency: 'strange' }])).toBe('unknown');
    expect(highestUrgency([])).toBeNull();
    expect(namedCves(entries)).toEqual(['CVE-2024-99999', 'CVE-2025-1234']);
  });
});

/** With the entry of the version that was there. */
function whole(name: string, version: string, text: string): string {
  return entry(name, version, text) + entry(name, '1.0', 'Old.');
}

function compressed(text: string, form: 'xz' | 'zst'): Buffer {
  return execFileSync(form === 'xz' ? 'xz' : 'zstd', ['-c'], { input: text });
}

describe('two baselines', { timeout: 120_000 }, () => {
  let found: Report;
  let site: Awaited<ReturnType<typeof createOnlineSite>>;
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
      ...['xz', 'zst', 'rebuilt', 'early', 'long', 'counted', 'packed'],
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
            Buffer.concat([Buffer.from(entry('huge', '1.1', 'First.')), Buffer.alloc(50_000_000, 'x\n')]),
          ),
        ),
      },
      ...(['xz', 'zst'] as const).map((name) => ({
        ...{ name, version: '1.1' },
        files: doc(name, `changelog.Debian.${name}`, compressed(entry(name, '1.1', `As ${name}.`), name)),
      })),
      {
        ...{ name: 'rebuilt', version: '1.1+b1', source: 'rebuilt (1.1)' },
        files: {
          ...doc('rebuilt', 'changelog.Debian.gz', gzipSync(whole('rebuilt', '1.1', 'Source.'))),
          ...doc('rebuilt', 'changelog.Debian.amd64.gz', gzipSync(entry('rebuilt', '1.1+b1', 'Rebuild.'))),
        },
      },
      // Debian's packages carry only the newest entries.
      {
        ...{ name: 'early', version: '1.2' },
        files: doc('early', 'changelog', entry('early', '1.2', 'The newest alone.')),
      },
      {
        ...{ name: 'long', version: '1.1' },
        files: doc('long', 'changelog', Buffer.alloc(20_000_000, 'long line without an end ')),
      },
      {
        ...{ name: 'counted', version: '1.1', source: 'counted (20.2)' },
        files: doc(
          'counted',
          'changelog',
          entry('counted', '20.2', 'Two.') + entry('counted', '20.1', 'One.'),
        ),
      },
      {
        ...{ name: 'packed', version: '1.1' },
        files: {
          ...doc('packed', 'changelog.Debian.xz', 'no xz'),
          ...doc('packed', 'changelog', entry('packed', '1.1', 'Not this one.')),
        },
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
    site = await createOnlineSite([], { components: { main: await build(old) } });
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
      ...['counted', 'damaged', 'early', 'fresh', 'gone', 'goodsource', 'hostile', 'huge', 'long'],
      ...['none', 'packed', 'plain', 'rebuilt', 'xz', 'zst'],
    ]);
    expect(found.totals).toEqual({ sources: 15, added: 1, upgraded: 13, downgraded: 0, removed: 1, cves: 1 });
    expect(found).toMatchObject({ comparedWith: 'baseline', since: { name: 'test-1' }, hosts: [] });
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
    expect(source('none')?.missing).toEqual({ why: 'absent', detail: '' });
    expect(source('damaged')?.missing).toEqual({ why: 'damaged', detail: 'changelog.gz of damaged' });
    expect(source('packed')?.missing).toEqual({ why: 'damaged', detail: 'changelog.Debian.xz of packed' });
    expect(source('long')?.missing).toMatchObject({ why: 'too-large' });
  });

  it('reads the beginning of a changelog of 50 MB, and says so', () => {
    expect(source('huge')).toMatchObject({ missing: null, gap: 'cut' });
    expect(source('huge')?.changelog.map(({ version, text }) => [version, text.length < 40_000])).toEqual([
      ['1.1', true],
    ]);
    expect(reportMarkdown(found)).toContain('Only the beginning of a very long changelog was read');
  });

  it('reads xz and zstd, and the entry of a rebuild', () => {
    expect(source('xz')?.changelog).toMatchObject([{ text: '* As xz.' }]);
    expect(source('zst')?.changelog).toMatchObject([{ text: '* As zst.' }]);
    expect(source('rebuilt')?.changelog.map(({ version }) => version)).toEqual(['1.1+b1', '1.1']);
    expect(source('rebuilt')?.gap).toBeNull();
  });

  it('says where entries are missing', () => {
    expect(source('early')).toMatchObject({ gap: 'ends-early', changelog: [{ version: '1.2' }] });
    expect(source('goodsource')?.gap).toBeNull();
    // Before, the package had no source of another version: its versions are compared as they are.
    expect(source('counted')?.gap).toBe('ends-early');
  });

  it('compares with the baseline before where no host reported', async () => {
    const { configFile } = site;
    const context = testContext('2025-06-02T00:00:03Z');
    expect(await report({ configFile, context })).toEqual({ ...found, made: '2025-06-02T00:00:03Z' });
    const first = await report({ configFile, baseline: 'test-1', context });
    expect(first).toMatchObject({ comparedWith: 'nothing', since: null, totals: { added: 15, upgraded: 0 } });
    expect(first.sources.every(({ changelog, missing }) => changelog.length === 0 && missing === null)).toBe(
      true,
    );
  });

  it('is Markdown and CSV in which texts of others are nothing but text', () => {
    const markdown = reportMarkdown(found);
    const codes = markdown.split('').map((character) => character.charCodeAt(0));
    expect(codes.filter((code) => code < 32 && code !== 10)).toEqual([]);
    // The text stands in a fence that is longer than any in it.
    const fence = /^(`+)text\n1\.1 \(medium\)\n\n\* <script>/m.exec(markdown)?.[1] ?? '';
    expect(fence.length).toBe(4);
    expect(markdown.split('\n').filter((line) => line === fence).length).toBeGreaterThan(0);
    const written = reportText(found, 'json');
    expect(JSON.parse(written)).toEqual({ schema: 'pommgr/report/v1', ...found });
    expect(reportText(found, 'md')).toBe(markdown);
    expect(reportText(found, 'csv')).toBe(reportCsv(found));
    const csv = reportCsv({
      ...found,
      sources: [
        { ...(source('plain') as Report['sources'][number]), source: '=1+1', mirrors: ['a "b"', 'c'] },
      ],
    });
    expect(csv.split('\r\n')[1]).toBe('\'=1+1,plain,amd64,upgraded,1.0,1.1,"a ""b"" c",medium,,');
  });
});
