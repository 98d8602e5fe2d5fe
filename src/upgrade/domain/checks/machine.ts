/** Checks the machine: architecture, memory, clock, microcode, modules that are built on it. */
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
  type UpgradeCheck,
} from './check.ts';
import { versionOf } from './facts.ts';
import { clockUnits } from './texts.ts';

const mebibyte = 1024 * 1024;
/** dpkg and apt hold all indices in memory while services run. */
const leastMemoryBytes = 256 * mebibyte;
const advisedMemoryBytes = 768 * mebibyte;

export const machineChecks: readonly UpgradeCheck[] = [
  {
    id: 'architecture',
    title: 'The new release has the architecture of the host',
    phases: before,
    byHand: 'dpkg --print-architecture',
    judge: ({ host }) =>
      ['i386', 'mipsel', 'mips64el', 'armel'].includes(host.architecture)
        ? fail(
            host.architecture,
            'Install the host anew for a 64-bit architecture: Debian 13 has no installable system for this one.',
          )
        : pass(host.architecture),
  },
  {
    id: 'memory',
    title: 'There is memory for the upgrade',
    phases: before,
    byHand: 'free -m',
    judge: ({ texts }) => {
      const available = mapFact(texts.memory, (text) => {
        const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text ?? '')?.[1];
        if (kibibytes === undefined) throw new SyntaxError('MemAvailable is missing');
        return Number(kibibytes) * 1024;
      });
      return known([available], (bytes) => {
        const seen = `${Math.floor(bytes / mebibyte)} MiB available`;
        const todo = 'Stop guests or services, or add swap.';
        if (bytes < leastMemoryBytes) return fail(seen, todo);
        return bytes < advisedMemoryBytes ? warn(seen, todo) : pass(seen);
      });
    },
  },
  {
    id: 'clock',
    title: 'The clock is synchronised',
    phases: always,
    byHand: 'timedatectl',
    judge: ({ units, texts }) =>
      known([units, texts.clock], (states, answer) => {
        const active = clockUnits.filter((unit) => states.get(unit) === 'active');
        const todo =
          'Have chrony follow a clock on your own network: clusters and Ceph need it, and signatures are judged by the clock.';
        if (active.length === 0) return warn('no service synchronises the clock', todo);
        if (answer === null)
          return unknown(`${active.join(', ')} runs; whether the clock is synchronised is unknown`);
        return /^NTPSynchronized=yes$/m.test(answer)
          ? pass(active.join(', '))
          : warn(`${active.join(', ')} runs, and the clock is not synchronised`, todo);
      }),
  },
  {
    id: 'microcode',
    title: 'The microcode of the processor is installed',
    phases: before,
    products: ['pve', 'pbs'],
    byHand: 'lscpu; dpkg -l intel-microcode amd64-microcode',
    judge: ({ texts, packages }) =>
      known([texts.processor, packages], (text, all) => {
        const vendor = /^vendor_id\s*:\s*(\S+)/m.exec(text ?? '')?.[1];
        if (/^flags\s*:.*\bhypervisor\b/m.test(text ?? '')) return pass('the host is a virtual machine');
        const name =
          vendor === 'GenuineIntel'
            ? 'intel-microcode'
            : vendor === 'AuthenticAMD'
              ? 'amd64-microcode'
              : undefined;
        if (name === undefined) return pass('no microcode package exists for this processor');
        return versionOf(all, name) === undefined
          ? warn(`${name} is not installed`, `Install ${name}; it is in the component non-free-firmware.`)
          : pass(`${name} ${versionOf(all, name)}`);
      }),
  },
  {
    id: 'dkms',
    title: 'No module is built by DKMS',
    phases: before,
    byHand: 'dkms status',
    judge: ({ dkmsModules }) =>
      known([dkmsModules], (modules) =>
        modules.length === 0
          ? pass('no DKMS module found')
          : warn(
              listed(modules),
              'Find out whether each can be built for the new kernel, with its headers in the baseline; dpkg fails where it cannot. Remove what is not needed.',
            ),
      ),
  },
  {
    id: 'nvidia-vgpu',
    title: 'No driver of NVIDIA vGPU is installed',
    phases: before,
    products: ['pve'],
    byHand: 'systemctl status nvidia-vgpu-mgr',
    judge: ({ units }) =>
      known([units], (states) =>
        ['active', 'activating', 'failed'].includes(states.get('nvidia-vgpu-mgr') ?? '')
          ? warn(
              `nvidia-vgpu-mgr is ${states.get('nvidia-vgpu-mgr')}`,
              'Get the driver that NVIDIA has for the new kernel before the upgrade.',
            )
          : pass('not installed'),
      ),
  },
];
