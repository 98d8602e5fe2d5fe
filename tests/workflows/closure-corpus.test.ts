/**
 * Hosts that apt made of Debian's real indices: apt plans the same with the thin baseline, every job. Two hosts of each
 * release, five with npm run test:full, and one installation each; the bench has 200 hosts and three installations.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import type { CorpusRelease } from '../support/corpus-indices.ts';
import { corpusConfig, openCorpus } from '../support/corpus.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const seeds = process.env['POMMGR_TEST_FULL'] === '1' ? [1, 2, 3, 4, 5] : [1, 2];
/** A server with choices of its own, and a tool with many recommended packages and providers. */
const install: Record<CorpusRelease, string> = { bookworm: 'nginx', trixie: 'mutt' };

describe.concurrent.each<CorpusRelease>(['bookworm', 'trixie'])('%s', (release) => {
  it('needs the same packages for every job of every host, and little more than these', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'locks'));
    const corpus = await openCorpus(release);
    for (const seed of seeds) await corpus.addHost(seed, join(directory, 'locks'));
    const configFile = join(directory, 'pommgr.yaml');
    const closure = { hosts: ['./locks/*.lock.json'], install: [install[release]] };
    await writeFile(configFile, corpusConfig(release, closure));

    // Debian's signatures are of today.
    const context = testContext(new Date().toISOString());
    const result = await snapshot({ configFile, context, force: false, dryRun: true });

    // Any difference between the plans would have ended the snapshot.
    expect(result).toMatchObject({
      outcome: 'planned',
      closures: [{ hosts: seeds.length, jobs: seeds.length * 4 + 1 }],
    });
    if (result.outcome !== 'planned') throw new Error(result.outcome);
    const [{ thin, whole } = { thin: { sizeBytes: 1 }, whole: { sizeBytes: 0 } }] = result.closures;
    expect(thin.sizeBytes / whole.sizeBytes).toBeLessThan(0.05);
  }, 1_800_000);
});
