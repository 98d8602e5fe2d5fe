/**
 * Hosts that apt made of Debian's real indices: apt plans the same with the thin baseline, every job. Two hosts of each
 * release, five with npm run test:full; POMMGR_CORPUS_HOSTS and POMMGR_CORPUS_SEED try others.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { corpusMirrors, openCorpus, type CorpusRelease } from '../support/corpus.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const isFull = process.env['POMMGR_TEST_FULL'] === '1';
const hostsEach = Number(process.env['POMMGR_CORPUS_HOSTS'] ?? (isFull ? 5 : 2));
const firstSeed = Number(process.env['POMMGR_CORPUS_SEED'] ?? 1);
/** A server with choices of its own, a tool with many recommended packages, and something with providers. */
const install = ['nginx', 'mutt', 'php'];

describe.each<CorpusRelease>(['bookworm', 'trixie'])('%s', (release) => {
  it('needs the same packages for every job of every host, and little more than these', async () => {
    const directory = await scratchDirectory();
    await mkdir(join(directory, 'locks'));
    const corpus = await openCorpus(release);
    for (let seed = firstSeed; seed < firstSeed + hostsEach; seed++)
      await corpus.addHost(seed, join(directory, 'locks'));
    const configFile = join(directory, 'pommgr.yaml');
    const closure = { hosts: ['./locks/*.lock.json'], install };
    await writeFile(
      configFile,
      [
        ...['schema: pommgr/config/v1', 'track: corpus', 'engine: builtin', 'mirrors:'],
        ...corpusMirrors(release),
        ...['targets:', '  - name: debian', '    products: [debian]', `    codename: ${release}`],
        '    mirrors: [debian, debian-updates, debian-security]',
        `    closure: ${JSON.stringify(closure)}`,
        '',
      ].join('\n'),
    );

    // Debian's signatures are of today.
    const context = testContext(new Date().toISOString());
    const result = await snapshot({ configFile, context, force: false, dryRun: true });

    // Any difference between the plans would have ended the snapshot.
    expect(result).toMatchObject({
      outcome: 'planned',
      closures: [{ hosts: hostsEach, jobs: hostsEach * (3 + install.length) + install.length }],
    });
    if (result.outcome !== 'planned') throw new Error(result.outcome);
    const [{ thin, whole } = { thin: { sizeBytes: 1 }, whole: { sizeBytes: 0 } }] = result.closures;
    expect(thin.sizeBytes / whole.sizeBytes).toBeLessThan(0.05);
  }, 1_800_000);
});
