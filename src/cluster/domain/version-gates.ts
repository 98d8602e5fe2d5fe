/** Defines the gates of versions: every node is upgraded to the same baseline, and has its versions afterwards. */
import { entriesOf, valueOf } from '../../core/domain/named.ts';
import { check, complaints, type Gate } from './check.ts';

/** Messages name the first few packages. */
const namedPackages = 5;

/** Before the upgrade: the versions are known that the node is compared with afterwards. */
export const sameBaseline: Gate = ({ now, forecast, rollout, versions }) =>
  check(
    {
      gate: 'baseline',
      enough: 'the forecast is of the baseline to which the rollout upgrades every node',
      now,
      facts: [forecast, rollout, versions],
    },
    ({ result }, held, { packages }) => {
      const { name, digest } = result.subject.baseline;
      const planned = held?.baseline ?? null;
      const isSame = planned === null || planned.digest === digest;
      return {
        ok: isSame,
        seen: isSame
          ? `${name}, ${packages.length} packages are compared afterwards`
          : `the forecast is of ${name}, the rollout is to ${planned.name}`,
      };
    },
  );

export const versionsAsPlanned: Gate = ({ now, versions, rollout }, { node }) =>
  check(
    {
      gate: 'versions',
      enough: 'every package of Proxmox has the version that the forecast promised before the upgrade',
      now,
      facts: [versions, rollout],
    },
    ({ packages }, held) => {
      const planned = held === null ? null : (valueOf(held.nodes, node)?.plannedPackages ?? null);
      if (planned === null) return { ok: true, seen: 'no upgrade of it was let go' };
      const installed = new Map(packages.map((one) => [one.name, one.installed]));
      const wrong = entriesOf(planned).flatMap(([name, version]) => {
        const found = installed.get(name) ?? 'not installed';
        return found === version ? [] : [`${name} is ${found}, planned is ${version}`];
      });
      const more = wrong.length - namedPackages;
      return complaints(
        [...wrong.slice(0, namedPackages), ...(more > 0 ? [`and ${more} more`] : [])],
        `${entriesOf(planned).length} packages as planned`,
      );
    },
  );

/** A forecast that was made after the upgrade covers all packages, not only those of Proxmox. */
export const nothingLeft: Gate = ({ now, forecast, rollout }, { node, hasForecast }) => {
  const about = {
    gate: 'forecast',
    enough: 'a forecast made after the upgrade, of the same baseline, that changes nothing',
  };
  if (!hasForecast) return { ...about, ok: true, seen: 'none was named, which is no condition here' };
  return check({ ...about, now, facts: [forecast, rollout] }, ({ result }, held) => {
    const { hostName, baseline } = result.subject;
    const left = result.sources.reduce((sum, { changes }) => sum + changes.length, 0);
    const planned = held?.baseline ?? null;
    return complaints(
      [
        ...(hostName === node ? [] : [`it is of the host ${hostName}`]),
        ...(planned === null || planned.digest === baseline.digest
          ? []
          : [`it is of ${baseline.name}, the rollout is to ${planned.name}`]),
        ...(left === 0 ? [] : [`${left} packages are still to be changed`]),
      ],
      `nothing is left to change, on ${baseline.name}`,
    );
  });
};
