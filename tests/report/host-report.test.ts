/** The report for hosts: what a baseline changes on each of those that reported, by apt's own plan. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { formatHostLock, type HostLock } from '../../src/apt/domain/host-lock.ts';
import { trustedHostsText } from '../../src/hosts/ui/trusted-hosts-text.ts';
import { listSite } from '../../src/report/workflows/list-site.ts';
import { report } from '../../src/report/workflows/report.ts';
import { renderReportPage } from '../../src/report/workflows/render-page.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { leaveReport } from '../support/reported-host.ts';
import { scratchDirectory } from '../support/scratch.ts';

const changelog = (version: string): string =>
  `app (${version}) stable; urgency=high\n\n  * Fixes CVE-2025-4444 in ${version}.\n\n -- N <n@example.invalid>  Wed, 01 Jan 2025 00:00:00 +0000\n\n`;

let site: OnlineSite;
let lock: HostLock;
const context = testContext('2025-06-02T00:00:00Z');

beforeAll(async () => {
  const app = { name: 'app', version: '2.0', depends: 'lib', fields: { Conflicts: 'old' } };
  site = await createOnlineSite([], {
    components: {
      main: [
        await buildPackage({
          ...app,
          files: { '/usr/share/doc/app/changelog': changelog('2.0') + changelog('1.5') + changelog('1.0') },
        }),
        await buildPackage({ name: 'lib', version: '1.0' }),
        await buildPackage({ name: 'old', version: '1.0' }),
        await buildPackage({ name: 'other', version: '3.0' }),
      ],
    },
  });
  await snapshot({ configFile: site.configFile, context, dryRun: false, force: true });
  const stateDir = join(site.directory, 'state');
  lock = await leaveReport(stateDir, { name: 'one', packages: { app: '1.0', old: '1.0' } });
  await leaveReport(stateDir, { name: 'two', packages: { app: '1.5' } });
  await leaveReport(stateDir, { name: 'newer', packages: { app: '1.5' }, codename: 'trixie' });
  await leaveReport(stateDir, { name: 'elsewhere', packages: { app: '1.0' }, track: 'another' });
}, 60_000);

it('tells for each host what apt would do, and why a host has no forecast', async () => {
  const own = testContext('2025-06-02T00:00:00Z');
  const found = await report({ configFile: site.configFile, context: own });
  expect(found).toMatchObject({ comparedWith: 'hosts', since: null });
  expect(found.hosts.map(({ name, forecast }) => [name, forecast?.verdict])).toEqual([
    ['newer', undefined],
    ['one', 'go'],
    ['two', 'go'],
  ]);
  const changes = found.hosts.map(({ forecast }) =>
    (forecast?.sources ?? []).flatMap(({ changes: all }) =>
      all.map(({ name, action }) => `${action} ${name}`),
    ),
  );
  expect(changes).toEqual([[], ['upgrade app', 'install lib', 'remove old'], ['upgrade app', 'install lib']]);
  expect(found.hosts[0]?.problem).toMatch(/No target of the bundle fits this host.*trixie/);
  expect(own.warnings).toEqual([expect.stringMatching(/^No forecast of newer: No target/)]);
  expect(found.hosts[1]?.forecast?.sizes.downloadBytes).toBeGreaterThan(0);

  // By source: each version that a host has, and the changelog since the oldest of them.
  expect(found.sources.map(({ source, hosts }) => [source, hosts])).toEqual([
    ['app', ['one', 'two']],
    ['lib', ['one', 'two']],
    ['old', ['one']],
  ]);
  const [app] = found.sources;
  expect(app?.packages.map(({ from, to }) => [from, to])).toEqual([
    ['1.0', '2.0'],
    ['1.5', '2.0'],
  ]);
  expect(app).toMatchObject({ urgency: 'high', cves: ['CVE-2025-4444'], gap: null });
  expect(app?.changelog.map(({ version }) => version)).toEqual(['2.0', '1.5']);
  expect(found.totals).toMatchObject({ upgraded: 2, added: 1, removed: 1 });
  // The book has every host, whatever track it follows.
  expect(found.book.map(({ name, drift, forecast }) => [name, drift, forecast?.changes])).toEqual(
    expect.arrayContaining([
      ['one', null, 3],
      ['elsewhere', null, undefined],
    ]),
  );
  expect(found.book).toHaveLength(4);
  const page = await renderReportPage(found, 'en');
  expect(page).toContain('<li>old 1.0</li>');
  expect(page).toContain('No target of the bundle fits this host');
});

it('is for the named hosts, or for a lock, alone', async () => {
  const { configFile } = site;
  const two = await report({ configFile, hosts: [{ host: 'two' }], context });
  expect(two.hosts.map(({ name }) => name)).toEqual(['two']);
  expect(two.sources.map(({ source }) => source)).toEqual(['app', 'lib']);
  expect(two.sources[0]?.changelog.map(({ version }) => version)).toEqual(['2.0']);

  const file = join(await scratchDirectory(), 'host.lock.json');
  await writeFile(file, formatHostLock(lock));
  const one = await report({ configFile, hosts: [{ file }], context });
  expect(one.hosts.map(({ name }) => name)).toEqual(['one']);
  expect(one.sources.map(({ source }) => source)).toEqual(['app', 'lib', 'old']);

  await expect(report({ configFile, hosts: [{ host: 'nobody' }], context })).rejects.toMatchObject({
    code: 'usage.host',
  });
  // A host that was named and has no forecast is an error, and not a line on a page.
  await expect(report({ configFile, hosts: [{ host: 'newer' }], context })).rejects.toMatchObject({
    code: 'trust.target',
  });
});

it('is the list of hosts, too', async () => {
  const { digest } = (await report({ configFile: site.configFile, context })).baseline;
  const applied = { name: 'test-1', digest, sequence: 1 };
  const packages = { app: '1.5', lib: '1.0', other: '4.0', own: '1.0' };
  await leaveReport(join(site.directory, 'state'), { name: 'three', packages, applied });
  const options = { configFile: site.configFile, context };
  const { hosts } = await listSite({ ...options, withForecast: true });
  const three = hosts.find(({ name }) => name === 'three');
  expect(three).toMatchObject({
    ...{ baseline: 'test-1', drift: { behind: 1, ahead: 1, foreign: 1 }, subscriptions: [] },
    forecast: { verdict: 'go', changes: 1, reboot: false, prompts: 0 },
  });
  const text = trustedHostsText({ directory: '', keys: [], distrusted: [], hosts: [] }, new Date());
  expect(text).toContain('No host is trusted');
  const listed = await listSite({ ...options, withForecast: false });
  expect(listed.hosts.every(({ forecast }) => forecast === null)).toBe(true);
  const shown = trustedHostsText({ ...listed, hosts }, new Date('2025-06-03T00:00:00Z'));
  expect(shown).toMatch(
    /Drift: +1 package older, 1 newer, 1 not in the baseline\nForecast: +1 package to change\n/,
  );
});
