/** Checks all sources of apt, one-line and deb822: suites, other vendors, names that changed. */
import type { SourceEntry } from '../../../apt/domain/apt-sources.ts';
import { always, before, fail, known, listed, pass, warn, type Finding, type UpgradeCheck } from './check.ts';
import type { Phase } from './facts.ts';
import { newRelease, oldRelease } from './release.ts';

/** Names that lead to another release without a word once Debian releases one. */
const movingSuites = ['oldoldstable', 'oldstable', 'stable', 'testing', 'unstable', 'sid', 'experimental'];
const suitesOfRelease = /-(?:updates|proposed-updates|security|backports|backports-sloppy|debug)$/;
/** Hosts of Debian's and Proxmox's own repositories, and their paths on a mirror. */
const ownRepositories =
  /(?:\/\/|\.)(?:debian\.org|proxmox\.com)\/|\/debian(?:-security)?\/?$|\/debian\/(?:pve|pbs|pmg|pdm|ceph-[a-z]+|pbs-client)\/?$/;

export const sourceChecks: readonly UpgradeCheck[] = [
  {
    id: 'source-files',
    title: 'apt can read all of its sources',
    phases: always,
    byHand: 'apt-get update --print-uris',
    judge: ({ sources }) =>
      known([sources], ({ entries, problems }) => {
        if (problems.length > 0) return fail(problems.join(' '), 'Correct the line, or move the file away.');
        const active = entries.filter(({ enabled }) => enabled);
        if (active.length > 0) return pass(`${active.length} sources`);
        return fail('apt has no source', 'Apply a baseline: pommgr apply');
      }),
  },
  {
    id: 'source-suites',
    title: 'All sources are of one release',
    phases: always,
    byHand: 'grep -rE "^(deb|Suites)" /etc/apt/sources.list /etc/apt/sources.list.d',
    judge: ({ sources, host }) => known([sources], ({ entries }) => judgeSuites(entries, host.phase)),
  },
  {
    id: 'source-vendors',
    title: 'Sources of other vendors have the new release',
    phases: before,
    byHand: 'grep -rE "^(deb|URIs)" /etc/apt/sources.list /etc/apt/sources.list.d',
    judge: ({ sources }) =>
      known([sources], ({ entries }) => {
        const vendors = binarySources(entries).filter(
          ({ uris, suites }) =>
            !uris.every(isOwn) &&
            !suites.every((suite) => [oldRelease, newRelease].includes(baseSuite(suite))),
        );
        const flat = vendors.map(
          (entry) => `${entry.uris.join(' ')} ${entry.suites.join(' ')} (${placeOf(entry)})`,
        );
        return flat.length === 0
          ? pass('every source is Debian, Proxmox, or named by the release')
          : warn(
              flat.join('; '),
              'Find out whether the vendor offers this suite for Debian 13, and give it a mirror in the stage of the new release; or disable it.',
            );
      }),
  },
  {
    id: 'source-components',
    title: 'No source has a renamed component',
    phases: always,
    byHand: 'grep -rE "pvetest|pbstest|pmgtest" /etc/apt',
    judge: ({ sources, host }) =>
      known([sources], ({ entries }) => {
        const old = binarySources(entries).filter(({ components }) =>
          components.some((component) => /^(?:pve|pbs|pmg)test$/.test(component)),
        );
        if (old.length === 0) return pass('no such component found');
        const places = old.map((entry) => `${entry.components.join(' ')} (${placeOf(entry)})`).join('; ');
        const todo = 'From Debian 13 on it is named with a hyphen: pve-test, pbs-test, pmg-test.';
        return host.phase === 'before' ? warn(places, todo) : fail(places, todo);
      }),
  },
];

function judgeSuites(all: readonly SourceEntry[], phase: Phase): Finding {
  const entries = binarySources(all).filter(({ suites }) => suites.every((suite) => !suite.endsWith('/')));
  const bySuite = entries.flatMap((entry) =>
    entry.suites.map((suite) => ({ suite, base: baseSuite(suite), place: placeOf(entry), entry })),
  );
  // A baseline stays what it is, whatever its suites are called.
  const foreign = bySuite.filter(({ entry }) => !entry.file.endsWith('/pommgr.sources'));
  const moving = foreign.filter(({ base, entry }) => movingSuites.includes(base) && entry.uris.some(isOwn));
  if (moving.length > 0) {
    return fail(
      placesText(moving),
      `Name the release instead (${phase === 'before' ? oldRelease : newRelease}): such a suite becomes another release by itself.`,
    );
  }
  const [old, next] = [oldRelease, newRelease].map((name) => bySuite.filter(({ base }) => base === name));
  const strange = foreign.filter(
    ({ base, entry }) => ![oldRelease, newRelease].includes(base) && entry.uris.some(isOwn),
  );
  if (strange.length > 0)
    return fail(placesText(strange), 'Remove the source: it is neither of the old nor of the new release.');
  const wrong = phase === 'before' ? (next ?? []) : (old ?? []);
  const right = phase === 'before' ? (old ?? []) : (next ?? []);
  if (wrong.length > 0 && (right.length > 0 || phase === 'after')) {
    return fail(
      `${right.length} suites are of the one release, and of the other: ${placesText(wrong)}`,
      'Remove or disable these sources; apt must not see two releases at once.',
    );
  }
  const backports = bySuite.filter(({ suite }) => suite.endsWith(`${oldRelease}-backports`));
  if (backports.length > 0)
    return warn(
      placesText(backports),
      'Packages from backports may be newer than those of Debian 13: disable it.',
    );
  return pass(bySuite.length === 0 ? 'no suite' : listed([...new Set(bySuite.map(({ suite }) => suite))]));
}

function binarySources(entries: readonly SourceEntry[]): SourceEntry[] {
  return entries.filter(({ enabled, types }) => enabled && types.includes('deb'));
}

function baseSuite(suite: string): string {
  return suite
    .replace(/^debian-/, '')
    .replace(/\/updates$/, '')
    .replace(suitesOfRelease, '');
}

function isOwn(uri: string): boolean {
  return ownRepositories.test(uri);
}

function placeOf({ file, line }: SourceEntry): string {
  return `${file}:${line}`;
}

function placesText(found: readonly { suite: string; place: string }[]): string {
  return listed(found.map(({ suite, place }) => `${suite} (${place})`));
}
