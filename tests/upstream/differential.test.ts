/** apt is the judge: a short form of "npm run bench -- differential". */
import { expect, it } from 'vitest';
import { disagreements } from '../support/differential.ts';

it('pommgr takes what apt of Debian 12 and 13 takes, refuses what they refuse, and hosts get the same bytes', {
  timeout: 300_000,
}, async () => {
  const { tried, taken, given, downloaded, found } = await disagreements({ seed: 10, count: 60 });

  expect(found.join('\n')).toBe('');
  expect(tried).toBe(60);
  expect(taken).toBeGreaterThan(10);
  expect(given).toBeGreaterThan(5);
  expect(downloaded).toBeGreaterThan(10);
});
