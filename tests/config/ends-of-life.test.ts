import { expect, it } from 'vitest';
import { endOfLifeWarnings, isPastEnd } from '../../src/config/domain/ends-of-life.ts';
import { presets } from '../../src/config/domain/presets.ts';

it.each([
  ['2026-07-11', '2026-07-12T11:59:59Z', false],
  ['2026-07-11', '2026-07-12T12:00:00Z', true],
  ['2026-08', '2026-08-31T23:59:59Z', false],
  ['2026-08', '2026-09-01T12:00:00Z', true],
  ['2024-02', '2024-02-29T23:00:00Z', false],
])('support until %s: at %s it is past: %s', (date, now, past) => {
  expect(isPastEnd({ date }, new Date(now))).toBe(past);
});

it('never ends where no end is announced', () => {
  expect(isPastEnd({ date: null }, new Date('2999-01-01'))).toBe(false);
});

it.each(['2023-01-01', '2026-07-20', '2026-11-28', '2029-01-01'])(
  'on %s warns of exactly those presets that are past',
  (day) => {
    const now = new Date(day);
    const warned = presets.filter(({ mirrors }) => {
      const located = mirrors.map(({ settings }) => settings);
      return endOfLifeWarnings(located, now).length > 0;
    });

    expect(warned.map(({ name }) => name)).toEqual(
      presets.filter(({ endOfLife }) => isPastEnd(endOfLife, now)).map(({ name }) => name),
    );
    expect(warned.map(({ codename }) => codename).includes('bookworm')).toBe(day > '2024');
  },
);

it('says once for each release which mirrors are of it, wherever they are fetched from', () => {
  const mirror = (id: string, uri: string, suite: string, component: string) => ({
    ...{ id, uri, suite },
    components: [component],
  });
  const mirrors = [
    mirror('base', 'http://cache.example/debian/', 'bookworm', 'main'),
    mirror('security', 'http://cache.example/debian-security', 'bookworm-security', 'main'),
    mirror('pve', 'http://cache.example/proxmox/pve', 'bookworm', 'pvetest'),
    mirror('ceph', 'http://cache.example/ceph-reef', 'bookworm', 'no-subscription'),
    mirror('grafana', 'http://cache.example/grafana', 'bookworm', 'main'),
    mirror('own', 'http://cache.example/debian', 'stable', 'main'),
    mirror('new', 'http://cache.example/debian', 'trixie', 'main'),
  ];

  expect(endOfLifeWarnings(mirrors, new Date('2026-11-28'))).toEqual([
    'Debian 12 is past its end of life (2026-07-11, LTS until 2028-06-30): expect no more security updates in base, security.',
    'Proxmox VE 8 is past its end of life (2026-08): expect no more security updates in pve.',
    'Ceph reef is past its end of life (2025-08-01, as upstream estimates): expect no more security updates in ceph.',
  ]);
  const pve = mirrors.filter(({ id }) => id === 'pve');
  const before = new Date('2026-06-03T12:00:00Z');
  expect(endOfLifeWarnings(pve, before)).toEqual([]);
  expect(endOfLifeWarnings(pve, before, 89)).toEqual([]);
  // The last day of August is over, anywhere on earth, 36 hours after it began.
  expect(endOfLifeWarnings(pve, before, 91)).toEqual([
    'Proxmox VE 8 reaches its end of life within 91 days (2026-08): plan the upgrade of its hosts. Mirrors: pve.',
  ]);
});
