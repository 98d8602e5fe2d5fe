/** Defines a host as an upgrade would leave it, for the simulation of the next one. */
import type { InstalledPackage } from '../../apt/domain/host.ts';

export interface SimulatedHost {
  /** Text of dpkg's status file (dpkg-query(1)). */
  status: string;
  packages: readonly InstalledPackage[];
}
