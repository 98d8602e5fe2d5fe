/** Checks the guests of a node: what the new release no longer runs, and what still runs. */
import {
  always,
  before,
  fail,
  known,
  listed,
  pass,
  unknown,
  warn,
  type Finding,
  type UpgradeCheck,
} from './check.ts';
import type { GuestConfig, UpgradeFacts } from './facts.ts';

/** Versions of systemd below need cgroup version 1, which the new release does not have. */
const leastSystemd = 232;
/** Distributions without systemd, which have no trouble with cgroups. */
const withoutSystemd = ['alpine', 'devuan'];
/** Older machine versions will leave QEMU while the new release lasts. */
const leastMachine = 6;

export const guestChecks: readonly UpgradeCheck[] = [
  {
    id: 'cgroup-kernel',
    title: 'The kernel command line does not request cgroup version 1',
    phases: always,
    products: ['pve'],
    byHand: 'cat /proc/cmdline',
    judge: ({ texts }) =>
      known([texts.commandLine], (line) =>
        /\bsystemd\.unified_cgroup_hierarchy=0\b/.test(line ?? '')
          ? fail(
              'the kernel has systemd.unified_cgroup_hierarchy=0',
              'Remove it from /etc/default/grub or /etc/kernel/cmdline, then update-grub or proxmox-boot-tool refresh, and reboot: systemd of the new release knows version 2 only.',
            )
          : pass('not requested'),
      ),
  },
  {
    id: 'cgroup-containers',
    title: 'All containers work with cgroup version 2',
    phases: before,
    products: ['pve'],
    byHand: 'pve8to9 --full',
    judge: (facts) =>
      known([facts.guests], (all) =>
        judgeContainers(
          all.filter(({ kind }) => kind === 'lxc'),
          facts,
        ),
      ),
  },
  {
    id: 'cgroup-keys',
    title: 'No container uses keys of cgroup version 1',
    phases: always,
    products: ['pve'],
    byHand: 'grep -r ^lxc.cgroup\\\\. /etc/pve/lxc',
    judge: ({ guests }) =>
      known([guests], (all) => {
        const found = all.filter(({ kind, text }) => kind === 'lxc' && /^lxc\.cgroup\./m.test(text));
        return found.length === 0
          ? pass('no such key found')
          : warn(
              numbers(found),
              'Write lxc.cgroup2. for lxc.cgroup. in their configuration: the old keys are ignored.',
            );
      }),
  },
  {
    id: 'machine-versions',
    title: 'No virtual machine has an old machine version',
    phases: before,
    products: ['pve'],
    byHand: 'grep -r ^machine: /etc/pve/qemu-server',
    judge: ({ guests }) =>
      known([guests], (all) => {
        const found = all.filter(({ kind, text }) => kind === 'qemu' && hasOldMachine(text));
        return found.length === 0
          ? pass('no old machine version found')
          : warn(
              numbers(found),
              `Set a newer machine version: those below ${leastMachine}.0 leave QEMU in the course of Proxmox VE 9. A snapshot with memory, or a hibernated guest, cannot be resumed then.`,
            );
      }),
  },
];

function judgeContainers(all: readonly GuestConfig[], { containers, texts }: UpgradeFacts): Finding {
  if (all.length === 0) return pass('this node has no container');
  return known([containers], (versions) => {
    const old = all.filter(({ vmid }) => (versions.get(vmid) ?? leastSystemd) < leastSystemd);
    const todo =
      'Upgrade the distribution in the container, or move its service to another one: it will not start on the new release.';
    if (old.length > 0) {
      return fail(listed(old.map(({ vmid }) => `container ${vmid} has systemd ${versions.get(vmid)}`)), todo);
    }
    const open = all.filter(({ vmid, text }) => !versions.has(vmid) && !withoutSystemd.includes(osOf(text)));
    if (open.length === 0) return pass(`${all.length} containers`);
    // The product's own tool mounts the containers that do not run.
    const tool = texts.pve8to9.isKnown ? texts.pve8to9.value : null;
    if (tool === null || !/^TOTAL:/m.test(plain(tool)))
      return unknown(`not running, and not looked into: ${numbers(open)}`);
    if (/unified cgroup v2 layout/.test(tool))
      return fail('pve8to9 found a container without support for cgroup version 2', todo);
    const unread = /Failed to (?:load config and mount|get cgroup support status for) CT (\d+)/.exec(
      tool,
    )?.[1];
    return unread === undefined
      ? pass(`${all.length} containers; pve8to9 looked into those that do not run`)
      : unknown(`pve8to9 could not look into container ${unread}`);
  });
}

function hasOldMachine(text: string): boolean {
  return [...text.matchAll(/^(?:machine|runningmachine):.*?\bpc-(?:i440fx|q35)-(\d+)\.\d+/gm)].some(
    ([, major]) => Number(major) < leastMachine,
  );
}

function osOf(text: string): string {
  return /^ostype:\s*(\S+)/m.exec(text)?.[1] ?? '';
}

function numbers(found: readonly GuestConfig[]): string {
  return listed(found.map(({ vmid }) => String(vmid)));
}

/** Removes colours. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what is removed
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}
