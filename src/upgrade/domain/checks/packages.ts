/** Checks what dpkg and apt know: unfinished work, holds, versions, packages without a source, changed configuration. */
import { compareVersions } from '../../../apt/domain/debian-version.ts';
import { always, before, fail, known, listed, pass, warn, type Finding, type UpgradeCheck } from './check.ts';
import { versionOf, type UpgradeFacts } from './facts.ts';
import { productSteps } from './release.ts';

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
    title: 'No update of the current release is pending',
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
          'dpkg asks about each of them that the new package changes, too. "pommgr upgrade-release plan" shows which. Decide now, and be at the terminal.',
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
