/** Security data in its three formats: what affects a version, and what is refused. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isGzip, readAdvisoryData } from '../../src/advisories/adapters/advisory-data.ts';
import { findingsOf, findNotInstalled, type KnownPackage } from '../../src/advisories/domain/findings.ts';
import { isAffected, type Issue } from '../../src/advisories/domain/issue.ts';
import { splitJson } from '../../src/advisories/domain/json-pieces.ts';
import type { AdvisoryFormat } from '../../src/config/domain/advisory-settings.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function read(format: AdvisoryFormat, content: string | Uint8Array, release = 'bookworm') {
  const path = join(await scratchDirectory(), 'data');
  await writeFile(path, content);
  const issues: Issue[] = [];
  const isCompressed = format !== 'debsecan' && (await isGzip(path));
  const read = await readAdvisoryData(
    { path, name: 'test', format, isCompressed },
    { releases: [release], isWanted: (name) => name !== 'other', onIssue: (issue) => issues.push(issue) },
  );
  return { ...read, issues };
}

/** Versions of the source `p` that the issue affects. */
function affectedOf(issue: Issue | undefined, versions: readonly string[]): string[] {
  return versions.filter(
    (version) =>
      issue !== undefined &&
      isAffected(issue, { name: 'p-bin', version: '1', source: { name: 'p', version } }),
  );
}

const versions = ['0.9', '1.0-1', '1.0-1+deb12u1', '1.1-1', '2.0~rc1', '2.0', '1:0.1'];

describe("the tracker's data", () => {
  const release = (members: object) => ({ status: 'open', urgency: 'not yet assigned', ...members });
  const data = (releases: object, more: object = {}) =>
    JSON.stringify({
      other: {},
      p: { 'CVE-2025-1': { description: 'A "fault" {', scope: 'remote', ...more, releases } },
    });

  it.each<[string, object, string[]]>([
    [
      'fixed in the release',
      { bookworm: release({ status: 'resolved', fixed_version: '1.0-1+deb12u1' }) },
      ['0.9', '1.0-1'],
    ],
    ['open everywhere', { bookworm: release({}), sid: release({}) }, versions],
    [
      'open here, fixed in unstable',
      { bookworm: release({}), sid: release({ status: 'resolved', fixed_version: '2.0' }) },
      ['0.9', '1.0-1', '1.0-1+deb12u1', '1.1-1', '2.0~rc1'],
    ],
    ['never in the release', { bookworm: release({ status: 'resolved', fixed_version: '0' }) }, []],
    ['of another release only', { trixie: release({}) }, []],
  ])('%s', async (_, releases, expected) => {
    const { issues, named } = await read('tracker', data(releases));
    expect(affectedOf(issues[0], versions)).toEqual(expected);
    expect([...named]).toEqual(Object.keys(releases));
  });

  it('tells urgency, reach and what the security team decided', async () => {
    const here = release({
      urgency: 'low**',
      nodsa: 'Minor issue',
      nodsa_reason: 'postponed',
      status: 'undetermined',
    });
    const { issues } = await read('tracker', gzipSync(data({ bookworm: here })));
    expect(issues).toMatchObject([
      {
        id: 'CVE-2025-1',
        urgency: 'low',
        isRemote: true,
        decision: 'postponed',
        isUndetermined: true,
        fixed: null,
      },
    ]);
    const plain = release({ nodsa: 'x', nodsa_reason: '' });
    expect((await read('tracker', data({ bookworm: plain }, { scope: 'local' }))).issues).toMatchObject([
      { urgency: 'unknown', isRemote: false, decision: 'no-dsa', isUndetermined: false },
    ]);
  });

  it('has names that are members of every object', async () => {
    const text =
      '{"constructor": {"toString": {"releases": {"bookworm": {"status": "open", "urgency": "high"}}}}}';
    const { issues } = await read('tracker', text);
    expect(issues).toMatchObject([{ package: 'constructor', id: 'toString' }]);
    await expect(read('tracker', '{"__proto__": {}}')).rejects.toMatchObject({
      code: 'integrity.advisories',
    });
  });
});

describe('OSV entries', () => {
  const entry = (affected: object, more: object = {}) => ({
    id: 'DSA-1-1',
    modified: '2025-06-01T00:00:00.5Z',
    upstream: ['CVE-2025-2', 'CVE-2025-1'],
    affected: [{ package: { ecosystem: 'Debian:12', name: 'p' }, ...affected }],
    ...more,
  });
  const range = (...events: object[]) => ({ ranges: [{ type: 'ECOSYSTEM', events }] });

  it.each<[string, object, string[]]>([
    ['from the beginning', range({ introduced: '0' }, { fixed: '1.1-1' }), ['0.9', '1.0-1', '1.0-1+deb12u1']],
    ['never fixed', range({ introduced: '2.0' }), ['2.0', '1:0.1']],
    [
      'twice',
      range({ introduced: '0' }, { fixed: '1.0-1' }, { introduced: '2.0' }, { fixed: '2.1' }),
      ['0.9', '2.0'],
    ],
    [
      'up to a last version',
      range({ introduced: '1.0-1' }, { last_affected: '1.1-1' }),
      ['1.0-1', '1.0-1+deb12u1', '1.1-1'],
    ],
    ['versions by name', { versions: ['0.9', '2.0'] }, ['0.9', '2.0']],
    ['of another kind of range', { ranges: [{ type: 'GIT', events: [{ introduced: 'abc' }] }] }, []],
  ])('%s', async (_, affected, expected) => {
    const { issues, newest } = await read('osv', JSON.stringify(entry(affected)));
    expect(affectedOf(issues[0], versions)).toEqual(expected);
    expect(issues[0]?.aliases).toEqual(['CVE-2025-1', 'CVE-2025-2']);
    expect(newest).toBe('2025-06-01T00:00:00.500Z');
  });

  it('come as a list, one after the other, and one entry', async () => {
    const one = entry(range({ introduced: '0' }));
    const forms = [
      `[${JSON.stringify(one)}, ${JSON.stringify(one)}]`,
      `${JSON.stringify(one)}\n${JSON.stringify(one)}\n`,
    ];
    for (const form of forms) expect((await read('osv', form)).issues).toHaveLength(2);
    expect((await read('osv', JSON.stringify(one, null, 2))).issues).toHaveLength(1);
  });

  it('that were withdrawn, or are of other systems, are no issues', async () => {
    const withdrawn = entry(range({ introduced: '0' }), { withdrawn: '2025-06-02T00:00:00Z' });
    const foreign = entry({ ...range({ introduced: '0' }), package: { ecosystem: 'npm', name: 'p' } });
    const { issues, named } = await read('osv', `${JSON.stringify(withdrawn)}${JSON.stringify(foreign)}`);
    expect(issues).toEqual([]);
    expect([...named]).toEqual(['Debian:12']);
  });
});

describe('data that is malformed', () => {
  const list = (text: string) => deflateSync(`VERSION 1\n${text}`);
  it.each<[string, AdvisoryFormat, string | Uint8Array, RegExp]>([
    ['empty', 'tracker', '', /it is empty/],
    ['of HTML', 'tracker', '<html>no data</html>', /stands after the last value/],
    ['cut', 'tracker', '{"p": {"CVE-1": {"releases": {}', /ends before its last value/],
    ['a list', 'tracker', '[{"p": {}}]', /expected an object/],
    [
      'of another shape',
      'tracker',
      '{"p": {"CVE-1": {"releases": {"bookworm": {"status": "maybe", "urgency": ""}}}}}',
      /status/,
    ],
    [
      'with a strange version',
      'tracker',
      '{"p": {"C": {"releases": {"bookworm": {"status": "resolved", "urgency": "", "fixed_version": "1 2"}}}}}',
      /version of a Debian package/,
    ],
    ['deep', 'tracker', `{"p": ${'['.repeat(100)}`, /nested too deeply/],
    ['with more behind it', 'tracker', '{"p": {}} {"q": {}}', /before the outermost|after the last/],
    ['with a comma too many', 'tracker', '{"p": {},}', /comma/],
    ['not UTF-8', 'tracker', Buffer.from([0x7b, 0x22, 0xff, 0x22]), /not UTF-8/],
    ['damaged gzip', 'tracker', gzipSync('{"p": {}}').subarray(0, 20), /cannot be decompressed/],
    ['without an id', 'osv', '{"modified": "2025-06-01T00:00:00Z"}', /id/],
    ['without a time', 'osv', '{"id": "x", "modified": "yesterday"}', /modified/],
    ['not compressed', 'debsecan', 'VERSION 1\n', /cannot be decompressed/],
    ['of another version', 'debsecan', deflateSync('VERSION 2\n'), /expected the first line "VERSION 1"/],
    ['without its last parts', 'debsecan', list('CVE-1,,x\n\n'), /ends before its last part/],
    ['with an issue that is not there', 'debsecan', list('CVE-1,,x\n\np,7,S   ,1,\n\n\n'), /cannot be read/],
    ['with unknown flags', 'debsecan', list('CVE-1,,x\n\np,0,SXX ,1,\n\n\n'), /cannot be read/],
    ['without an issue', 'debsecan', list('\n\n\n'), /it has no issue/],
  ])('%s: %s', async (_, format, content, message) => {
    const failure = read(format, content);
    await expect(failure).rejects.toMatchObject({
      code: 'integrity.advisories',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is split where the chunks are cut, too', async () => {
    const text = '{"a\\"}": [1, {"b": "x,\\\\"}], "c": {}}';
    for (let size = 1; size < text.length; size++) {
      const chunks = async function* () {
        for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
      };
      const pieces: unknown[] = [];
      for await (const piece of splitJson(chunks())) pieces.push(JSON.parse(`{${piece.text}}`));
      expect(pieces).toEqual([{ 'a"}': [1, { b: 'x,\\' }] }, { c: {} }]);
    }
  });
});

describe('findings', () => {
  const known = (name: string, version: string, source = name): KnownPackage => ({
    ...{ name, version, architecture: 'amd64', vendor: null },
    source: { name: source, version },
  });
  const issue = (id: string, fixed: string | null, more: Partial<Issue> = {}): Issue => ({
    ...{ id, aliases: [], package: 'p', isBinary: false, affected: [], unaffected: [] },
    ranges: [{ introduced: null, fixed }],
    ...{ fixed, urgency: 'medium', isRemote: null, decision: null, isUndetermined: false, description: '' },
    ...more,
  });

  it('tell what is mended, what stays open and what comes', () => {
    const issues = new Map([
      ['p', [issue('CVE-1', '2.0'), issue('CVE-2', '3.0', { urgency: 'high' }), issue('CVE-3', '0.5')]],
      ['q', [issue('CVE-4', null, { package: 'q' })]],
    ]);
    const found = findingsOf(issues, {
      before: [known('lib', '1.0', 'p')],
      after: [known('lib', '2.0', 'p'), known('q', '1')],
      offered: [known('lib', '2.0', 'p'), known('lib', '3.0', 'p')],
    });
    expect(found.mended.map(({ id }) => id)).toEqual(['CVE-1']);
    expect(found.open).toMatchObject([
      { id: 'CVE-2', available: '3.0', packages: [{ name: 'lib', before: '1.0', after: '2.0' }] },
      { id: 'CVE-4', available: null, packages: [{ name: 'q', before: null, after: '1' }] },
    ]);
  });

  it('of an old kernel stay open beside the new one, which is named', () => {
    const issues = new Map([['linux', [issue('CVE-1', '6.1.2', { package: 'linux' })]]]);
    const [old, recent] = [
      known('linux-image-1', '6.1.1', 'linux'),
      known('linux-image-2', '6.1.2', 'linux'),
    ];
    const { open } = findingsOf(issues, { before: [old], after: [old, recent], offered: [old, recent] });
    expect(open).toMatchObject([{ id: 'CVE-1', available: '6.1.2', packages: [{ name: 'linux-image-1' }] }]);
  });

  it('of packages that no host has are apart', () => {
    const issues = new Map([['p', [issue('CVE-1', null)]]]);
    const offered = [known('lib', '1', 'p'), known('tool', '1', 'p')];
    const [finding] = findNotInstalled(issues, { offered, hosts: [[known('lib', '0', 'p')]] });
    expect(finding?.packages.map(({ name }) => name)).toEqual(['tool']);
  });
});
