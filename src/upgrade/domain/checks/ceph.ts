/** Checks Ceph where the host runs its daemons: its release, that all daemons run it, and its health. */
import { z } from 'zod';
import { entriesOf, namedSchema } from '../../../core/domain/named.ts';
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
  type Finding,
  type UpgradeCheck,
} from './check.ts';
import type { InstalledPackages, UpgradeFacts } from './facts.ts';
import { parseJson } from '../../../core/domain/fact.ts';
import { leastCeph } from './release.ts';

const daemonPackages = ['ceph-base', 'ceph-mon', 'ceph-mgr', 'ceph-osd', 'ceph-mds'];
const statusSchema = z.object({
  health: z.object({
    status: z.enum(['HEALTH_OK', 'HEALTH_WARN', 'HEALTH_ERR']),
    checks: namedSchema(z.string(), z.object({ summary: z.object({ message: z.string() }) })),
  }),
});
const versionsSchema = z.object({ overall: namedSchema(z.string(), z.int().positive()) });
const upgradeTodo = `Upgrade Ceph to ${leastCeph.name} on all nodes first, while they have the old release: that is a stage of its own.`;

export const cephChecks: readonly UpgradeCheck[] = [
  {
    id: 'ceph-version',
    title: `Ceph is ${leastCeph.name} or newer`,
    phases: always,
    products: ['pve'],
    byHand: 'ceph --version',
    judge: ({ packages }) =>
      known([packages], (all) => {
        const found = all.packages.filter(({ name }) => daemonPackages.includes(name));
        if (found.length === 0) return pass('no daemon of Ceph is installed here');
        const seen = found.map(({ name, version }) => `${name} ${version}`).join(', ');
        return found.every(({ version }) => majorOf(version) >= leastCeph.major)
          ? pass(seen)
          : fail(seen, upgradeTodo);
      }),
  },
  {
    id: 'ceph-daemons',
    title: 'All daemons of Ceph run one release',
    phases: always,
    products: ['pve'],
    byHand: 'ceph versions',
    judge: (facts) => whereCeph(facts, () => known([versionsOf(facts)], judgeVersions)),
  },
  {
    id: 'ceph-health',
    title: 'Ceph is healthy',
    phases: always,
    products: ['pve'],
    byHand: 'ceph status; ceph health detail',
    judge: (facts) =>
      whereCeph(facts, () =>
        known([healthOf(facts)], (answer) => {
          if (answer === null) return unknown('ceph is not installed');
          const { status, checks } = answer.health;
          const messages = entriesOf(checks).map(([code, { summary }]) => `${code}: ${summary.message}`);
          const seen = messages.length === 0 ? status : `${status}: ${listed(messages, 4)}`;
          if (status === 'HEALTH_OK') return pass(seen);
          if (status === 'HEALTH_ERR')
            return fail(seen, 'Repair Ceph before any upgrade: ceph health detail');
          const onlyNoout =
            messages.length > 0 && messages.every((text) => text.startsWith('OSDMAP_FLAGS: noout flag'));
          return onlyNoout ? pass(seen) : warn(seen, 'Find out why: ceph health detail');
        }),
      ),
  },
  {
    id: 'ceph-noout',
    title: 'Ceph does not rebalance while nodes reboot',
    phases: before,
    products: ['pve'],
    byHand: 'ceph osd dump | grep flags',
    judge: (facts) =>
      whereCeph(facts, () =>
        known([healthOf(facts)], (answer) => {
          if (answer === null) return unknown('ceph is not installed');
          const isSet = entriesOf(answer.health.checks).some(
            ([code, { summary }]) => code === 'OSDMAP_FLAGS' && /\bnoout\b/.test(summary.message),
          );
          return isSet
            ? pass('noout is set')
            : warn(
                'noout is not set',
                'Set it before the first node, unset it after the last: ceph osd set noout',
              );
        }),
      ),
  },
];

function judgeVersions(answer: z.infer<typeof versionsSchema> | null): Finding {
  if (answer === null) return unknown('ceph is not installed');
  const versions = entriesOf(answer.overall).map(([text]) => /^ceph version (\S+)/.exec(text)?.[1] ?? '?');
  const distinct = [...new Set(versions)];
  const seen = listed(distinct);
  if (distinct.length === 0 || distinct.includes('?'))
    return unknown('it names no version that is understood');
  if (distinct.some((version) => majorOf(version) < leastCeph.major)) return fail(seen, upgradeTodo);
  return distinct.length === 1
    ? pass(seen)
    : warn(seen, 'Restart the daemons that still run the older one, node by node: mon, mgr, osd, mds.');
}

/** A node without Ceph passes; one whose configuration cannot be read does not. */
function whereCeph({ texts, packages }: UpgradeFacts, judge: () => Finding): Finding {
  return known([texts.cephConfig, packages], (config, all) =>
    (config ?? '').trim() === '' && !hasDaemons(all) ? pass('this cluster has no Ceph of its own') : judge(),
  );
}

function hasDaemons({ packages }: InstalledPackages): boolean {
  return packages.some(({ name }) => daemonPackages.includes(name) && name !== 'ceph-base');
}

function healthOf({ texts }: UpgradeFacts) {
  return mapFact(texts.cephStatus, (text) => (text === null ? null : parseJson(text, statusSchema)));
}

function versionsOf({ texts }: UpgradeFacts) {
  return mapFact(texts.cephVersions, (text) => (text === null ? null : parseJson(text, versionsSchema)));
}

function majorOf(version: string): number {
  return Number(/^(?:\d+:)?(\d+)\./.exec(version)?.[1] ?? 0);
}
