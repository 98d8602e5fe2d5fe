/**
 * Finds what stands against one stage of a major upgrade on a host, from apt's plan for it. The facts are those of the
 * upgrade documents of the products: a product's packages must never be removed, and Ceph must be recent enough.
 */
import { productPackages } from '../../apt/domain/host.ts';
import type { Inventory, InventoryPackage } from '../../apt/domain/inventory.ts';
import { isCodename, oldestCeph } from '../../config/domain/known-releases.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { compareVersions } from '../../apt/domain/debian-version.ts';
import type { AptPlan } from './apt-plan.ts';
import { parsePlanLine } from './host-inventory.ts';
import type { Hindrance } from './lock-proof.ts';
import type { TargetStage } from './staged-locks.ts';

const cephDaemons = ['ceph-mds', 'ceph-mgr', 'ceph-mon', 'ceph-osd'];
const products = new Set(Object.values(productPackages).flat());

/** Returns nothing for a host that can take the stage. `inventory` is what it has before. */
export function stageHindrances(
  { kind, carried }: Pick<TargetStage, 'kind' | 'carried'>,
  about: { inventory: Inventory; plan: AptPlan; codename: string },
): Hindrance[] {
  const { inventory, plan, codename } = about;
  if (plan.refusal !== null) return [{ kind: 'impossible', packages: [] }];
  const changesRelease = kind === 'release' && carried.has(inventory.hostName);
  const removed = plan.remove
    .map(parsePlanLine)
    .filter(({ name }) => products.has(name) || cephDaemons.includes(name));
  const gone = new Set([...plan.remove, ...plan.upgrade].map((line) => parsePlanLine(line).name));
  const keptBack = new Set(plan.keptBack.map((line) => parsePlanLine(line).name));
  const kept = inventory.packages.filter(
    ({ name }) => products.has(name) && (keptBack.has(name) || (changesRelease && !gone.has(name))),
  );
  const oldCeph = changesRelease ? inventory.packages.filter((item) => isOldCeph(item, codename)) : [];
  return [hindrance('removes', removed), hindrance('keeps', kept), hindrance('ceph', oldCeph)].filter(
    ({ packages }) => packages.length > 0,
  );
}

function isOldCeph({ name, version }: InventoryPackage, codename: string): boolean {
  if (!cephDaemons.includes(name) || !isCodename(codename)) return false;
  return compareVersions(version, oldestCeph[codename]) < 0;
}

function hindrance(
  kind: Hindrance['kind'],
  packages: readonly { name: string; version: string }[],
): Hindrance {
  const names = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  return { kind, packages: [...names].toSorted(compareText) };
}

/** Says what a host must do about it, for a warning. */
export function hindranceText({ kind, packages }: Hindrance): string {
  const names = packages.join(', ');
  switch (kind) {
    case 'impossible':
      return 'apt cannot resolve the upgrade';
    case 'removes':
      return `apt would remove ${names}`;
    case 'keeps':
      return `${names} would stay in the old version`;
    case 'ceph':
      return `${names} must be upgraded before; add a stage with a newer Ceph`;
  }
}
