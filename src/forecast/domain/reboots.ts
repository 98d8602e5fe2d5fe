/** Decides why a host has to be rebooted after an upgrade, from the packages that it installs. */
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import type { RebootReason } from './forecast.ts';
import { asksForReboot } from './maintainer-scripts.ts';

interface Rule {
  kind: RebootReason['kind'];
  pattern: RegExp;
  what: string;
}

const rules: readonly Rule[] = [
  {
    kind: 'microcode',
    pattern: /^(?:intel-microcode|amd64-microcode)$/,
    what: 'the processor loads its microcode at boot',
  },
  {
    kind: 'firmware',
    pattern: /^(?:firmware-|pve-firmware$)/,
    what: 'devices load their firmware when their driver starts',
  },
  {
    kind: 'libc',
    pattern: /^libc6$/,
    what: 'every running program keeps the old C library until it is started again',
  },
  {
    kind: 'init',
    pattern: /^(?:systemd|dbus|dbus-daemon)$/,
    what: 'it runs from boot on and is not replaced while the system runs',
  },
];

/** Returns the reasons that one unpacked package gives; `bootFiles` are the paths below /boot that it brings. */
export function rebootReasons(
  { name, from, to }: PlannedChange,
  about: { bootFiles: Iterable<string>; postinst: string | undefined },
): RebootReason[] {
  const versions = from === null ? `${to}` : `${from} to ${to}`;
  if ([...about.bootFiles].some((path) => /^\/boot\/vmlinu[xz]-/.test(path)))
    return [{ kind: 'kernel', package: name, what: `kernel ${versions}` }];
  const rule = from === null ? undefined : rules.find(({ pattern }) => pattern.test(name));
  if (rule !== undefined) return [{ kind: rule.kind, package: name, what: `${versions}: ${rule.what}` }];
  if (asksForReboot(about.postinst ?? ''))
    return [{ kind: 'script', package: name, what: `${versions}: its postinst may ask for a reboot` }];
  return [];
}

/** Returns a reboot that is due before any upgrade: a newer kernel than the running one is installed. */
export function pendingReboot(running: string | null, installed: readonly string[]): RebootReason[] {
  if (running === null || installed.length === 0) return [];
  const newest = installed.toSorted(compareKernels).at(-1);
  if (newest === undefined || newest === running || !installed.includes(running)) return [];
  return [{ kind: 'pending', package: null, what: `${running} runs, and ${newest} is installed already` }];
}

/** Compares the releases of kernels by the numbers in them, as `sort -V` does. */
export function compareKernels(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
