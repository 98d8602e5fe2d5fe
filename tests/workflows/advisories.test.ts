/**
 * Security data through a snapshot: fetched over HTTP and HTTPS or taken from a file, checked, kept beside the baseline
 * and packed; and what is refused before anything is made.
 */
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AdvisoryFindings } from '../../src/advisories/domain/findings.ts';
import { readAdvisoryRecord, keptAdvisoryPath } from '../../src/advisories/adapters/kept-advisories.ts';
import { listBaselines } from '../../src/baseline/adapters/baseline-files.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import Report from '../../src/commands/report.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { extractExtra, listExtras } from '../../src/upkeep/workflows/extras.ts';
import { debsecanData } from '../support/debsecan.ts';
import { createHost } from '../support/offline.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

const now = '2025-06-20T00:00:00Z';
const tracker = JSON.stringify({
  alpha: {
    'CVE-2025-1': {
      scope: 'remote',
      releases: { bookworm: { status: 'resolved', fixed_version: '2.0', urgency: 'high' } },
    },
    'CVE-2025-2': { releases: { bookworm: { status: 'open', urgency: 'low' } } },
  },
  gamma: { 'CVE-2025-3': { releases: { bookworm: { status: 'open', urgency: 'medium' } } } },
});
const osv = JSON.stringify({
  ...{ id: 'DSA-1-1', modified: '2025-06-19T00:00:00Z' },
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'alpha' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
    },
  ],
});

let site: OnlineSite;
let plainConfig: string;

beforeAll(async () => {
  site = await createOnlineSite();
  plainConfig = await readFile(site.configFile, 'utf8');
  await writeFile(join(site.upstream, 'tracker.json'), tracker);
  await utimes(join(site.upstream, 'tracker.json'), new Date(now), new Date('2025-06-10T00:00:00Z'));
});

const take = async (advisories: readonly object[], dryRun = false) => {
  await writeFile(site.configFile, `${plainConfig}advisories: ${JSON.stringify(advisories)}\n`);
  return snapshot({ configFile: site.configFile, context: testContext(now), dryRun, force: true });
};

async function putFile(name: string, content: string | Uint8Array, modified: string): Promise<string> {
  const path = join(site.directory, name);
  await writeFile(path, content);
  await utimes(path, new Date(modified), new Date(modified));
  return path;
}

describe('security data', { timeout: 60_000 }, () => {
  it('is fetched or copied, and kept with a record beside the baseline, whose digest does not depend on it', async () => {
    const plain = await snapshot({
      ...{ configFile: site.configFile, context: testContext('2025-06-19T23:00:00Z') },
      ...{ dryRun: false, force: true },
    });
    const debsecan = debsecanData([{ name: 'alpha', version: '1.0', architecture: 'amd64' }]);
    await putFile('debsecan', debsecan, '2025-06-01T00:00:00Z');
    await putFile('osv.json', osv, '2020-01-01T00:00:00Z');
    const result = await take([
      { name: 'tracker', format: 'tracker', url: `${site.server.url}/tracker.json?token=1` },
      { name: 'list', format: 'debsecan', file: './debsecan', release: 'bookworm' },
      { name: 'osv', format: 'osv', file: './osv.json' },
    ]);
    if (result.outcome !== 'made' || plain.outcome !== 'made') throw new Error('no baseline was made');
    expect(result.baseline.digest).toBe(plain.baseline.digest);
    const record = await readAdvisoryRecord(result.directory);
    expect(record?.data).toMatchObject([
      {
        name: 'tracker',
        releases: ['bookworm'],
        issues: 3,
        dated: '2025-06-10T00:00:00Z',
        isCompressed: true,
      },
      { name: 'list', from: 'debsecan', dated: '2025-06-01T00:00:00Z', isCompressed: false },
      { name: 'osv', issues: 1, dated: '2025-06-19T00:00:00Z' },
    ]);
    const [first, second] = record?.data ?? [];
    expect(first?.from).not.toContain('token');
    const kept = await readFile(keptAdvisoryPath(result.directory, first?.kept.sha256 ?? ''));
    expect(gunzipSync(kept).toString()).toBe(tracker);
    expect(first?.original.sha256).toBe(sha256Hex(tracker));
    expect(second?.kept).toEqual({ sizeBytes: debsecan.length, sha256: sha256Hex(debsecan) });
    expect(await readdir(join(result.directory, 'advisories'))).toHaveLength(4);
  });

  it.each<[string, object, { code: string; message: RegExp }]>([
    [
      'that is malformed',
      { format: 'tracker', file: './broken.json' },
      { code: 'integrity.advisories', message: /broken is malformed: .*ends before/ },
    ],
    [
      'of another release',
      { format: 'tracker', file: './trixie.json' },
      { code: 'config.advisories', message: /nothing about bookworm \(Debian 12\), only about trixie/ },
    ],
    [
      'a year old',
      { format: 'tracker', file: './old.json' },
      { code: 'config.advisories', message: /is 365 days old \(2024-06-20\), expected at most 30/ },
    ],
    [
      'whose own time is a year ago',
      { format: 'osv', file: './old-osv.json' },
      { code: 'config.advisories', message: /is 365 days old/ },
    ],
    [
      'that is not there',
      { format: 'tracker', file: './nowhere.json' },
      { code: 'config.advisories', message: /is not there: .*nowhere/ },
    ],
    [
      'that the server does not have',
      { format: 'tracker', url: 'SERVER/nothing' },
      { code: 'config.advisories', message: /is not there: http/ },
    ],
    [
      'in place of which a directory lies',
      { format: 'tracker', file: './mirror' },
      { code: 'integrity.file-type', message: /mirror/ },
    ],
  ])('%s is refused, and no baseline is made', async (_, settings, { code, message }) => {
    await mkdir(join(site.directory, 'mirror'), { recursive: true });
    await putFile('broken.json', '{"alpha": {', now);
    await putFile('trixie.json', tracker.replaceAll('bookworm', 'trixie'), now);
    await putFile('old.json', tracker, '2024-06-20T00:00:00Z');
    await putFile('old-osv.json', osv.replace('2025-06-19', '2024-06-20'), now);
    const before = await listBaselines(join(site.directory, 'state'));
    const text = JSON.stringify({ name: 'broken', ...settings }).replace('SERVER', site.server.url);
    await expect(take([JSON.parse(text) as object])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(await listBaselines(join(site.directory, 'state'))).toEqual(before);
  });

  it.each([
    [{ name: 'a', format: 'tracker' }, /either url or file/],
    [{ name: 'a', format: 'tracker', url: 'http://x/y', file: './y' }, /either url or file/],
    [{ name: 'a', format: 'debsecan', file: './y' }, /expected release/],
    [{ name: 'a', format: 'osv', file: './y', release: 'bookworm' }, /expected no release/],
    [{ name: 'a', format: 'osv', url: 'http://user:word@x/y' }, /without a login/],
    [{ name: 'A b', format: 'osv', file: './y' }, /lower-case/],
  ])('%j is no setting', async (settings, message) => {
    await expect(take([settings])).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  describe('of a baseline', () => {
    let media: string;
    let key: SigningPublicKey;
    let keyFile: string;
    let lock: string;

    beforeAll(async () => {
      key = await createSigningKey(join(site.directory, 'signing-key.pem'));
      await putFile('tracker.json', tracker, '2025-06-10T00:00:00Z');
      await take([{ name: 'tracker', format: 'tracker', file: './tracker.json' }]);
      media = await scratchDirectory();
      await pack({ configFile: site.configFile, media, context: testContext(now) });
      keyFile = join(site.directory, 'signing-key.pub.pem');
      await writeFile(keyFile, key.pem);
      lock = join(site.directory, 'pve1.lock.json');
      const marks = { architecture: 'amd64', automatic: false, hold: false, relations: {} };
      await writeFile(
        lock,
        JSON.stringify({
          ...{ schema: 'pommgr/host-lock/v2', created: now, tool: { name: 'pommgr', version: '0.2.0' } },
          ...{ hostName: 'pve1', codename: 'bookworm', architecture: 'amd64', foreignArchitectures: [] },
          ...{ products: [], serverIds: [], baseline: null, changedConffiles: [] },
          boot: { runningKernel: null, firmware: null, proxmoxBootTool: false },
          packages: [{ name: 'alpha', version: '1.0', ...marks }],
        }),
      );
    });

    it('travels with its bundle, and comes out of the medium and of a store', async () => {
      const context = testContext(now);
      const { extras } = await listExtras({ media, keyFiles: [keyFile], context });
      expect(extras.map(({ name }) => name)).toEqual(['advisories-tracker.json.gz', 'advisories.json']);
      const root = await createHost([key]);
      await apply({ media, root, context });
      for (const from of [{ media, keyFiles: [keyFile] }, { root }]) {
        const output = join(await scratchDirectory(), 'out');
        await extractExtra({ ...from, name: 'advisories-tracker.json.gz', output, force: false, context });
        expect(gunzipSync(await readFile(output)).toString()).toBe(tracker);
      }
    });

    const report = (args: readonly string[]) =>
      runCommand(Report, ['--config', site.configFile, '--lock', lock, ...args]);

    it('tells what is mended on a host, what stays open, and what is in nothing installed', async () => {
      const { stdout, exitCode } = await report(['--json']);
      const { result } = JSON.parse(stdout) as {
        result: { advisories: AdvisoryFindings; failed: unknown[] };
      };
      expect(exitCode).toBe(0);
      expect(result.failed).toEqual([]);
      const { hosts, notInstalled, data, changelogsOnly } = result.advisories;
      expect(hosts).toMatchObject([
        {
          ...{ host: 'pve1', release: 'bookworm', unknownSource: [] },
          mended: [{ id: 'CVE-2025-1', urgency: 'high', fixed: '2.0', isRemote: true }],
          open: [
            { id: 'CVE-2025-2', urgency: 'low', packages: [{ name: 'alpha', before: '1.0', after: '2.0' }] },
          ],
        },
      ]);
      expect(notInstalled).toMatchObject([{ id: 'CVE-2025-3', packages: [{ name: 'gamma', after: '3.0' }] }]);
      expect(data).toMatchObject([{ name: 'tracker', sha256: sha256Hex(tracker), doubt: null }]);
      expect(changelogsOnly).toEqual(['Fixture']);
      const { stdout: markdown } = await report(['--quiet']);
      expect(markdown).toContain('| CVE-2025-1 | alpha | high | 2.0 | alpha 1.0 |');
      expect(markdown).toContain('issues mended: 1; open after the upgrade: 1.');
    });

    it.each([
      [['open:high', 'removals', 'downgrades', 'reboot', 'prompts', 'refusals'], 0, ''],
      [['open'], 1, 'open: pve1: CVE-2025-2 (alpha) stay open'],
      [['open:low', 'removals'], 1, 'open:low: pve1: CVE-2025-2'],
    ])('%j ends with %i', async (conditions, expected, text) => {
      const { exitCode, stderr } = await report(conditions.flatMap((one) => ['--fail-on', one]));
      expect(stderr).toContain(text);
      expect(exitCode).toBe(expected);
    });

    it('is a reason to fail where there is none, and so is no host', async () => {
      const { exitCode, stderr } = await report(['test-1', '--fail-on', 'open:critical']);
      expect(stderr).toContain('no security data was taken with the baseline');
      expect(exitCode).toBe(1);
      const none = await runCommand(Report, ['--config', site.configFile, '--fail-on', 'removals']);
      expect(none.stderr).toContain('removals: no host is known');
      expect(none.exitCode).toBe(1);
    });
  });
});
