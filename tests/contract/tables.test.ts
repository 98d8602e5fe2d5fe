/** Every table of the program on a terminal of 60, 80 and 120 columns: no line is wider, no word is broken. */
import type { PlannedWay } from '../../src/closure/domain/way-plan.ts';
import { plannedWaysText } from '../../src/closure/ui/way-plan-text.ts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parseSimulation } from '../../src/apt/domain/apt-simulation.ts';
import { upgradePlanText } from '../../src/apt/ui/upgrade-plan-text.ts';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { baselineDiffText, baselineListText, baselineShowText } from '../../src/baseline/ui/baseline-text.ts';
import { extrasText } from '../../src/bundle/ui/extras-text.ts';
import { planRollout } from '../../src/cluster/domain/plan-rollout.ts';
import { recordText } from '../../src/cluster/ui/record-text.ts';
import { planText } from '../../src/cluster/ui/plan-text.ts';
import { rolloutEntry } from '../support/rollout-entries.ts';
import { planFacts } from '../support/plan-facts.ts';
import { clusterStatusText } from '../../src/cluster/ui/cluster-status-text.ts';
import { lockProofText } from '../../src/closure/ui/closure-text.ts';
import { presets } from '../../src/config/domain/presets.ts';
import { completeConfig, configSchema } from '../../src/config/domain/config.ts';
import { fitText, textWidth } from '../../src/core/domain/text-width.ts';
import { pinText } from '../../src/host/ui/pin-text.ts';
import { rollbackText } from '../../src/host/ui/rollback-text.ts';
import { trustedHostsText } from '../../src/hosts/ui/trusted-hosts-text.ts';
import { initText } from '../../src/init/ui/init-text.ts';
import { hostDriftText } from '../../src/restore/ui/host-text.ts';
import { restoreText } from '../../src/restore/ui/restore-text.ts';
import { mirrorListText, presetListText } from '../../src/snapshot/ui/mirror-text.ts';
import { snapshotText } from '../../src/snapshot/ui/snapshot-text.ts';
import { listPresets } from '../../src/snapshot/workflows/mirror-list.ts';
import { subscriptionText } from '../../src/subscription/ui/subscription-text.ts';
import { trustedKeysText } from '../../src/trust/ui/signing-key-text.ts';
import { wayStatusText } from '../../src/upgrade/ui/way-status-text.ts';

const digest = '0123456789abcdef'.repeat(4);
const keyId = digest.slice(0, 16);
const japanese = '東京データセンター第二ラック 仮想化ホスト三号機';
const change = {
  name: 'proxmox-kernel-6.17.13-12-pve-signed-template',
  architecture: 'amd64',
  from: '6.17.13-12~bpo13+1.202611270915',
  to: '6.17.13-13~bpo13+1.202611281045',
};
const versions = { installed: change.to, wanted: change.from };
const plan = parseSimulation(
  [
    `Inst ${change.name} [${change.from}] (${change.to} Proxmox:9/stable [amd64])`,
    'Inst bash [5.2-1] (5.3-1 Debian:13/stable [amd64])',
    `Inst new-${change.name} (${change.to} Proxmox:9/stable [amd64])`,
    `Remv old-${change.name} [${change.from}]`,
  ].join('\n'),
  'amd64',
);

const config = completeConfig(
  configSchema.parse({
    schema: 'pommgr/config/v1',
    track: 'pve9-ceph-tentacle-debian-trixie',
    mirrors: [
      ...presets.flatMap(({ mirrors }) => mirrors.map(({ settings }) => settings)),
      {
        id: 'own-packages-of-the-operator',
        uri: 'https://packages.intern.example.com/proxmox/customised/debian',
        suite: 'trixie-backports-sloppy',
        components: ['main', 'contrib', 'non-free', 'non-free-firmware'],
        keyring: '/etc/keyring.gpg',
        include: { packages: Array.from({ length: 300 }, (_, number) => `linux-image-${number}`) },
      },
    ],
  }),
  '/srv/proxmox-offline-mirror/pommgr/sites/tokyo/pommgr.yaml',
  (path) => path,
);

/** As much of a baseline as is shown. */
function baseline(name: string): Baseline {
  const content: Baseline['content'] = {
    mirrors: config.mirrors.map((mirror) => ({
      ...{ id: mirror.id, types: mirror.types, suite: mirror.suite, components: mirror.components },
      ...{ architectures: mirror.architectures, filters: mirror.filters, indices: [] },
      release: {
        ...{ sha256: digest, origin: 'Debian', label: 'Debian', codename: 'trixie' },
        ...{ date: '2026-11-28T10:00:00Z', notAutomatic: false, butAutomaticUpgrades: false },
      },
      packages: { count: 68_825, omitted: 0, sizeBytes: 1, sha256: digest },
    })),
    targets: [
      {
        name: 'pve9-ceph-tentacle-and-backup-server',
        mirrors: config.mirrors.map(({ id }) => id),
        products: ['pbs', 'pve'],
        codename: 'trixie',
        architectures: ['amd64', 'arm64'],
        notAutomatic: [],
      },
    ],
  };
  return {
    ...{ schema: 'pommgr/baseline/v1', name, track: config.track, sequence: 12, digest, content },
    created: '2026-11-28T10:00:00Z',
    tool: { name: 'pommgr', version: '0.2.0' },
    engine: { name: 'builtin', version: '0.2.0' },
    packages: { sizeBytes: 1, sha256: digest },
    snapshots: [],
  };
}

const files = { files: 1665, sizeBytes: 1_080_000_000 };
const sites = [
  baseline('pve9-ceph-tentacle-debian-trixie-11'),
  baseline('pve9-ceph-tentacle-debian-trixie-12'),
];
const [from = baseline('a-1'), to = from] = sites;
const reportFields = { root: '/', store: '/var/lib/pommgr', recovered: null };

const plannedWay: PlannedWay[] = [
  {
    way: 'pve-8-to-9',
    hosts: [
      {
        host: 'pve1',
        stages: [
          {
            ...{ number: 3, kind: 'release', target: 'pve-9', after: 'pve-8-squid' },
            ...{ install: 120, upgrade: 640, remove: 12 },
            hindrances: [{ kind: 'removes', packages: ['proxmox-ve 8.4.0'] }],
          },
        ],
      },
    ],
  },
];

/** By module: whoever calls formatTable must be here. */
const tables: Record<string, () => string[]> = {
  'src/apt/ui/upgrade-plan-text.ts': () => [upgradePlanText(plan, { downloadBytes: 1, diskBytes: -1 })],
  'src/baseline/ui/baseline-text.ts': () => [
    baselineListText(sites),
    baselineShowText({
      baseline: from,
      directory: '/srv/pommgr/state/baselines/x',
      packages: files,
      upgrades: [],
      proof: null,
    }),
    baselineDiffText({
      ...{ from, to, same: false },
      mirrors: [{ mirror: 'pve-9-no-subscription', changes: [{ ...change, change: 'upgraded' }] }],
    }),
  ],
  'src/bundle/ui/extras-text.ts': () => [
    extrasText({
      ...{ media: '/mnt/usb', store: null },
      extras: [{ name: 'proxmox-ve_9.2-1.iso', sizeBytes: 2e9, sha256: digest, in: [from.name, to.name] }],
    }),
  ],
  'src/closure/ui/closure-text.ts': () => [
    lockProofText([
      {
        ...{ target: 'pve9', aptVersion: '3.0.3', thin: files, whole: files, filtered: ['games', 'debug'] },
        hosts: [
          {
            ...{ host: japanese, lock: digest, architecture: 'amd64', packages: files, unknownRelations: 17 },
            strangers: ['local-tool 1.0', 'other-tool 2.0'],
            jobs: [
              {
                ...{ job: 'install proxmox-backup-server', outcome: 'impossible' as const, plan: digest },
                ...{ install: 1, upgrade: 1, remove: 1 },
              },
            ],
          },
        ],
      },
    ]),
  ],
  'src/closure/ui/way-plan-text.ts': () => [plannedWaysText(plannedWay)],
  'src/cluster/ui/cluster-status-text.ts': () => [
    clusterStatusText({
      rollout: {
        ...{ owner: `root@${japanese}`, started: '2026-11-28T10:00:00Z', ageSeconds: 86_400 },
        ...{ id: `20261128T100000Z-${keyId}`, baseline: from.name, entries: 12 },
        ...{ waiting: ['pve3', 'pve4'], offline: ['pve-tokyo-rack-2-node-17'] },
        nodes: [
          { node: 'pve-tokyo-rack-2-node-17', step: 'back', since: '2026-11-28T10:00:00Z', ageSeconds: 7200 },
          { node: 'pve2', step: 'upgrade', since: '2026-11-28T11:00:00Z', ageSeconds: 3600 },
        ],
      },
    }),
  ],
  'src/cluster/ui/record-text.ts': () => [
    recordText({
      records: [
        {
          ...{ rollout: `20261128T100000Z-${keyId}`, begun: '2026-11-28T10:00:00Z', owners: [japanese, 'b'] },
          entries: [
            {
              sha256: digest,
              entry: rolloutEntry({
                number: 12,
                owner: `root@${japanese}`,
                node: 'pve-tokyo-rack-2-node-17',
              }),
            },
          ],
          gaps: [
            { kind: 'missing', number: 3 },
            { kind: 'not-carried-out', number: 12, host: japanese },
          ],
        },
      ],
      copied: { directory: '/mnt/usb/receipts/rollouts', entries: 12 },
    }),
  ],
  'src/cluster/ui/plan-text.ts': () => [
    planText(planRollout(planFacts(), { migrationBytesPerSecond: 100_000_000 })),
  ],
  'src/host/ui/pin-text.ts': () => [
    pinText({
      ...{ ...reportFields, outcome: 'pinned', applied: from.name, packages: 1200, plan },
      pins: { scope: 'installed', baseline: from.name },
      unavailable: [{ name: change.name, architecture: 'amd64', version: change.to }],
    }),
  ],
  'src/host/ui/rollback-text.ts': () => [
    rollbackText({
      ...{ ...reportFields, outcome: 'rolled-back', from, to, target: 'pve9', setAside: [], plan },
      forward: 'pommgr apply --bundle x',
      newer: [{ name: change.name, installed: change.to, baseline: change.from }],
    }),
  ],
  'src/hosts/ui/trusted-hosts-text.ts': () => [
    trustedHostsText(
      {
        ...{ directory: '/srv/pommgr/hosts', distrusted: [digest] },
        keys: [{ keyId, fingerprint: digest }],
        hosts: [
          {
            ...{
              keyId,
              name: japanese,
              products: ['pve 9.2.11', 'pbs 4.2.3'],
              baseline: from.name,
              drift: { behind: 1200, ahead: 3, foreign: 12 },
              forecast: { verdict: 'stop', changes: 1200, reboot: true, prompts: 3 },
              subscriptions: [
                { maskedKey: 'pve2c-...1234', validUntil: '2026-12-24T00:00:00Z', verdict: 'good' },
              ],
            },
            ...{
              reported: '2026-11-01T00:00:00Z',
              wishes: Array.from({ length: 9 }, (_, n) => `wished-${n}`),
            },
          },
        ],
      },
      new Date('2026-11-28'),
    ),
  ],
  'src/init/ui/init-text.ts': () => [
    initText(
      {
        ...{
          file: config.file,
          track: config.track,
          mirrors: config.mirrors,
          targets: ['pve-8', 'pve-9'],
          upgrades: [{ name: 'pve-8-to-9', stages: ['pve-8', 'pve-9'] }],
          thin: ['pve-8'],
        },
        ...{ keyrings: ['/srv/pommgr/keyrings/a.gpg'], missing: [], continued: null },
      },
      '/srv/proxmox-offline-mirror/pommgr/sites/tokyo/pommgr.yaml',
    ),
  ],
  'src/restore/ui/host-text.ts': () => [
    hostDriftText({
      ...{ against: { kind: 'lock', name: japanese }, packages: 1200, same: false },
      drift: {
        behind: [{ ...change, ...versions }],
        ...{ ahead: [], missing: [{ ...change, ...versions, installed: null }], extra: [], foreign: [] },
      },
    }),
  ],
  'src/restore/ui/restore-text.ts': () => [
    restoreText({
      tool: null,
      ...{ outcome: 'would-restore', root: '/', baseline: from, applied: from.name, lock: null, plan },
      ...{ heldChanged: [change.name], foreign: [], unavailable: [], identity: [], decisions: [] },
      ...{ resumed: false, differences: [] },
    }),
  ],
  'src/snapshot/ui/mirror-text.ts': () => [
    presetListText(listPresets(new Date('2026-11-28'))),
    mirrorListText({
      ...{
        config: config.file,
        track: config.track,
        engine: 'pom',
        why: 'the config asks for it',
        thin: ['a'],
      },
      mirrors: config.mirrors.map((mirror) => ({ ...mirror, login: true, state: 'to change' as const })),
      ...{ onlyInPom: ['a-mirror-that-only-pom-knows'], changes: [], problems: [] },
    }),
  ],
  'src/snapshot/ui/snapshot-text.ts': () => [
    snapshotText({
      ...{ outcome: 'made', baseline: from, directory: '/srv/pommgr/state/baselines/x', fetched: files },
      mirrors: config.mirrors.map(({ id }) => ({ id, packages: 68_825 })),
      ...{ packages: files, closures: [] },
    }),
  ],
  'src/trust/ui/signing-key-text.ts': () => [
    trustedKeysText({
      ...{ directory: '/etc/pommgr/trusted-keys.d', distrusted: [digest] },
      keys: [{ keyId, fingerprint: digest, file: 'x.pem' }],
    }),
  ],
  'src/upgrade/ui/way-status-text.ts': () => [
    wayStatusText({
      ...{ root: '/', store: '/var/lib/pommgr', baseline: { name: from.name, digest }, way: 'pve-8-to-9' },
      ...{ codename: 'bookworm', current: 'pve-9-tentacle-no-subscription', isRunning: true, begun: null },
      stages: [1, 2].map((number) => ({
        ...{ number, of: 2, kind: 'release', target: 'pve-9-tentacle-no-subscription' },
        ...{ codename: 'trixie', state: 'begun', behind: 1234 },
      })),
      ...{ unfinished: [{ name: change.name, status: 'half-configured' }], needsRepair: true },
      ...{ rebootDue: null, commands: ['pommgr upgrade-release next'], otherSources: [] },
      oldSources: [
        {
          path: '/etc/apt/sources.list.d/pve-enterprise.list',
          disabledPath: '/etc/apt/sources.list.d/pve-enterprise.list.pommgr.disabled',
          suites: ['bookworm'],
        },
      ],
    }),
  ],
};

/** Fields and not a table, but wide all the same. */
const others: Record<string, () => string[]> = {
  'src/subscription/ui/subscription-text.ts': () => [
    subscriptionText({
      ...{ isGood: false, warnDays: 45 },
      subscriptions: [
        {
          ...{ from: 'medium', host: japanese, owner: 'reseller', contract: japanese, renewal: '2027-01-31' },
          ...{ maskedKey: 'pve4s-**********', product: 'pve', plan: 'standard', sockets: 4, daysLeft: 12 },
          ...{
            isActivationExtra: false,
            serverIds: [digest.slice(0, 32).toUpperCase(), digest.slice(0, 32)],
          },
          ...{ status: 'active', signature: 'packed', checkTime: '2026-11-01T00:00:00Z', verdict: 'care' },
          ...{ nextDueDate: '2026-12-10', validUntil: '2026-12-10T00:00:00Z' },
          problems: [
            {
              code: 'runs-out',
              text: 'It runs out before the next visit.',
              hint: 'Renew it, then pack it again.',
            },
          ],
        },
      ],
    }),
  ],
};

const terminal = { isTTY: process.stdout.isTTY, columns: process.stdout.columns };

afterEach(() => {
  Object.assign(process.stdout, terminal);
});

it('has every module that makes a table', async () => {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const callers: string[] = [];
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path, 'utf8')).includes('formatTable')) callers.push(path);
  }

  expect(callers.filter((path) => path !== 'src/core/ui/format.ts').toSorted()).toEqual(
    Object.keys(tables).toSorted(),
  );
});

for (const [module, render] of Object.entries({ ...tables, ...others })) {
  it.each([60, 80, 120])(`${module} keeps to %i columns and breaks no word`, (columns) => {
    const wide = render().join('\n');

    Object.assign(process.stdout, { isTTY: true, columns });
    const shown = fitText(render().join('\n'), columns);

    const lines = shown.split('\n');
    expect(lines.filter((line) => textWidth(line) > columns && /\S\s+\S/.test(line))).toEqual([]);
    const known = new Set(wordsOf(wide));
    expect(wordsOf(shown).filter((word) => !known.has(word) && !isPartOfJapanese(word))).toEqual([]);
    expect(lines.length).toBeGreaterThan(1);
  });
}

it('shows 300 names as a number, and where all of them are', () => {
  const [, text = ''] = tables['src/snapshot/ui/mirror-text.ts']?.() ?? [];

  expect(text).toContain('only 300 packages');
  expect(text).not.toContain('linux-image-7');
  expect(text).toContain('pommgr mirror list --json');
});

/** Titles of columns become names of fields: `URI` and `Uri:` are one. */
function wordsOf(text: string): string[] {
  return text.split(/\s+/).map((word) => word.replace(/:$/, '').toLowerCase());
}

/** Lines of Japanese may break between any two characters. */
function isPartOfJapanese(word: string): boolean {
  return japanese.includes(word) || /[ぁ-ヿ一-龠]/.test(word);
}
