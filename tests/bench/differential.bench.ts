/** apt is the judge: 2,000 repositories with random quirks, or as many as POMMGR_DIFFERENTIAL_COUNT says. */
import { expect, it } from 'vitest';
import { disagreements } from '../support/differential.ts';

const count = Number(process.env['POMMGR_DIFFERENTIAL_COUNT'] ?? 2000);
const seed = Number(process.env['POMMGR_DIFFERENTIAL_SEED'] ?? Date.now());
const batch = 100;

it('pommgr takes what apt of Debian 12 and 13 takes, refuses what they refuse, and hosts get the same bytes', async () => {
  const all: string[] = [];
  let [tried, taken, given, downloaded] = [0, 0, 0, 0];
  for (let start = 0; start < count; start += batch) {
    const part = await disagreements({ seed: seed + start, count: Math.min(batch, count - start) });
    tried += part.tried;
    taken += part.taken;
    given += part.given;
    downloaded += part.downloaded;
    all.push(...part.found);
    console.log(
      `differential: ${tried} tried, ${taken} taken, ${given} with their package, ${downloaded} files downloaded by hosts, ${all.length} disagreements`,
    );
    for (const text of part.found) console.log(text);
  }
  expect(tried).toBe(count);
  expect(all).toEqual([]);
});
