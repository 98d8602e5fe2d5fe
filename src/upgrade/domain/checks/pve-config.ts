/** Checks configuration files of Proxmox VE for what the new release refuses or moves. */
import { parseSections } from '../section-config.ts';
import { always, before, fail, known, listed, pass, type UpgradeCheck } from './check.ts';

export const pveConfigChecks: readonly UpgradeCheck[] = [
  {
    id: 'notification-sections',
    title: 'The notification settings have no legacy sections',
    phases: before,
    products: ['pve'],
    byHand: 'grep -nE "^(filter|group):" /etc/pve/notifications.cfg',
    judge: ({ texts }) =>
      known([texts.notifications], (text) => {
        const found = parseSections(text ?? '').filter(({ type }) => type === 'filter' || type === 'group');
        return found.length === 0
          ? pass('no legacy section found')
          : fail(
              listed(found.map(({ type, name }) => `${type}: ${name}`)),
              'Remove the sections from /etc/pve/notifications.cfg; any change in the web interface removes them, too.',
            );
      }),
  },
  {
    id: 'backup-job-options',
    title: 'Backup jobs have no legacy notification options',
    phases: before,
    products: ['pve'],
    byHand: 'grep -nE "notification-(policy|target)" /etc/pve/jobs.cfg',
    judge: ({ texts }) =>
      known([texts.jobs], (text) => {
        const found = parseSections(text ?? '').filter(
          ({ options }) => options.has('notification-policy') || options.has('notification-target'),
        );
        return found.length === 0
          ? pass('no legacy option found')
          : fail(
              listed(found.map(({ name }) => name)),
              'Save the job again in the web interface, or remove notification-policy and notification-target from /etc/pve/jobs.cfg.',
            );
      }),
  },
  {
    id: 'roles',
    title: 'No custom role has the privilege VM.Monitor',
    phases: always,
    products: ['pve'],
    byHand: 'grep -n VM.Monitor /etc/pve/user.cfg',
    judge: ({ texts }) =>
      known([texts.users], (text) => {
        const roles = (text ?? '')
          .split('\n')
          .map((line) => line.split(':').map((part) => part.trim()))
          .filter(
            ([kind, , privileges = '']) =>
              kind === 'role' && privileges.split(/[\s,;]+/).includes('VM.Monitor'),
          )
          .map(([, name = '']) => name);
        return roles.length === 0
          ? pass('no role has it')
          : fail(
              listed(roles),
              'Plan what these roles need in Proxmox VE 9: Sys.Audit for the monitor, VM.GuestAgent.* for the guest agent. Change them right after the upgrade of the last node.',
            );
      }),
  },
  {
    id: 'sdn-database',
    title: 'The SDN databases were migrated',
    phases: always,
    products: ['pve'],
    byHand: 'ls /etc/pve/priv/ipam.db /etc/pve/priv/macs.db /etc/pve/sdn',
    judge: ({ texts }) =>
      known([texts.ipam, texts.newIpam, texts.macs, texts.newMacs], (ipam, newIpam, macs, newMacs) => {
        const left = [
          ...(ipam !== null && newIpam === null ? ['/etc/pve/priv/ipam.db'] : []),
          ...(macs !== null && newMacs === null ? ['/etc/pve/priv/macs.db'] : []),
        ];
        return left.length === 0
          ? pass('no file is left at the old place')
          : fail(
              left.join(', '),
              'Upgrade libpve-network-perl within Proxmox VE 8, which moves it; or move the file away if you do not use SDN.',
            );
      }),
  },
];
