/** pommgr's own version, from its package.json. */
import { readOwnFile } from './own-files.ts';

export function toolVersion(): string {
  return (JSON.parse(readOwnFile('package.json')) as { version: string }).version;
}
