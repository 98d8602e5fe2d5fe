/**
 * Runs the tests: first those of the rooms, which end soon, then those of whole workflows and programs. With
 * $VITEST_JSON_REPORT each run writes a report beside it, which .ci/summary.mjs adds up.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const report = process.env['VITEST_JSON_REPORT'];

let exitCode = 0;
for (const project of ['rooms', 'whole']) {
  const env =
    report === undefined ? process.env : { ...process.env, VITEST_JSON_REPORT: `${report}.${project}` };
  const args = [vitest, 'run', '--project', project];
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  exitCode = Math.max(exitCode, status ?? 1);
}
process.exitCode = exitCode;
