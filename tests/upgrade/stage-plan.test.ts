/** What a stage's plan may not do: what must stay, jumps of another kind, packages kept back. */
import { describe, expect, it } from 'vitest';
import { parseSimulation } from '../../src/apt/domain/apt-simulation.ts';
import type { StageKind } from '../../src/apt/domain/upgrade-way.ts';
import type { RemovedPackage } from '../../src/forecast/domain/refusals.ts';
import { admitStagePlan, stageRefusals } from '../../src/upgrade/domain/stage-plan.ts';

interface Given {
  kind?: StageKind;
  plan: string;
  facts?: Partial<RemovedPackage>;
  installed?: string[];
  keptBack?: { name: string; installed: string; baseline: string }[];
}

function kindsOf({ kind = 'release', plan, facts = {}, installed = [], keptBack = [] }: Given): string[] {
  const parsed = parseSimulation(plan, 'amd64');
  const removed = parsed.remove.map((change) => ({
    ...{ ...change, isEssential: false, isRunningKernel: false, isRuntime: false },
    ...facts,
  }));
  const gaps = { keptBack, notInstallable: [] };
  const about = { kind, plan: parsed, removed, gaps, installed: new Set(installed) };
  return stageRefusals(about).map((refusal) => `${refusal.kind} ${refusal.package}`);
}

const toTrixie = 'Inst base-files [12.4+deb12u5] (13.8+deb13u1 Debian:13/trixie [amd64])';
const toVe9 = 'Inst pve-manager [8.4.14] (9.0.11 Proxmox:13/trixie [all])';
const toSquid = 'Inst ceph-common [18.2.8-pve1] (19.2.2-pve1 Proxmox:12/bookworm [amd64])';

describe('a plan of a stage', () => {
  const refused: [what: string, given: Given, kinds: string[]][] = [
    ...['proxmox-ve', 'proxmox-backup-server', 'proxmox-mailgateway', 'pve-manager', 'pmg-api'].map(
      (name): [string, Given, string[]] => [
        `removes ${name}`,
        { plan: `Remv ${name} [8.4.0]` },
        [`product ${name}`],
      ],
    ),
    [
      'removes the kernel that runs',
      { plan: 'Remv proxmox-kernel-6.8.12-4-pve-signed [6.8.12-4]', facts: { isRunningKernel: true } },
      ['running-kernel proxmox-kernel-6.8.12-4-pve-signed'],
    ],
    ['removes pommgr', { plan: 'Remv pommgr [0.2.0]' }, ['runtime pommgr']],
    [
      "removes pommgr's runtime",
      { plan: 'Remv nodejs [20]', facts: { isRuntime: true } },
      ['runtime nodejs'],
    ],
    [
      'removes an essential package',
      { plan: 'Remv bash [5]', facts: { isEssential: true } },
      ['essential bash'],
    ],
    [
      'changes the release before its turn',
      { kind: 'last', plan: [toTrixie, toVe9].join('\n') },
      ['release base-files', 'release pve-manager'],
    ],
    ['changes the release with Ceph', { kind: 'ceph', plan: toVe9 }, ['release pve-manager']],
    [
      'upgrades Ceph with the release, on a node that stores data',
      { plan: [toTrixie, toSquid].join('\n'), installed: ['ceph-osd'] },
      ['ceph ceph-common'],
    ],
    [
      'upgrades Ceph with the last of the old release',
      { kind: 'last', plan: toSquid, installed: ['ceph-mon'] },
      ['ceph ceph-common'],
    ],
    ['downgrades', { plan: 'Inst hello [2.10-3] (2.9-1 Debian [amd64])' }, ['downgrade hello']],
    [
      'keeps a package back',
      { plan: toTrixie, keptBack: [{ name: 'qemu-server', installed: '8', baseline: '9' }] },
      ['kept-back qemu-server'],
    ],
  ];
  for (const [what, given, kinds] of refused)
    it(`that ${what} is refused`, () => expect(kindsOf(given)).toEqual(kinds));

  const taken: [what: string, given: Given][] = [
    ['changes the release in its turn', { plan: [toTrixie, toVe9].join('\n') }],
    ['removes a library that the new release lacks', { plan: `${toTrixie}\nRemv libdb5.3 [5.3.28]` }],
    ['upgrades Ceph in its turn', { kind: 'ceph', plan: toSquid, installed: ['ceph-osd'] }],
    ['brings a newer Ceph client where no daemon of Ceph is', { plan: [toTrixie, toSquid].join('\n') }],
    ['changes nothing', { plan: '' }],
  ];
  for (const [what, given] of taken) it(`that ${what} is admitted`, () => expect(kindsOf(given)).toEqual([]));

  it('names every reason', () => {
    const refusals = [1, 2].map((number) => ({
      ...{ kind: 'kept-back' as const, package: `p${number}`, what: `what ${number}`, hint: 'hint' },
    }));
    expect(() => admitStagePlan('pve-9', refusals)).toThrow(/stage pve-9 .*\n {2}what 1\n {2}what 2$/);
    expect(() => admitStagePlan('pve-9', [])).not.toThrow();
  });
});
