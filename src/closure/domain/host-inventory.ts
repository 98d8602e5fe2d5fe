/**
 * Follows a host through the stages of a major upgrade: what is installed before a stage, as a selection may assume it
 * and as apt's own plan leaves it. Invariant: the assumption never asks apt, and includes everything that apt may leave.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import type { Inventory, InventoryPackage } from '../../apt/domain/inventory.ts';
import type { AptPlan } from './apt-plan.ts';
import { candidateFor, installedRelations } from './host-state.ts';
import { slotOf, type Offer, type Offers } from './offers.ts';
import type { Selection } from './selection.ts';

/** A host at the start of a stage. */
export interface HostInventory {
  /** Packages of the lock, in the versions that the stages before leave. */
  inventory: Inventory;
  /** Packages that the stages before may install besides; empty where the lock itself is the start. */
  possible: readonly InventoryPackage[];
}

/** Returns what a stage may leave, from its start and from what was selected for it. */
export function inventoryAfter(
  { inventory, possible }: HostInventory,
  { offers, selection }: { offers: Offers; selection: Selection },
): HostInventory {
  const native = offers.nativeArchitecture;
  const packages = inventory.packages.map((item) => upgradedItem(item, offers));
  const added = possible.map((item) => upgradedItem(item, offers));
  const known = new Set([...packages, ...added].map((item) => slotKey(item, native)));
  for (const { offer } of selection.values()) {
    const key = slotKey(offer, native);
    if (known.has(key)) continue;
    known.add(key);
    added.push(newItem(offer));
  }
  return { inventory: { ...inventory, packages }, possible: added };
}

function upgradedItem(item: InventoryPackage, offers: Offers): InventoryPackage {
  const candidate = item.hold ? undefined : candidateFor(item, offers);
  if (candidate === undefined) return { ...item, relations: installedRelations(item, offers) };
  const { version, architecture, relations } = candidate;
  return { ...item, version, architecture, relations };
}

/** What an upgrade installs for others counts as automatic, as apt marks it. */
function newItem({ name, version, architecture, relations }: Offer): InventoryPackage {
  return { name, version, architecture, relations, automatic: true, hold: false };
}

function slotKey(item: Pick<InventoryPackage, 'name' | 'architecture'>, native: string): string {
  return `${item.name} ${slotOf(item, native)}`;
}

/**
 * Returns the inventory that apt's plan leaves.
 * @throws PommgrError `tool.apt` where the plan names a package or version that the mirrors do not offer.
 */
export function inventoryAfterPlan(inventory: Inventory, plan: AptPlan, offers: Offers): Inventory {
  const native = offers.nativeArchitecture;
  const packages = new Map<string, InventoryPackage>();
  for (const item of inventory.packages)
    packages.set(slotKey(item, native), { ...item, relations: installedRelations(item, offers) });
  for (const line of plan.remove) packages.delete(keyOf(parsePlanLine(line), native));
  for (const line of [...plan.install, ...plan.upgrade, ...plan.downgrade]) {
    const planned = parsePlanLine(line);
    const key = keyOf(planned, native);
    const offer = offerOf(planned, offers);
    const before = packages.get(key);
    const marks = { automatic: before?.automatic ?? true, hold: before?.hold ?? false };
    packages.set(key, { ...newItem(offer), ...marks });
  }
  return { ...inventory, packages: [...packages.values()] };
}

interface PlannedPackage {
  name: string;
  /** Absent for the native one. */
  architecture: string | undefined;
  /** The version afterwards; of a removal the one that goes. */
  version: string;
}

/** Parses `name (version)` and `name:arch (old => new)`. */
export function parsePlanLine(line: string): PlannedPackage {
  const [, name = line, architecture, version = ''] =
    /^([^\s:]+)(?::(\S+))? \((?:\S+ => )?(\S+)\)$/.exec(line) ?? [];
  return { name, architecture, version };
}

function keyOf({ name, architecture }: PlannedPackage, native: string): string {
  return `${name} ${architecture ?? native}`;
}

function offerOf({ name, architecture, version }: PlannedPackage, offers: Offers): Offer {
  const slot = architecture ?? offers.nativeArchitecture;
  const found = [
    offers.candidate(name, slot),
    offers.upgradeOnly(name, slot),
    offers.exact(name, slot, version),
  ].find((offer) => offer?.version === version);
  if (found !== undefined) return found;
  throw new PommgrError(
    'tool.apt',
    `apt plans to install ${name}:${slot} ${version}, which no mirror of the target offers.`,
    {
      hints: ['Report it, with the output of "apt-get --version".'],
      details: { package: name, architecture: slot, version },
    },
  );
}
