/**
 * The way from Debian 12 to Debian 13 for hosts that apt made of Debian's real indices: each stage is closed for each of
 * them. POMMGR_BENCH_HOSTS says how many (default 5).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { corpusWayConfig, openCorpus } from '../support/corpus.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const hosts = Number(process.env['POMMGR_BENCH_HOSTS'] ?? '5');

it(`is closed at each stage for ${hosts} hosts`, async () => {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'locks'));
  const corpus = await openCorpus('bookworm');
  for (let seed = 1; seed <= hosts; seed += 1) await corpus.addHost(seed, join(directory, 'locks'));
  const configFile = join(directory, 'pommgr.yaml');
  await writeFile(configFile, corpusWayConfig({ hosts: ['./locks/*.lock.json'] }));

  // Debian's signatures are of today.
  const context = testContext(new Date().toISOString());
  const result = await snapshot({ configFile, context, force: false, dryRun: true });

  if (result.outcome !== 'planned') throw new Error(result.outcome);
  for (const { target, thin, whole } of result.closures)
    console.log(`${target}: ${thin.files} files, ${((100 * thin.sizeBytes) / whole.sizeBytes).toFixed(2)} %`);
  for (const warning of context.warnings) console.log(warning);
  expect(result.closures.map(({ target, hosts: count }) => `${target} ${count}`)).toEqual([
    `debian-12 ${hosts}`,
    `debian-13 ${hosts}`,
  ]);
}, 3_600_000);
