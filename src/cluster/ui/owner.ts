/** Who holds a cluster where nobody is named. */
import { hostname, userInfo } from 'node:os';

export function clusterOwner(): string {
  return `${process.env['SUDO_USER'] ?? userInfo().username}@${hostname()}`;
}
