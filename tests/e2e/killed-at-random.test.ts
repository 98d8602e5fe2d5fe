/** Every command that writes, killed at random times and run again. POMMGR_TEST_KILLS and _SEED make it more, and others. */
import { expect, test } from 'vitest';
import { killSubjects } from '../support/kill-subjects.ts';
import { killAtRandom } from '../support/random-kills.ts';

const kills = Number(process.env['POMMGR_TEST_KILLS'] ?? '100');
const seed = Number(process.env['POMMGR_TEST_SEED'] ?? '1');

test('whatever moment a command is killed at, the next run ends as an undisturbed one', async () => {
  const subjects = await killSubjects();
  const each = Math.ceil(kills / subjects.length);
  const complaints: string[] = [];
  let killed = 0;
  const pending = [...subjects.entries()];
  async function work(): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const [number, subject] = next;
      const found = await killAtRandom(subject, { kills: each, seed: seed * 1000 + number });
      killed += found.kills;
      complaints.push(...found.complaints);
    }
  }
  await Promise.all([work(), work()]);
  expect(complaints.join('\n')).toBe('');
  expect(killed).toBeGreaterThanOrEqual(kills);
}, 900_000);
