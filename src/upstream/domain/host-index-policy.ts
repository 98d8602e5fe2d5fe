/**
 * Handles indices that apt of one Debian release refuses and that of another accepts. Each is refused for targets of
 * the former.
 */
import { PommgrError } from '../../core/domain/errors.ts';

export interface HostRefusal {
  /** Codename of the hosts whose apt refuses the index. */
  codename: string;
  /** Position in the index, and what is wrong there. */
  why: string;
}

/** apt 2.6 fails at the field; apt 3.0 treats it as missing. */
export function emptyProvides(where: string): HostRefusal {
  return { codename: 'bookworm', why: `${where}: the field Provides is empty, which apt 2.6 cannot read` };
}

/**
 * Hosts read upstream's own index, whatever the filters leave of it, so an index that their apt refuses must not reach
 * them.
 * @throws PommgrError `integrity.index` for the first mirror that a target's hosts could not use.
 */
export function refuseForHosts(
  mirrors: readonly { mirror: { id: string }; hostRefusals?: readonly HostRefusal[] }[],
  targets: readonly { name: string; codename: string; mirrors: readonly string[] }[],
): void {
  for (const { mirror, hostRefusals = [] } of mirrors) {
    for (const { codename, why } of hostRefusals) {
      const target = targets.find((one) => one.codename === codename && one.mirrors.includes(mirror.id));
      if (target === undefined) continue;
      throw new PommgrError(
        'integrity.index',
        `Mirror ${mirror.id}: hosts of ${codename} refuse this repository: ${why}.`,
        {
          hints: [
            'Ask the owner of the repository to leave the empty field out.',
            `Until then, take the mirror out of the target ${target.name}. To skip the package does not help: apt reads the whole index.`,
          ],
          details: { mirror: mirror.id, target: target.name },
        },
      );
    }
  }
}
