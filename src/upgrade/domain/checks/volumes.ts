/** Checks LVM and ZFS: what activates volumes, checks thin pools, and whether pools and module are well. */
import { z } from 'zod';
import { parseJson } from '../../../core/domain/fact.ts';
import type { ConfigSection } from '../section-config.ts';
import {
  always,
  before,
  fail,
  known,
  listed,
  mapFact,
  pass,
  unknown,
  warn,
  type Finding,
  type UpgradeCheck,
} from './check.ts';
import { versionOf, type UpgradeFacts } from './facts.ts';
import { withStorages } from './storage.ts';

const volumesSchema = z.object({
  report: z.array(
    z.object({
      lv: z.array(z.object({ vg_name: z.string(), lv_name: z.string(), autoactivation: z.string() })),
    }),
  ),
});
/** As Proxmox VE names the volumes of guests. */
const guestVolume = /^(?:vm|base|snap_vm)-\d+-/;

export const volumeChecks: readonly UpgradeCheck[] = [
  {
    id: 'lvm-autoactivation',
    title: 'LVM does not autoactivate volumes of guests',
    phases: always,
    products: ['pve'],
    byHand: 'lvs --options vg_name,lv_name,autoactivation',
    judge: (facts) => withStorages(facts, (storages) => judgeVolumes(storages, facts)),
  },
  {
    id: 'lvm-thin-check',
    title: 'LVM checks thin pools with the necessary option',
    phases: before,
    byHand: 'lvmconfig global/thin_check_options',
    judge: ({ texts }) =>
      known([texts.lvmConfig], (config) => {
        const options = /thin_check_options\s*=\s*(\[[^\]]*\]|\S+)/.exec(config ?? '')?.[1];
        if (config === null) return pass('LVM is not installed');
        return options === undefined || options.includes('--clear-needs-check-flag')
          ? pass(options ?? 'the option is not overridden')
          : fail(
              options,
              'Add --clear-needs-check-flag to thin_check_options in /etc/lvm/lvm.conf: thin pools may not start without it.',
            );
      }),
  },
  {
    id: 'zfs-pools',
    title: 'All ZFS pools are healthy',
    phases: always,
    byHand: 'zpool status -x',
    judge: ({ texts }) =>
      known([texts.pools], (answer) => {
        if (answer === null) return pass('ZFS is not installed');
        const text = answer.trim();
        if (/^(?:all pools are healthy|no pools available)$/.test(text)) return pass(text);
        const names = [...text.matchAll(/^\s*pool:\s*(\S+)/gm)].map(([, name = '']) => name);
        return fail(
          names.length === 0 ? (text.split('\n')[0] ?? '') : listed(names),
          'Repair the pool before the reboot: zpool status',
        );
      }),
  },
  {
    id: 'zfs-module',
    title: 'The module of ZFS has the version of its tools',
    phases: always,
    byHand: 'zfs version',
    judge: ({ texts, packages }) =>
      known([texts.zfsModule, packages], (text, all) => {
        const tools = versionOf(all, 'zfsutils-linux');
        const loaded = text?.trim() ?? '';
        if (tools === undefined || loaded === '') return pass('ZFS is not in use');
        return upstreamOf(loaded) === upstreamOf(tools)
          ? pass(loaded)
          : warn(
              `the module is ${loaded}, zfsutils-linux is ${tools}`,
              'Reboot before the upgrade; where DKMS builds the module, see that it can be built for the new kernel.',
            );
      }),
  },
];

function judgeVolumes(storages: readonly ConfigSection[], { texts }: UpgradeFacts): Finding {
  const groups = storages.filter(
    ({ type, options }) => /^lvm(?:thin)?$/.test(type) && !options.has('disable'),
  );
  if (groups.length === 0) return pass('no storage is on LVM');
  const volumes = mapFact(texts.volumes, (text) => (text === null ? null : parseJson(text, volumesSchema)));
  return known([volumes], (answer) => {
    if (answer === null) return unknown('lvs is not installed');
    const found = answer.report
      .flatMap(({ lv }) => lv)
      .filter(({ autoactivation, lv_name: name }) => autoactivation === 'enabled' && guestVolume.test(name));
    const affected = groups.filter(({ options }) =>
      found.some(({ vg_name: group }) => group === options.get('vgname')),
    );
    if (affected.length === 0) return pass(listed(groups.map(({ name }) => name)));
    const todo = 'Run: /usr/share/pve-manager/migrations/pve-lvm-disable-autoactivation';
    const shared = affected.filter(({ options }) => options.get('shared') === '1');
    const seen = listed(
      affected.map(({ name, options }) => `${name}${options.get('shared') === '1' ? ' (shared)' : ''}`),
    );
    return shared.length > 0
      ? fail(seen, `${todo}. On shared storage two nodes may hold one volume.`)
      : warn(seen, todo);
  });
}

function upstreamOf(version: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
}
