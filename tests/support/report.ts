/** Reports as the page shows them, made by hand: hosts with every risk, hostile texts, and as many packages as asked. */
import type { AdvisoryFindings, Finding } from '../../src/advisories/domain/findings.ts';
import { rolloutRecords } from '../../src/hosts/domain/rollout-record.ts';
import { reportedRollouts } from '../../src/report/domain/reported-rollouts.ts';
import { rolloutEntry } from './rollout-entries.ts';
import type { Forecast } from '../../src/forecast/domain/forecast.ts';
import { orderEvents } from '../../src/baseline/domain/life-cycle.ts';
import { totalsOf, type Report, type ReportedSource } from '../../src/report/domain/report.ts';

export const hostileText = `<script>alert("1")</script> & 'x' \`y\` \u001b[31mred\u0007 \u202eback </pre></style>`;
const digest = 'a'.repeat(64);

function sampleForecast(over: Partial<Forecast> = {}): Forecast {
  return {
    subject: { kind: 'lock', baseline: { name: 'prod-12', digest }, hostName: 'pve1', root: null },
    verdict: 'go',
    sources: [
      {
        source: 'linux',
        mirrors: ['pve'],
        changes: [
          { name: 'kernel', architecture: 'amd64', action: 'install', from: null, to: '6.14.8-2' },
          { name: 'libc6', architecture: 'amd64', action: 'upgrade', from: '2.41-11', to: '2.41-12' },
        ],
      },
    ],
    heldBack: [],
    sizes: { downloadBytes: 123_456_789, diskBytes: 34_000_000 },
    space: [],
    conffiles: { options: '', prompts: [], removed: [], links: [] },
    reboot: [{ kind: 'kernel', package: 'kernel', what: 'kernel 6.14.8-2' }],
    restarts: [],
    staleServices: null,
    guests: [],
    ceph: [],
    questions: [],
    news: [],
    scripts: [],
    refusals: [],
    unknown: [],
    ...over,
  };
}

export function sampleSource(number: number, over: Partial<ReportedSource> = {}): ReportedSource {
  return {
    source: `source-${number}`,
    mirrors: ['debian'],
    packages: [
      {
        ...{ name: `package-${number}`, architecture: 'amd64', change: 'upgraded' },
        ...{ from: `1.0-${number}`, to: `1.1-${number}` },
      },
    ],
    urgency: 'medium',
    cves: [],
    changelog: [{ version: `1.1-${number}`, urgency: 'medium', text: '* A line of a changelog.' }],
    ...{ missing: null, gap: null, hosts: ['pve1'] },
    ...over,
  };
}

function sampleAdvisories(): AdvisoryFindings {
  const finding: Finding = {
    ...{ id: 'CVE-2026-2222', aliases: [], package: 'openssl', fixed: '3.5.4-1', urgency: 'high' },
    ...{ isRemote: true, decision: null, isUndetermined: false, description: hostileText, available: null },
    packages: [{ name: 'libssl3', architecture: 'amd64', before: '3.5.1-1', after: '3.5.1-1', vendor: null }],
  };
  return {
    data: [
      {
        ...{
          name: 'tracker',
          format: 'tracker',
          releases: ['trixie'],
          from: 'file',
          dated: '2025-10-24T00:00:00Z',
        },
        ...{ issues: 12_345, sha256: digest, ageDays: 400, doubt: `It is a year old ${hostileText}` },
      },
    ],
    changelogsOnly: ['Proxmox'],
    hosts: [
      {
        ...{ host: 'pve1', release: 'trixie', unknownSource: ['local-tool'] },
        mended: [{ ...finding, id: 'CVE-2026-3333', urgency: 'low' }],
        open: [finding],
      },
      { host: 'pbs', release: 'trixie', unknownSource: [], mended: [finding], open: [] },
    ],
    notInstalled: [{ ...finding, id: 'CVE-2026-4444', package: 'nginx' }],
  };
}

/** A site of two hosts; the second has everything that stops an upgrade. */
export function sampleReport(sources: ReportedSource[]): Report {
  const today = '2026-11-28';
  const nextVisit = '2027-01-15';
  const stopped = sampleForecast({
    verdict: 'stop',
    sources: [
      {
        source: 'gone',
        mirrors: [],
        changes: [{ name: 'gone', architecture: 'amd64', action: 'remove', from: '1.0', to: null }],
      },
      {
        source: 'old',
        mirrors: ['debian'],
        changes: [{ name: 'old', architecture: 'amd64', action: 'downgrade', from: '2.0', to: '1.9' }],
      },
    ],
    heldBack: [{ name: 'held', installed: '1', offered: '2', why: 'hold' }],
    conffiles: {
      ...{ options: '', removed: [], links: [] },
      prompts: [
        {
          ...{
            path: '/etc/ssh/sshd_config',
            package: 'openssh-server',
            reason: 'both-changed',
            answer: 'ask',
          },
          ...{ recordedMd5: null, foundMd5: null, shippedMd5: '0'.repeat(32), difference: null },
        },
      ],
    },
    refusals: [{ kind: 'product', package: 'proxmox-ve', what: `apt would remove ${hostileText}` }],
    unknown: ['Free space is unknown.'],
  });
  return {
    made: `${today}T10:00:00Z`,
    baseline: { name: 'prod-12', digest, created: '2026-11-27T10:00:00Z' },
    comparedWith: 'baseline',
    since: { name: 'prod-11', digest: 'b'.repeat(64), created: '2026-08-27T10:00:00Z' },
    nextVisit,
    advisories: sampleAdvisories(),
    mirrors: [
      {
        ...{ id: 'debian', origin: 'Debian', suite: 'trixie', date: '2026-11-26T10:00:00Z' },
        signers: ['4D64FEC119C2029067D6E791F8D2585B8783D481', 'F'.repeat(40)],
      },
    ],
    hosts: [
      {
        ...{ name: 'pve1', products: ['pve 9.0.3'], locked: '2026-11-20T10:00:00Z', problem: null },
        forecast: sampleForecast(),
      },
      {
        ...{ name: hostileText, products: ['pbs 4.0.1'], locked: '2026-11-20T10:00:00Z', problem: null },
        forecast: stopped,
      },
      {
        ...{ name: 'pmg', products: [], locked: '2026-11-20T10:00:00Z', forecast: null },
        problem: 'prod-12 has no target for pmg on bookworm.',
      },
    ],
    book: [
      {
        ...{ keyId: '0123456789abcdef', name: 'pve1', products: ['pve 9.0.3'], baseline: 'prod-11' },
        ...{ reported: '2026-11-20T10:00:00Z', drift: { behind: 3, ahead: 1, foreign: 0 } },
        ...{ wishes: ['htop'], forecast: { verdict: 'go', changes: 2, reboot: true, prompts: 1 } },
        subscriptions: [
          { product: 'pve', maskedKey: 'pve2c-…1234', validUntil: '2026-12-24T00:00:00Z', verdict: 'care' },
        ],
      },
    ],
    rollouts: reportedRollouts(
      rolloutRecords([
        {
          sha256: digest,
          entry: rolloutEntry({
            ...{ number: 2, step: 'upgrade', node: hostileText, owner: hostileText },
            logs: [{ name: hostileText, sizeBytes: 1, sha256: digest }],
          }),
        },
      ]),
    ),
    lifeCycle: orderEvents(
      [
        { kind: 'visit', subject: 'visit', date: nextVisit, note: '', concerns: [] },
        {
          ...{ kind: 'release', subject: 'Debian 12', date: '2026-07-11', note: 'LTS until 2028-06-30' },
          concerns: ['bookworm', 'bookworm-security'],
        },
        {
          kind: 'ceph',
          subject: 'Ceph tentacle',
          date: '2027-11-18',
          note: 'as upstream estimates',
          concerns: ['ceph'],
        },
        { kind: 'subscription', subject: 'pve2c-…1234', date: '2026-12-24', note: '', concerns: ['pve1'] },
        {
          kind: 'upstream-key',
          subject: '4D64FEC119C2029067D6E791F8D2585B8783D481',
          date: '2033-04-01',
          note: 'RSA 4096',
          concerns: ['debian'],
        },
        { kind: 'release', subject: 'Proxmox VE 9', date: null, note: 'not announced', concerns: ['pve'] },
      ],
      { today, nextVisit },
    ),
    totals: totalsOf(sources),
    sources,
  };
}
