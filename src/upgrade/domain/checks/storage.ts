/** Checks the storages of a node: what the new release no longer has, and settings that it needs. */
import { z } from 'zod';
import { parseJson } from '../../../core/domain/fact.ts';
import { parseSections, type ConfigSection } from '../section-config.ts';
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
import type { UpgradeFacts } from './facts.ts';

const volumesSchema = z.object({
  report: z.array(
    z.object({
      lv: z.array(z.object({ vg_name: z.string(), lv_name: z.string(), autoactivation: z.string() })),
    }),
  ),
});
/** As Proxmox VE names the volumes of guests. */
const guestVolume = /^(?:vm|base|snap_vm)-\d+-/;

export const storageChecks: readonly UpgradeCheck[] = [
  {
    id: 'glusterfs',
    title: 'No storage is of the type glusterfs',
    phases: before,
    products: ['pve'],
    byHand: 'grep ^glusterfs: /etc/pve/storage.cfg',
    judge: (facts) =>
      withStorages(facts, (storages) => {
        const found = storages.filter(({ type }) => type === 'glusterfs').map(({ name }) => name);
        return found.length === 0
          ? pass('no such storage found')
          : fail(
              listed(found),
              'Move its volumes to another storage, then remove it; or mount the volume by hand and add it as a directory: Proxmox VE 9 has no plugin for it.',
            );
      }),
  },
  {
    id: 'maxfiles',
    title: 'No retention is set by maxfiles',
    phases: before,
    products: ['pve'],
    byHand: 'grep -n maxfiles /etc/vzdump.conf /etc/pve/storage.cfg /etc/pve/vzdump.cron',
    judge: ({ texts }) =>
      known([texts.storages, texts.vzdumpConfig, texts.vzdumpCron], (storages, config, cron) => {
        const found = [
          ...(/^\s+maxfiles\s/m.test(storages ?? '') ? ['/etc/pve/storage.cfg'] : []),
          ...(/^\s*maxfiles\s*:/m.test(config ?? '') ? ['/etc/vzdump.conf'] : []),
          ...(/^[^#]*--?maxfiles\b/m.test(cron ?? '') ? ['/etc/pve/vzdump.cron'] : []),
        ];
        return found.length === 0
          ? pass('maxfiles is not used')
          : fail(
              found.join(', '),
              'Write prune-backups keep-last=N instead: the new release does not know maxfiles.',
            );
      }),
  },
  {
    id: 'rbd-keyring',
    title: 'External RBD storages name their keyring',
    phases: before,
    products: ['pve'],
    byHand: 'grep keyring /etc/pve/priv/ceph/*.conf',
    judge: (facts) =>
      withStorages(facts, (storages) => {
        const external = storages.filter(({ type, options }) => type === 'rbd' && options.has('monhost'));
        if (external.length === 0) return pass('no external RBD storage found');
        return known([facts.rbdConfigs], (configs) => {
          const wrong = external.filter(({ name }) => {
            const config = configs.get(name);
            return config?.hasKeyring === true && !/^\s*keyring\s*=/m.test(config.text ?? '');
          });
          return wrong.length === 0
            ? pass(listed(external.map(({ name }) => name)))
            : fail(
                listed(wrong.map(({ name }) => name)),
                'Run: /usr/share/pve-manager/migrations/pve-rbd-storage-configure-keyring',
              );
        });
      }),
  },
  {
    id: 'lvm-autoactivation',
    title: 'Volumes of guests are not activated by LVM itself',
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

function withStorages({ texts }: UpgradeFacts, judge: (storages: ConfigSection[]) => Finding): Finding {
  return known([texts.storages], (text) => judge(parseSections(text ?? '')));
}
