/** Defines what a closure needs of a mirror: one whose indices were just read, or one of an existing baseline. */
import type { Mirror } from '../../config/domain/mirror.ts';
import type { IndexFound, PackageListPart } from '../../mirror/workflows/indexed-mirror.ts';

export interface ClosableMirror {
  readonly mirror: Pick<Mirror, 'id' | 'types' | 'suite' | 'components' | 'architectures' | 'filters'>;
  readonly release: { notAutomatic: boolean; butAutomaticUpgrades: boolean };
  readonly indices: readonly Pick<IndexFound, 'planned'>[];
  /** Its packages, as `writeSelectedPackages` wrote them. */
  readonly packages: PackageListPart;
  /** File names of packages that upstream lists and does not have. */
  readonly lackingPackages: readonly string[];
  /** The certificates that verified it. */
  readonly verified: { readonly certificates: Uint8Array };
}
