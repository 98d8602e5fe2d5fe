/**
 * The last step of `npm run build`: keeps what `pommgr --help` prints as dist/help.txt, so that bin/quick.js need not
 * load oclif for it. The line that names version and machine is left open.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
// With FORCE_COLOR the text comes from oclif, whatever is there already.
const options = {
  cwd: root,
  encoding: /** @type {const} */ ('utf8'),
  env: { ...process.env, FORCE_COLOR: '0' },
};
const run = (/** @type {string} */ flag) => execFileSync(process.execPath, ['bin/pommgr.js', flag], options);
const version = run('--version').trim();
const [before, after, ...others] = run('--help').split(version);
if (before === undefined || after === undefined || others.length > 0) {
  throw new Error(`pommgr --help names ${version} ${others.length + 1} times, expected once`);
}
writeFileSync(new URL('../../dist/help.txt', import.meta.url), `${before}@VERSION@${after}`);
