/** What `npm run dist` makes, built anew below a scratch directory; about fifteen seconds. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchDirectory } from './scratch.ts';

const script = fileURLToPath(new URL('../../scripts/dist/dist.mjs', import.meta.url));

export interface Dist {
  out: string;
  /** The packaged Node.js. */
  node: string;
  singleFile: string;
  debianPackage: string;
}

/** For linux-x64. The machine's umask, time zone and language show in no byte of it. */
export async function buildDist(
  version: string,
  { umask = '022', env = {} }: { umask?: string; env?: Record<string, string> } = {},
): Promise<Dist> {
  const out = await scratchDirectory();
  const args = [process.execPath, script, '--platform', 'linux-x64', '--out', out];
  await promisify(execFile)('sh', ['-c', 'umask "$1"; shift; exec "$@"', 'sh', umask, ...args], {
    env: { ...process.env, SOURCE_DATE_EPOCH: '1750000000', ...env },
  });
  const runtime = join(out, 'runtime', version, 'linux-x64');
  return {
    out,
    node: join(runtime, 'node'),
    singleFile: join(runtime, 'pommgr.mjs'),
    debianPackage: join(out, `pommgr_${version}_amd64.deb`),
  };
}
