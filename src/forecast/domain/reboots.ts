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

/** Kernels of a host, by their releases: `6.8.12-9-pve`. */
export interface BootableKernels {
  versions: readonly string[];
  /** The one that boots, whatever is newer; null where none is pinned. */
  pinned: string | null;
}

/** Returns a reboot that is due before any upgrade: another kernel boots than the one that runs. */
export function pendingReboot(running: string | null, { versions, pinned }: BootableKernels): RebootReason[] {
  if (running === null || !versions.includes(running)) return [];
  const isPinned = pinned !== null && versions.includes(pinned);
  const next = isPinned ? pinned : versions.toSorted(compareKernels).at(-1);
  if (next === undefined || next === running) return [];
  const what = `${running} runs, and ${next} is ${isPinned ? 'pinned' : 'installed already'}`;
  return [{ kind: 'pending', package: null, what }];
}

/** Compares the releases of kernels by the numbers in them, as `sort -V` does. */
export function compareKernels(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
