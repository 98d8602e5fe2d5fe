/** The rules that a forecast is put together by, as tables. */
import { describe, expect, it } from 'vitest';
import { bootSpaceNeeds } from '../../src/forecast/domain/boot-space.ts';
import { cephDaemons } from '../../src/forecast/domain/ceph-daemons.ts';
import {
  answerByOptions,
  confOptionsOf,
  decideConffile,
  noConfOptions,
} from '../../src/forecast/domain/conffile-rule.ts';
import { openQuestions, parseDebconfState } from '../../src/forecast/domain/debconf.ts';
import { divertedPath, parseDiversions, recordedHash } from '../../src/forecast/domain/dpkg-records.ts';
import { verdictOf } from '../../src/forecast/domain/forecast.ts';
import { newsSince } from '../../src/forecast/domain/news.ts';
import { pendingReboot, rebootReasons } from '../../src/forecast/domain/reboots.ts';
import { refusalsOf, type RemovedPackage } from '../../src/forecast/domain/refusals.ts';
import { heldBackOf } from '../../src/forecast/domain/source-changes.ts';
import { parseNeedrestart, staleServices } from '../../src/forecast/domain/stale-services.ts';
import { parseSimulation, type UpgradePlan } from '../../src/apt/domain/apt-simulation.ts';

type Change = ReturnType<typeof change>;

/** As apt says it. */
function plan({ upgrade = [], remove = [] }: { upgrade?: Change[]; remove?: Change[] }): UpgradePlan {
  const lines = [
    ...remove.map(({ name, from }) => `Remv ${name} [${from}]`),
    ...upgrade.map(({ name, from, to }) => `Inst ${name} [${from}] (${to} test:1 [amd64])`),
  ];
  return parseSimulation(`${lines.join('\n')}\n`, 'amd64');
}
const change = (name: string, from: string | null, to: string | null) => ({
  name,
  architecture: 'amd64',
  from,
  to,
});

describe("dpkg's options", () => {
  it.each([
    [['force-confold'], 'keep'],
    [['--force-confnew'], 'install'],
    [['--force-confdef', '--force-confnew'], 'keep'],
    [['force-confold,confnew'], 'install'],
    [['--force-confold', '--no-force-confold'], 'ask'],
    [['--force-all', '--refuse-confdef', '--refuse-confnew'], 'keep'],
    [['no-debsig', 'log /var/log/dpkg.log'], 'ask'],
  ] as const)('%j answer: %s', (words, answer) => {
    expect(answerByOptions(confOptionsOf(words))).toBe(answer);
  });

  const edited = { recorded: 'a', found: { kind: 'file', md5: 'b' }, shipped: 'a' } as const;
  it('confask asks about every changed file, confmiss brings a deleted one back', () => {
    expect(decideConffile(edited, noConfOptions)).toEqual({ action: 'keep' });
    expect(decideConffile(edited, { ...noConfOptions, confask: true })).toMatchObject({ reason: 'forced' });
    const deleted = { recorded: 'a', found: { kind: 'absent' }, shipped: 'b' } as const;
    expect(decideConffile(deleted, noConfOptions)).toMatchObject({ reason: 'deleted' });
    expect(decideConffile(deleted, { ...noConfOptions, confmiss: true })).toEqual({ action: 'create' });
  });
});

describe("dpkg's records", () => {
  it('takes the own digest before that of another package, and none of a file yet to come', () => {
    const of = (item: string, hash: string) => ({ package: item, architecture: 'all', hash });
    const records = new Map([
      ['/etc/a', [of('other', '1'), of('own', '2')]],
      ['/etc/b', [of('other', '1')]],
      ['/etc/c', [of('own', 'newconffile')]],
    ]);
    expect(
      ['/etc/a', '/etc/b', '/etc/c', '/etc/d'].map((path) => recordedHash(records, { path, name: 'own' })),
    ).toEqual(['2', '1', null, null]);
  });

  it("a package's own diversion leaves its file in place", () => {
    const diversions = parseDiversions('/etc/a\n/etc/a.moved\n:\n/etc/b\n/etc/b.moved\nowner\n');
    expect(['/etc/a', '/etc/b', '/etc/c'].map((path) => divertedPath(path, 'owner', diversions))).toEqual([
      '/etc/a.moved',
      '/etc/b',
      '/etc/c',
    ]);
    expect(divertedPath('/etc/b', 'other', diversions)).toBe('/etc/b.moved');
  });
});

describe('debconf', () => {
  const templates =
    'Template: p/q\nType: boolean\nDescription: Really?\n\nTemplate: p/t\nType: text\nDescription: x\n';
  const questions = (script: string, state: string) =>
    openQuestions({ templates, scripts: [script] }, parseDebconfState(state));

  it.each([
    ['db_input high p/q || true', '', 'high', true],
    ['db_input medium p/q || true', '', 'medium', false],
    ['db_input medium p/q', 'Name: debconf/priority\nValue: medium\n', 'medium', true],
    ["input('critical', 'p/q');", '', 'critical', true],
    ['db_input "$priority" p/q', '', null, null],
    ['db_input high "p/$x"', '', null, null],
  ])('%s', (script, state, priority, isShown) => {
    expect(questions(script, state)).toMatchObject([{ name: 'p/q', priority, isShown }]);
  });

  it('asks nothing that was answered, that no script puts up, or that is no question', () => {
    expect(questions('db_input high p/q', 'Name: p/q\nFlags: seen\n')).toEqual([]);
    expect(questions('# db_input high p/q', '')).toEqual([]);
    expect(questions('db_input high p/t', '')).toEqual([]);
  });
});

describe('NEWS', () => {
  const text =
    'p (2:1.0-1) x; urgency=low\n\n  Two.\n\n -- N <n@x>  date\n\np (1.9) x; urgency=low\n\n  One.\n\n -- N\n';
  it('has what came since, by the order of Debian versions', () => {
    expect(newsSince(text, '1.8').map(({ version }) => version)).toEqual(['2:1.0-1', '1.9']);
    expect(newsSince(text, '1.9')).toEqual([{ version: '2:1.0-1', text: '  Two.' }]);
    expect(newsSince(text, '3:0')).toEqual([]);
    expect(newsSince('\u001b[31mno news\n', '1')).toEqual([]);
  });
});

describe('reboots', () => {
  it.each([
    ['proxmox-kernel-7.0.2-1-pve-signed', null, ['/boot/vmlinuz-7.0.2-1-pve'], 'kernel'],
    ['intel-microcode', '1', [], 'microcode'],
    ['pve-firmware', '1', [], 'firmware'],
    ['libc6', '1', [], 'libc'],
    ['systemd', '1', [], 'init'],
    ['libc6-dev', '1', [], undefined],
    ['linux-image-amd64', '1', [], undefined],
    ['firmware-misc-nonfree', null, [], undefined],
  ])('%s from %s: %s', (name, from, bootFiles, kind) => {
    expect(rebootReasons(change(name, from, '2'), { bootFiles, postinst: '' })[0]?.kind).toBe(kind);
  });

  it.each([
    {
      running: '6.8.12-9-pve',
      pinned: null,
      due: '6.8.12-9-pve runs, and 6.8.12-10-pve is installed already',
    },
    { running: '6.8.12-10-pve', pinned: null, due: undefined },
    { running: null, pinned: null, due: undefined },
    { running: '6.8.12-9-pve', pinned: '6.8.12-9-pve', due: undefined },
    {
      running: '6.8.12-10-pve',
      pinned: '6.8.12-9-pve',
      due: '6.8.12-10-pve runs, and 6.8.12-9-pve is pinned',
    },
    { running: '6.8.12-10-pve', pinned: '6.5.1-1-pve', due: undefined },
  ])('with $running running and $pinned pinned: $due', ({ running, pinned, due }) => {
    const versions = ['6.8.12-10-pve', '6.8.12-9-pve'];
    expect(pendingReboot(running, { versions, pinned })[0]?.what).toBe(due);
  });
});

describe('refusals', () => {
  const removed = (name: string, more: Partial<RemovedPackage> = {}): RemovedPackage => ({
    ...change(name, '1', null),
    ...{ isEssential: false, isRunningKernel: false, isRuntime: false },
    ...more,
  });

  it.each([
    [removed('proxmox-ve'), 'product'],
    [removed('proxmox-backup-server'), 'product'],
    [removed('proxmox-mailgateway'), 'product'],
    [removed('proxmox-kernel-6.8.12-9-pve-signed', { isRunningKernel: true }), 'running-kernel'],
    [removed('pommgr'), 'runtime'],
    [removed('nodejs', { isRuntime: true }), 'runtime'],
    [removed('bash', { isEssential: true }), 'essential'],
    [removed('hello'), undefined],
  ])('$name', (item, kind) => {
    expect(refusalsOf(plan({ remove: [item] }), [item])[0]?.kind).toBe(kind);
  });

  it.each([
    ['ceph-common', '18.2.4-pve3', '19.2.3-pve2', 'ceph'],
    ['base-files', '12.4+deb12u11', '13.8', 'release'],
    ['pve-manager', '8.4.14', '9.1.4', 'release'],
    ['ceph-common', '19.2.2-pve1', '19.2.3-pve2', undefined],
  ])('%s from %s to %s', (name, from, to, kind) => {
    expect(refusalsOf(plan({ upgrade: [change(name, from, to)] }), [])[0]?.kind).toBe(kind);
  });
});

describe('what runs', () => {
  const needrestart = parseNeedrestart([
    "# $nrconf{restart} = 'l';\n$nrconf{restart} = 'i';\n$nrconf{override_rc} = {\n qr(^dbus) => 0,\n qr(^getty@.+\\.service) => 0,\n};",
    "$nrconf{restart} = 'a';\n$nrconf{override_rc}{qr(^dbus)} = 1;",
  ]);
  const processes = ['ssh', 'dbus', 'getty@tty1'].map((name, pid) => ({
    ...{ pid, name, unit: `${name}.service`, files: ['/usr/lib/libc.so.6', '/usr/lib/other.so'] },
  }));
  const parts = [{ name: 'libc6', files: ['/usr/lib/libc.so.6'] }];

  it('is restarted by a script, by needrestart or by nobody', () => {
    const restarts = [{ unit: 'ssh.service', how: 'restart' }];
    const told = staleServices(processes, { parts, restarts, needrestart });
    expect(told.map(({ unit, restartedBy }) => `${unit} ${restartedBy}`)).toEqual([
      'dbus.service needrestart',
      'getty@tty1.service nobody',
      'ssh.service script',
    ]);
    expect(staleServices(processes, { parts: [], restarts, needrestart })).toEqual([]);
  });

  it('Ceph is restarted MON, MGR, OSD, MDS, RGW, where its version changes', () => {
    const directories = new Map([
      ['osd', ['ceph-3', 'ceph-4']],
      ['mon', ['ceph-pve1']],
      ['rgw', ['ceph-rgw.a']],
    ] as const);
    const upgrade = ['ceph-base', 'ceph-mon', 'ceph-osd'].map((name) => change(name, '19.2.2', '19.2.3'));
    expect(cephDaemons(plan({ upgrade }), directories).map(({ kind, id }) => `${kind}.${id}`)).toEqual([
      'mon.pve1',
      'osd.3',
      'osd.4',
      'rgw.a',
    ]);
    expect(cephDaemons(plan({ upgrade: [change('ceph-common', '1', '2')] }), directories)).toEqual([]);
  });
});

describe('room for kernels', () => {
  const places = [
    { place: '/boot', kind: 'boot' as const, freeBytes: 1000 },
    { place: '/boot/efi', kind: 'esp' as const, freeBytes: 1000 },
    { place: '/dev/disk/by-uuid/AB', kind: 'proxmox-boot-tool' as const, freeBytes: null },
  ];
  const facts = {
    bootFiles: new Map<string, number>(),
    largestInitramfsBytes: 70,
    loaderBytes: 5,
    names: [] as string[],
  };
  const kernel = new Map([
    ['/boot/vmlinuz-1', 10],
    ['/boot/System.map-1', 4],
  ]);

  it.each([
    [{}, []],
    [{ bootFiles: kernel }, [84, 80]],
    [{ bootFiles: kernel, names: ['intel-microcode'] }, [154, 150]],
    [{ names: ['amd64-microcode'] }, [70, 70]],
    [{ names: ['grub-efi-amd64-bin'] }, [5]],
  ])('%j', (more, needed) => {
    expect(bootSpaceNeeds(places, { ...facts, ...more }).map(({ neededBytes }) => neededBytes)).toEqual(
      needed,
    );
  });
});

it('the verdict is to stop where something is refused or room is known to lack', () => {
  const need = { ...{ place: '/', what: 'packages', neededBytes: 2, estimate: null }, freeBytes: 1 };
  const refusal = { kind: 'essential' as const, package: 'bash', what: 'x' };
  expect(verdictOf({ refusals: [], space: [] })).toBe('go');
  expect(verdictOf({ refusals: [refusal], space: [] })).toBe('stop');
  expect(verdictOf({ refusals: [], space: [need] })).toBe('stop');
  const fits = { ...need, freeBytes: 2 };
  expect(verdictOf({ refusals: [], space: [fits] })).toBe('go');
  // Both go to one file system.
  expect(verdictOf({ refusals: [], space: [fits, { ...fits, what: 'kernels' }] })).toBe('stop');
  expect(verdictOf({ refusals: [], space: [fits, { ...fits, place: '/boot' }] })).toBe('go');
  expect(verdictOf({ refusals: [], space: [{ ...need, freeBytes: null }] })).toBe('go');
});

it('held back: newer candidates that the plan leaves out', () => {
  const policy = new Map([
    ['a', { installed: '1', candidate: '2' }],
    ['b', { installed: '1', candidate: '2' }],
    ['c', { installed: '1', candidate: '2' }],
    ['d', { installed: '1', candidate: '1' }],
    ['e', { installed: null, candidate: '2' }],
  ]);
  expect(heldBackOf({ policy, planned: new Set(['a']), held: new Set(['b']) })).toEqual([
    { name: 'b', installed: '1', offered: '2', why: 'hold' },
    { name: 'c', installed: '1', offered: '2', why: 'apt' },
  ]);
});
