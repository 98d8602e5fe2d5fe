/** Checks the running kernel, a pinned one, and the state of proxmox-boot-tool. */
import { always, fail, known, listed, pass, unknown, warn, type UpgradeCheck } from './check.ts';
import { leastKernel } from './release.ts';

export const kernelChecks: readonly UpgradeCheck[] = [
  {
    id: 'running-kernel',
    title: 'The newest installed kernel runs',
    phases: always,
    byHand: 'uname -r; ls /boot/vmlinuz-*',
    judge: ({ boot, runningKernel, host }) =>
      known([boot], ({ kernels }) => {
        if (kernels.length === 0)
          return pass('no kernel is installed here: a container, or a root without one');
        return known([runningKernel], (running) => {
          const newest = kernels.toSorted(byNumbers).at(-1) ?? running;
          if (!kernels.includes(running)) {
            return fail(
              `${running} runs, and is not among the installed ones: ${listed(kernels)}`,
              'Reboot into an installed kernel first: the modules of the running one are gone.',
            );
          }
          if (running !== newest)
            return warn(`${running} runs, and ${newest} is installed`, 'Reboot before the upgrade.');
          const isProxmox = host.products.some((product) => product !== 'debian');
          if (isProxmox && !running.endsWith('-pve'))
            return warn(
              `${running} is no kernel of Proxmox`,
              'Install proxmox-default-kernel, and reboot into it.',
            );
          const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(running) ?? [];
          const isOld =
            Number(major) < leastKernel.major ||
            (Number(major) === leastKernel.major && Number(minor) < leastKernel.minor);
          if (host.phase === 'after' && isProxmox && isOld)
            return fail(`${running} is of the old release`, 'Reboot into the kernel of the new release.');
          return pass(running);
        });
      }),
  },
  {
    id: 'pinned-kernel',
    title: 'No kernel is pinned',
    phases: always,
    byHand: 'proxmox-boot-tool kernel list',
    judge: ({ texts }) =>
      known([texts.kernelPin], (pinned) => {
        const version = pinned?.trim() ?? '';
        return version === ''
          ? pass('no kernel is pinned')
          : warn(`${version} boots, whatever is newer`, 'Release it: proxmox-boot-tool kernel unpin');
      }),
  },
  {
    id: 'boot-tool',
    title: 'proxmox-boot-tool has its partitions',
    phases: always,
    byHand: 'proxmox-boot-tool status',
    judge: ({ texts }) =>
      known([texts.bootUuids], (uuids) => {
        const expected = (uuids ?? '').split(/\s+/).filter((uuid) => /^[0-9A-F-]+$/i.test(uuid));
        if (expected.length === 0) return pass('proxmox-boot-tool manages no partition here');
        return known([texts.bootTool], (status) => {
          if (status === null)
            return fail('proxmox-boot-tool is not installed', 'Install proxmox-kernel-helper.');
          const configured = expected.filter((uuid) =>
            new RegExp(`^${uuid} is configured with`, 'm').test(status),
          );
          const missing = expected.filter((uuid) => !configured.includes(uuid));
          if (configured.length === 0) return unknown('its answer names no partition as configured');
          if (missing.length === 0) return pass(`${configured.length} configured`);
          return fail(
            `${missing.join(', ')} is not there`,
            'Where the disk is gone for good: proxmox-boot-tool clean. Where it was replaced: proxmox-boot-tool format, then init. Without it the host may not start when the other disk fails.',
          );
        });
      }),
  },
];

/** As `sort -V` does. */
function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
