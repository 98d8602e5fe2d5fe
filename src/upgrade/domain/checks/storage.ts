/** Checks the storages of a node: what the new release no longer has, and settings that it needs. */
import { parseSections, type ConfigSection } from '../section-config.ts';
import { before, fail, known, listed, pass, type Finding, type UpgradeCheck } from './check.ts';
import type { UpgradeFacts } from './facts.ts';

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
    title: 'The option maxfiles is not used',
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
];

/** Judges the sections of storage.cfg. */
export function withStorages(
  { texts }: UpgradeFacts,
  judge: (storages: ConfigSection[]) => Finding,
): Finding {
  return known([texts.storages], (text) => judge(parseSections(text ?? '')));
}
