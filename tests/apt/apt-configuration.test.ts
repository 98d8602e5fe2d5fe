import { expect, test } from 'vitest';
import { changelogPath, renderAptConfiguration } from '../../src/apt/domain/apt-configuration.ts';

test('names a changelog for each origin once, and the host that needs no proxy', () => {
  const text = renderAptConfiguration({
    baseline: { name: 'p-1' },
    origins: ['Proxmox', 'Debian', 'Proxmox', 'Debian Backports', 'odd";', ''],
    changelogs: 'copy:///var/lib/pommgr/current/changelogs',
    plainIndices: false,
    direct: { scheme: 'http', host: '192.0.2.7' },
  });
  expect(text.match(/^"Acquire::Changelogs.*$/gm)).toEqual(
    ['Proxmox', 'Debian', 'Debian Backports'].map(
      (origin) =>
        `"Acquire::Changelogs::URI::Override::Origin::${origin}" "copy:///var/lib/pommgr/current/changelogs/@CHANGEPATH@_changelog";`,
    ),
  );
  expect(text).toMatch(/^Acquire::http::Proxy::192\.0\.2\.7 "DIRECT";$/m);
});

test('asks for uncompressed indices first where there are such, and only there', () => {
  const about = { baseline: { name: 'p-1' }, origins: [], changelogs: 'copy:///c', direct: null };
  const line = /^Acquire::IndexTargets::deb::Packages::CompressionTypes "uncompressed xz .*";$/m;
  expect(renderAptConfiguration({ ...about, plainIndices: true })).toMatch(line);
  expect(renderAptConfiguration({ ...about, plainIndices: false })).not.toMatch(line);
});

test.each([
  ['main', 'apt', '2.6.1', 'main/a/apt/apt_2.6.1_changelog'],
  ['main', 'libapt', '1:2.0-1', 'main/liba/libapt/libapt_2.0-1_changelog'],
  [
    'contrib',
    'gcc-12 (12.2.0-14+deb12u1)',
    '4:12.2.0-3',
    'contrib/g/gcc-12/gcc-12_12.2.0-14+deb12u1_changelog',
  ],
  ['updates/main', 'x', '1.0~rc1', 'updates/main/x/x/x_1.0~rc1_changelog'],
])('in %s, %s at %s is %s', (component, source, version, expected) => {
  expect(changelogPath({ component, source, version })).toBe(expected);
});
