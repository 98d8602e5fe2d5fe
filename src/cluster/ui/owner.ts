/** Returns the default owner of a rollout. */
import { hostname, userInfo } from 'node:os';

export function clusterOwner(): string {
  return `${process.env['SUDO_USER'] ?? userInfo().username}@${hostname()}`;
}
