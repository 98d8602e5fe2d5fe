/** What is named before anything else of an upgrade, out of apt's own words for it. */
import { expect, test } from 'vitest';
import { parseSimulation } from '../../src/apt/domain/apt-simulation.ts';
import { upgradePlanText } from '../../src/apt/ui/upgrade-plan-text.ts';

function plan(...lines: string[]) {
  return parseSimulation(`${lines.join('\n')}\n`, 'amd64');
}

const up = (name: string, from: string, to: string): string =>
  `Inst ${name} [${from}] (${to} Proxmox:13/trixie [amd64])`;

test.each([
  [
    'Ceph by one release',
    [up('ceph-common', '19.2.3-pve2', '20.2.1-pve1')],
    ['Ceph 19 (squid) to 20 (tentacle)'],
  ],
  [
    'Ceph where only a library is there',
    [up('librados2', '17.2.8', '19.2.3')],
    ['Ceph 17 (quincy) to 19 (squid)'],
  ],
  ['Proxmox VE', [up('pve-manager', '8.4.21', '9.2.11')], ['Proxmox VE 8 to 9']],
  ['Proxmox VE by its meta package', [up('proxmox-ve', '8.4.0', '9.2.0')], ['Proxmox VE 8 to 9']],
  ['PBS', [up('proxmox-backup-server', '3.4.8-1', '4.2.4-1')], ['Proxmox Backup Server 3 to 4']],
  ['PMG', [up('pmg-api', '8.2.1', '9.1.1')], ['Proxmox Mail Gateway 8 to 9']],
  ['PDM', [up('proxmox-datacenter-manager', '0.9.2', '1.1.8')], ['Proxmox Datacenter Manager 0 to 1']],
  ['Debian', [up('base-files', '12.4+deb12u12', '13.8+deb13u1')], ['Debian 12 to 13']],
  ['the loss of a product', ['Remv proxmox-ve [9.2.0]'], ['apt would remove proxmox-ve']],
  [
    'nothing that stays in its major version',
    [up('ceph-common', '20.2.1-pve1', '20.2.2-pve1'), up('pve-manager', '9.2.3', '9.2.11')],
    [],
  ],
  [
    'no new kernel and no other package',
    [up('proxmox-kernel-7.0', '6.14.8-2', '7.0.6-2'), 'Remv vim [2:9.1]'],
    [],
  ],
])('names %s', (_, lines, expected) => {
  const { jumps } = plan(...lines);
  expect(jumps.map(({ what }) => what.split(':')[0])).toEqual(expected);
});

test('names them in the order in which they have to be made, with what comes first', () => {
  const all = plan(
    up('base-files', '12.4+deb12u12', '13.8'),
    up('ceph-common', '18.2.7-pve1', '20.2.1-pve1'),
    up('pve-manager', '8.3.5', '9.2.11'),
    'Remv proxmox-ve [8.3.0]',
  );
  expect(all.jumps.map(({ kind }) => kind)).toEqual(['removal', 'debian', 'product', 'ceph']);
  const text = upgradePlanText(all);
  expect(text).toMatch(/^Read this before you upgrade:\n {2}apt would remove proxmox-ve/);
  const flat = text.replaceAll(/\s+/g, ' ');
  expect(flat).toContain('First bring every node to the last 8.4; this one has 8.3.5.');
  expect(flat).toContain('First bring Ceph to 19 (squid) while the nodes are on Debian 12; it is 18 (reef).');
  expect(flat).toContain('Not together with a new Proxmox VE');
  expect(text.indexOf('Ceph 18 (reef) to 20')).toBeLessThan(
    text.indexOf('apt-get dist-upgrade would do this:'),
  );
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
