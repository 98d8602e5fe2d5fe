/**
 * Kills `upgrade-release next --run` at random moments of the change of the release, as a power failure does, and runs
 * it again: up to three kills in a row on a host. Each host comes to the same end. POMMGR_TEST_KILLS says how many.
 */
import { beforeAll, expect, it } from 'vitest';
import { hostDrift } from '../../src/restore/workflows/host-drift.ts';
import { checkUpgrade } from '../../src/upgrade/workflows/check-upgrade.ts';
import { next } from '../../src/upgrade/workflows/next.ts';
import { runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { runProgram, type UpgradeEnd } from '../support/killed-upgrade.ts';
import { testContext } from '../support/online.ts';
import { copyHost, createReleaseSite } from '../support/release-site.ts';
import { randomNumbers } from '../support/random-kills.ts';

const kills = Number(process.env['POMMGR_TEST_KILLS'] ?? 20);
const seed = Number(process.env['POMMGR_TEST_SEED'] ?? 1);
const context = testContext();
let root: string;
let command: string[];
let expected: string[];

beforeAll(async () => {
  root = await (await createReleaseSite()).host();
  for (const stage of ['pve-8', 'pve-8-squid'])
    await next({ root, stage, run: true, accept: [], onOutput: () => {}, context });
  const { checks } = await checkUpgrade({ root, context });
  const accept = checks
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')
    .map(({ id }) => id);
  command = ['upgrade-release', 'next', '--run', '--yes', ...accept.flatMap((id) => ['--accept', id])];
  const undisturbed = await copyHost(root);
  await next({ root: undisturbed, run: true, accept, onOutput: () => {}, context });
  expected = await versionsInRoot(undisturbed);
});

it(`${kills} kills, seed ${seed}`, async () => {
  const random = randomNumbers(seed);
  const complaints: string[] = [];
  for (let killed = 0; killed < kills; ) {
    const host = await copyHost(root);
    const moments: string[] = [];
    let end: UpgradeEnd | undefined;
    for (let row = 0; row < 3 && killed < kills; row += 1) {
      // One in five dies while it judges or switches, the others among dpkg's steps.
      const moment =
        random() < 0.2 ? { afterMs: Math.ceil(random() * 8000) } : { afterSteps: Math.ceil(random() * 120) };
      const killedEnd = await runProgram(host, command, moment);
      if (killedEnd.exitCode !== null) {
        // It ended before: another run would do the next stage.
        end = killedEnd;
        break;
      }
      moments.push(JSON.stringify(moment));
      killed += 1;
    }
    const { exitCode, stderr } = end ?? (await runProgram(host, command));
    const drift = await hostDrift({ root: host });
    const isSame = JSON.stringify(await versionsInRoot(host)) === JSON.stringify(expected);
    const audit = await runInRoot(host, 'dpkg', '--audit');
    if (exitCode !== 0 || !isSame || !drift.same || audit !== '')
      complaints.push(
        `killed at ${moments.join(', ')}: exit code ${exitCode}, same ${isSame}: ${stderr}${audit}`,
      );
  }
  expect(complaints).toEqual([]);
});
