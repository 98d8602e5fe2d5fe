/** Names pommgr's own entries at the top of a medium; all others are foreign and never read. */

import { receiptsDirectoryName } from '../../hosts/domain/receipt.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';

export const bundlesDirectoryName = 'bundles';
/** Text that says what the medium is, and how to check it by hand. */
export const mediumTextName = 'POMMGR.txt';
/** A launcher for hosts without pommgr. */
export const launcherName = 'pommgr';
/** The signed digests of the launcher, of verify.sh and of POMMGR.txt. */
export const toolDirectoryName = 'tool';
/** Node.js and pommgr in one file, by version. */
export const runtimeDirectoryName = 'runtime';
/** The signed reports of bundles, by name. */
export const reportsDirectoryName = 'reports';
/** Approvers' statements about bundles, by name. */
export const approvalsDirectoryName = 'approvals';
/** The hosts' signed subscription infos, by time. */
export const subscriptionsDirectoryName = 'subscriptions';

export const mediumNames: readonly string[] = [
  bundlesDirectoryName,
  rotationsDirectoryName,
  mediumTextName,
  launcherName,
  toolDirectoryName,
  runtimeDirectoryName,
  subscriptionsDirectoryName,
  reportsDirectoryName,
  approvalsDirectoryName,
  receiptsDirectoryName,
];
