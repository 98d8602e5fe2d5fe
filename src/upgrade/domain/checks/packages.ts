/** Checks what dpkg and apt know: unfinished work, holds, versions, packages without a source, changed configuration. */
import { compareVersions } from '../../../apt/domain/debian-version.ts';
import { always, before, fail, known, listed, pass, warn, type Finding, type UpgradeCheck } from './check.ts';
import { versionOf, type UpgradeFacts } from './facts.ts';
import { isKernel, productSteps } from './release.ts';

export const packageChecks: readonly UpgradeCheck[] = [
  {
    id: 'dpkg-state',
    title: 'Every package is completely installed',
    phases: always,
    byHand: 'dpkg --audit',
    judge: ({ packages, dpkgAudit }) =>
      known([packages, dpkgAudit], ({ unfinished }, audit) => {
        if (unfinished.length > 0) {
          const names = unfinished.map(({ name, status }) => `${name} is ${status}`);
          return fail(listed(names), 'Run "dpkg --configure -a", then "apt-get --fix-broken install".');
        }
        if (audit.trim() === '') return pass('dpkg --audit reports nothing');
        const seen = `dpkg --audit: ${listed(linesOf(audit), 3)}`;
        const todo = 'Run "dpkg --audit" and do what it says.';
        // Packages of other vendors often lack their list of digests, which hinders no upgrade.
        const isHarmless = audit
          .trim()
          .split(/\n\s*\n/)
          .every((part) => part.includes('md5sums control file'));
        return isHarmless ? warn(seen, todo) : fail(seen, todo);
      }),
  },
  {
    id: 'apt-check',
    title: 'No dependency is broken',
    phases: always,
    byHand: 'apt-get check',
    judge: ({ aptCheck }) =>
      known([aptCheck], (complaint) =>
        complaint.trim() === ''
          ? pass('apt-get check reports nothing')
          : fail(listed(linesOf(complaint), 3), 'Run "apt-get --fix-broken install".'),
      ),
  },
  {
    id: 'held-packages',
    title: 'No package is on hold',
    phases: always,
    byHand: 'apt-mark showhold',
    judge: ({ packages }) =>
      known([packages], (all) => {
        const held = all.packages.filter(({ hold }) => hold).map(({ name }) => name);
        return held.length === 0
          ? pass('no package is on hold')
          : fail(listed(held), `Release them: apt-mark unhold ${held.slice(0, 8).join(' ')}`);
      }),
  },
  {
    id: 'product-version',
    title: 'The products have the last version of their major release',
    phases: always,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'pveversion, proxmox-backup-manager versions, pmgversion',
    judge: productVersion,
  },
  {
    id: 'pending-updates',
    title: 'No update of the present release is left out',
    phases: always,
    byHand: 'apt-get --simulate dist-upgrade',
    judge: ({ plan, host }) =>
      known([plan], ({ incoming, remove }) => {
        const names = [...incoming, ...remove].map(({ name }) => name);
        if (names.length === 0) return pass('apt-get dist-upgrade would change nothing');
        const todo =
          host.phase === 'before'
            ? 'Do the first stage before the next: pommgr upgrade-release next'
            : 'End the stage: apt-get dist-upgrade';
        return warn(`apt-get dist-upgrade would change ${listed(names)}`, todo);
      }),
  },
  {
    id: 'foreign-packages',
    title: 'Every package comes from a source',
    phases: always,
    byHand: "apt list '?obsolete'",
    judge: ({ offers }) =>
      known([offers], ({ foreign }) =>
        foreign.length === 0
          ? pass('every installed package is offered by a source')
          : warn(
              `no source has ${listed(foreign)}`,
              'Remove what is not needed; what stays keeps its version and may block others.',
            ),
      ),
  },
  {
    id: 'vendor-packages',
    title: 'Packages of other vendors have a version for the new release',
    phases: before,
    byHand: 'apt-cache policy PACKAGE',
    judge: ({ offers, nextPackages }) =>
      known([offers, nextPackages], ({ vendors }, next) => {
        if (vendors.length === 0) return pass('all packages are of Debian or Proxmox');
        const open = vendors.filter(({ name }) => next?.names.has(name) !== true);
        if (open.length === 0) return pass(`${next?.baseline} has all of them for the new release`);
        return warn(
          listed(open.map(({ name, origin }) => `${name} (${origin})`)),
          'Ask their vendors for Debian 13, and mirror that suite for the stage of the new release; or remove them.',
        );
      }),
  },
  {
    id: 'next-versions',
    title: 'The store has the new release, with every package that was asked for',
    phases: before,
    byHand: 'pommgr upgrade-release plan',
    judge: ({ packages, nextPackages, host }) =>
      known([packages, nextPackages], (all, next) => {
        if (next === null) {
          return warn(
            'no baseline of the store has a way to the new release',
            'Bring one (pommgr apply --media DIR --store-only), and run this check again.',
          );
        }
        const products = Object.entries(productSteps)
          .filter(([product]) => host.products.some((installed) => installed === product))
          .map(([, { package: name }]) => name);
        const lost = products.filter((name) => !next.names.has(name));
        if (lost.length > 0) {
          return fail(
            `${next.baseline} has no ${listed(lost)} for the target ${next.target}`,
            'Add the mirror of the product to the target on the online side, and bring the baseline again.',
          );
        }
        const missing = all.packages
          .filter(({ automatic, name }) => !automatic && !next.names.has(name) && !isKernel(name))
          .map(({ name }) => name);
        return missing.length === 0
          ? pass(`${next.baseline}, target ${next.target}`)
          : warn(
              `${next.baseline} has no ${listed(missing)} for the target ${next.target}`,
              'Find out whether each got another name or left Debian; add its mirror, or remove it. What stays keeps its old version.',
            );
      }),
  },
  {
    id: 'changed-conffiles',
    title: 'dpkg will not stop at a configuration file',
    phases: before,
    byHand: "debsums --config --changed, or dpkg-query --show --showformat='${Conffiles}\\n'",
    judge: ({ conffiles }) =>
      known([conffiles], ({ changed, answer }) => {
        if (changed.length === 0) return pass('no configuration file was changed');
        const paths = listed(changed.map(({ path }) => path));
        if (answer !== 'ask') {
          const kept = answer === 'keep' ? 'stays as it is' : "is replaced by the package's";
          return pass(`changed: ${paths}; by the options of dpkg each ${kept}`);
        }
        return warn(
          `changed: ${paths}`,
          'dpkg asks about each of them that the new package changes, too. "pommgr forecast" shows which, and the differences. Decide now, and be at the terminal.',
        );
      }),
  },
];

function productVersion({ packages, host }: UpgradeFacts): Finding {
  return known([packages], (all) => {
    const seen: string[] = [];
    const wrong: string[] = [];
    for (const [product, { title, package: name, least, next }] of Object.entries(productSteps)) {
      if (!host.products.some((installed) => installed === product)) continue;
      const version = versionOf(all, name);
      const wanted = host.phase === 'before' ? least : next;
      if (version === undefined) wrong.push(`${title}: ${name} is not installed`);
      else if (compareVersions(version, wanted) < 0)
        wrong.push(`${title}: ${name} is ${version}, expected at least ${wanted}`);
      else seen.push(`${name} ${version}`);
    }
    if (wrong.length === 0) return pass(seen.join(', '));
    return fail(wrong.join('; '), 'Do the stage that leads there first: pommgr upgrade-release next');
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}
