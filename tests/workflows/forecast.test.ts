/**
 * The forecast of a host, of a medium and of a lock, and then the upgrade itself: real apt and dpkg in a root of Debian
 * 13, whose own words, logs and files are what the forecast is held against. conffiles.test.ts has both releases.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Forecast } from '../../src/forecast/domain/forecast.ts';
import { forecastText } from '../../src/forecast/ui/forecast-text.ts';
import { forecastApplied } from '../../src/forecast/workflows/forecast-applied.ts';
import { forecastLock } from '../../src/forecast/workflows/forecast-lock.ts';
import {
  forecastMedium,
  forecastRemote,
  forecastSummary,
} from '../../src/forecast/workflows/forecast-preview.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import { debianRoot, installInRoot, runInRoot } from '../support/debian-root.ts';
import { createDebianSite, type DebianSite } from '../support/debian-site.ts';
import { createHost, pretendInstalled } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-22T10:00:00Z');

/** As debhelper writes it for a service. */
const restartSnippet = `if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
		if [ -n "$2" ]; then
			_dh_action=restart
		else
			_dh_action=start
		fi
		deb-systemd-invoke $_dh_action 'conf.service' \\
			'conf-other.service' >/dev/null || true
	fi
fi`;
const news = `conf (2.0) unstable; urgency=medium

  The option "colour" is now called "color".

 -- Nobody <nobody@example.invalid>  Wed, 01 Jan 2025 00:00:00 +0000

conf (1.0) unstable; urgency=medium

  First news, read long ago.

 -- Nobody <nobody@example.invalid>  Wed, 01 Jan 2025 00:00:00 +0000
`;
const templates = `Template: conf/mode
Type: select
Choices: one, two
Default: one
Description: Mode of conf
 Longer text.

Template: conf/known
Type: string
Description: Answered before

Template: conf/title
Type: title
Description: No question
`;
const configScript = `. /usr/share/debconf/confmodule
db_input high conf/mode || true
db_input medium conf/known || true
db_go || true`;

/** Without what differs from one moment to the next. */
function comparable(forecast: Forecast) {
  const space = forecast.space.map((need) => ({ ...need, freeBytes: 1e9 }));
  return { ...forecast, space, subject: null };
}

describe('on Debian 13', { timeout: 180_000 }, () => {
  const release = 'trixie';
  let site: DebianSite;
  let root: string;
  let told: Forecast;

  beforeAll(async () => {
    site = await createDebianSite(release, {
      system: ['libfaketime'],
      replace: [
        {
          name: 'conf',
          version: '1.0',
          files: { '/etc/conf': 'one\n', '/etc/conf.d/quiet': 'one\n' },
          conffiles: ['/etc/conf', '/etc/conf.d/quiet'],
          scripts: { prerm: 'if [ "$1" = remove ]; then deb-systemd-invoke stop conf.service; fi' },
        },
        {
          name: 'conf',
          version: '2.0',
          files: {
            '/etc/conf': 'two\n',
            '/etc/conf.d/quiet': 'two\n',
            '/usr/share/doc/conf/NEWS.Debian.gz': gzipSync(news),
          },
          conffiles: ['/etc/conf', '/etc/conf.d/quiet'],
          scripts: {
            config: configScript,
            postinst: `. /usr/share/debconf/confmodule\ndb_get conf/mode\n${restartSnippet}\ntouch /run/reboot-required`,
            prerm: 'if [ "$1" = remove ]; then deb-systemd-invoke stop conf.service; fi',
          },
          controlFiles: { templates },
        },
        {
          name: 'libapp2',
          version: '2.0',
          source: 'appsource',
          files: { '/boot/vmlinuz-9.9-test': 'x'.repeat(5000), '/boot/config-9.9-test': 'y'.repeat(3000) },
        },
      ],
    });
    root = await debianRoot(release, [site.key]);
    const installed = ['netbase_12', 'libapp1_1.0', 'app_1.0', 'conf_1.0'];
    await installInRoot(root, ...installed.map(site.package));
    await writeFile(join(root, 'etc/conf'), 'of the host\n');
    await apply({ media: site.older, root, context });
    await mkdir(join(root, 'run/systemd/system'), { recursive: true });
    const log = '#!/bin/sh\necho "$*" >>/var/log/invoked\n';
    await writeFile(join(root, 'usr/bin/deb-systemd-invoke'), log);
    await chmod(join(root, 'usr/bin/deb-systemd-invoke'), 0o755);
    const seen = 'Name: conf/known\nTemplate: conf/known\nValue: x\nOwners: conf\nFlags: seen\n';
    await mkdir(join(root, 'var/cache/debconf'), { recursive: true });
    await writeFile(join(root, 'var/cache/debconf/config.dat'), `${seen}\n`);
  });

  test('a medium is foretold before it is applied, and nothing of the host changes', async () => {
    const before = [await treeOf(join(root, 'etc')), await treeOf(join(root, 'var'))];
    told = await forecastMedium({ media: site.newer, root, context });
    expect([await treeOf(join(root, 'etc')), await treeOf(join(root, 'var'))]).toEqual(before);
    expect(told.subject).toMatchObject({ kind: 'medium', baseline: { name: 'test-2' }, root });
    expect(told.verdict).toBe('go');
    expect(told.conffiles.prompts).toMatchObject([
      { path: '/etc/conf', package: 'conf', reason: 'both-changed', answer: 'ask' },
    ]);
    expect(told.conffiles.prompts[0]?.difference).toContain('-of the host\n+two');
    expect(told.restarts).toEqual([
      { unit: 'conf.service', package: 'conf', how: 'restart', isCertain: true, isActive: null },
      { unit: 'conf-other.service', package: 'conf', how: 'restart', isCertain: true, isActive: null },
    ]);
    expect(told.reboot.map(({ kind, package: name }) => `${kind} ${name}`)).toEqual([
      'script conf',
      'kernel libapp2',
    ]);
    expect(told.news).toMatchObject([{ source: 'conf', version: '2.0', packages: ['conf'] }]);
    expect(told.news[0]?.text).toBe('  The option "colour" is now called "color".');
    expect(told.questions).toMatchObject([
      { package: 'conf', name: 'conf/mode', type: 'select', priority: 'high', isShown: true },
    ]);
    expect(told.scripts).toEqual([
      { package: 'conf', script: 'postinst', change: 'new' },
      { package: 'conf', script: 'config', change: 'new' },
      // As Debian released it.
      { package: 'netbase', script: 'postinst', change: 'changed' },
      { package: 'netbase', script: 'postrm', change: 'changed' },
    ]);
    expect(told.sources.map(({ source }) => source)).toEqual(['app', 'appsource', 'conf', 'netbase']);
    expect(told.space.find(({ place, what }) => place === '/' && /1 new kernel/.test(what))).toMatchObject({
      neededBytes: 8000 + 128 * 1024 * 1024,
    });
    expect(told.unknown).toHaveLength(1);
  });

  test('a dry run of apply shows the short form', async () => {
    const report = await apply({ media: site.newer, root, dryRun: true, forecast: forecastSummary, context });
    expect(report.forecast).toMatchObject({
      prompts: ['/etc/conf'],
      unanswered: 1,
      reboot: ['conf', 'libapp2'],
      restarts: ['conf.service', 'conf-other.service'],
      ...{ questions: 1, news: 1, refusals: [], tooLittleSpace: [] },
    });
  });

  test('online, the lock of the host tells the same prompts, restarts and packages', async () => {
    const file = join(await scratchDirectory(), 'host.lock.json');
    await hostLock({ root, output: file, askPassphrase: () => Promise.reject(new Error()), context });
    const byLock = await forecastLock({ configFile: site.configFile, lock: { file }, context });
    expect(byLock.subject).toMatchObject({ kind: 'lock', hostName: `${release}-host`, root: null });
    expect(byLock.sources).toEqual(told.sources);
    expect(byLock.conffiles.prompts.map(({ path, shippedMd5 }) => [path, shippedMd5])).toEqual(
      told.conffiles.prompts.map(({ path, shippedMd5 }) => [path, shippedMd5]),
    );
    expect(byLock.restarts).toEqual(told.restarts);
    expect(byLock.reboot).toEqual(told.reboot);
    expect(byLock.news).toEqual(told.news);
    expect(byLock.unknown.length).toBeGreaterThan(2);
  });

  test('what is in the store, and what is applied, is foretold the same', async () => {
    await apply({ media: site.newer, root, storeOnly: true, context });
    const stored = await forecastApplied({ root, baseline: 'test-2', context });
    expect(comparable(stored)).toEqual(comparable(told));
    await apply({ media: site.newer, root, context });
    const applied = await forecastApplied({ root, context });
    expect(comparable(applied)).toEqual(comparable(told));
    await expect(
      forecastText({ ...comparable(applied), subject: { ...applied.subject, root: '/' } }),
    ).toMatchFileSnapshot('forecast.txt');
  });

  test('a store of another host is foretold before and after it is applied', async () => {
    const other = await createHost([site.key]);
    await writeFile(join(other, 'etc/os-release'), `ID=debian\nVERSION_CODENAME=${release}\n`);
    await pretendInstalled(other, site.package('conf_1.0'));
    const from = join(root, 'var/lib/pommgr');
    const before = await forecastRemote({ from, root: other, context });
    expect(before.subject).toMatchObject({ kind: 'remote', root: other });
    expect(before.news).toEqual(told.news);
    await applyFrom({ from, root: other, context });
    const after = await forecastApplied({ root: other, context });
    expect(comparable(after)).toEqual(comparable(before));
    // apt fetches what is elsewhere.
    expect(after.space.map(({ what }) => what)).toContain('package files that apt fetches');
  });

  test('what was foretold is what happens', async () => {
    await runInRoot(
      root,
      ...['apt-get', 'dist-upgrade', '-y', '-q', '-o', 'DPkg::Options::=--force-confold'],
    );
    const log = await readFile(join(root, 'var/log/dpkg.log'), 'utf8');
    expect([...log.matchAll(/ conffile (.+) keep$/gm)].map(([, path]) => path)).toEqual(
      told.conffiles.prompts.map(({ path }) => path),
    );
    const upgraded = [...log.matchAll(/ upgrade (\S+?):\S+ (?!<none>)(\S+) (\S+)$/gm)].map((found) =>
      found.slice(1).join(' '),
    );
    const changes = told.sources.flatMap((source) => source.changes);
    expect(upgraded.toSorted()).toEqual(
      changes
        .filter(({ action }) => action === 'upgrade')
        .map(({ name, from, to }) => `${name} ${from} ${to}`)
        .toSorted(),
    );
    const invoked = await readFile(join(root, 'var/log/invoked'), 'utf8');
    expect(invoked).toBe(`restart ${told.restarts.map(({ unit }) => unit).join(' ')}\n`);
    expect(await readFile(join(root, 'run/reboot-required'), 'utf8')).toBe('');
    expect(await readFile(join(root, 'boot/config-9.9-test'), 'utf8')).toHaveLength(3000);
    expect(await readFile(join(root, 'etc/conf'), 'utf8')).toBe('of the host\n');
    expect(await readFile(join(root, 'etc/conf.d/quiet'), 'utf8')).toBe('two\n');
  });
});
