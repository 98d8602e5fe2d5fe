/** Checks where installed packages come from, and whether the store has the next version of each. */
import { always, before, fail, known, listed, pass, warn, type UpgradeCheck } from './check.ts';
import { isKernel, productSteps } from './release.ts';

export const originChecks: readonly UpgradeCheck[] = [
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
    title: 'The store has the new release, with every manually installed package',
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
];
