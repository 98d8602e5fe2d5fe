/**
 * Thin baselines over Debian's real indices: 200 hosts that apt made, every job of each planned twice, with the apt of
 * Debian 12 and of Debian 13. POMMGR_BENCH_HOSTS says how many hosts, POMMGR_BENCH_FIRST with which seed they begin.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { corpusIndices, wantedByApt, type CorpusRelease } from '../support/corpus-indices.ts';
import { corpusConfig, openCorpus } from '../support/corpus.ts';
import { debianReleases, debianRoot } from '../support/debian-root.ts';
import { giveGpgv, pommgrInside } from '../support/inside-root.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';

const hostCount = Number(process.env['POMMGR_BENCH_HOSTS'] ?? 200);
const firstSeed = Number(process.env['POMMGR_BENCH_FIRST'] ?? 1);
/** So many hosts in one snapshot. */
const batch = 20;
const install = ['nginx', 'mutt', 'php'];
const limits = { seconds: 60, peakMiB: 250, share: 0.01, overhead: 1.15 };

interface Closure {
  hosts: number;
  jobs: number;
  thin: { files: number; sizeBytes: number };
  whole: { files: number; sizeBytes: number };
}

/** A directory with the config and the locks of these seeds. */
async function siteOf(release: CorpusRelease, seeds: readonly number[]): Promise<string> {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'locks'));
  const corpus = await openCorpus(release);
  for (const seed of seeds) await corpus.addHost(seed, join(directory, 'locks'));
  const closure = { hosts: ['./locks/*.lock.json'], install };
  await writeFile(join(directory, 'pommgr.yaml'), corpusConfig(release, closure));
  return directory;
}

function closureIn(result: unknown): Closure & { digest: string } {
  const { closures, digest } = result as { closures: Closure[]; digest: string };
  const [closure] = closures;
  if (closure === undefined) throw new Error('the snapshot has no closure');
  return { ...closure, digest };
}

const perRelease = Math.ceil(hostCount / 2);
const batches = Array.from({ length: Math.ceil(perRelease / batch) }, (_, number) =>
  Array.from(
    { length: Math.min(batch, perRelease - number * batch) },
    (_unused, index) => firstSeed + number * batch + index,
  ),
);

describe.each<CorpusRelease>(['bookworm', 'trixie'])('hosts of %s', (release) => {
  const sites: string[] = [];

  beforeAll(async () => {
    for (const seeds of batches) sites.push(await siteOf(release, seeds));
  }, 7_200_000);

  it.each(batches.map((seeds, number) => ({ seeds, number })))(
    'batch $number: no difference, little space, time and memory',
    async ({ seeds, number }) => {
      const cwd = sites[number] ?? '';
      const args = [pommgr, 'snapshot', '--dry-run', '--quiet', '--json'];
      const { seconds, peakMiB, stdout } = await measureNode(args, { cwd });
      const closure = closureIn((JSON.parse(stdout) as { result: unknown }).result);
      const wanted = await wantedByApt(release, { locks: join(cwd, 'locks'), install });
      const share = closure.thin.sizeBytes / closure.whole.sizeBytes;
      const overhead = closure.thin.sizeBytes / wanted.sizeBytes;
      console.log(
        `${release} ${seeds[0]}-${seeds.at(-1)}: ${closure.jobs} jobs, ${seconds.toFixed(0)} s, ${peakMiB.toFixed(0)} MiB, ${(100 * share).toFixed(2)} % of the mirrors, ${overhead.toFixed(3)} times what apt wants`,
      );
      expect(closure).toMatchObject({ hosts: seeds.length, jobs: seeds.length * 6 + install.length });
      expect(overhead).toBeLessThanOrEqual(limits.overhead);
      expect(share).toBeLessThanOrEqual(limits.share);
      expect(peakMiB).toBeLessThanOrEqual(limits.peakMiB);
      expect(seconds).toBeLessThanOrEqual(limits.seconds);
    },
    7_200_000,
  );

  it('is judged the same by the apt of the other release, with the same digest', async () => {
    const cwd = sites[0] ?? '';
    const text = await readFile(join(cwd, 'pommgr.yaml'), 'utf8');
    await writeFile(
      join(cwd, 'inside.yaml'),
      text
        .replaceAll(corpusIndices, '/srv/indices')
        .replaceAll(
          '/usr/share/keyrings/debian-archive-keyring.gpg',
          '/srv/keyrings/debian-archive-keyring.gpg',
        ),
    );
    const digests: string[] = [];
    for (const system of debianReleases) {
      const root = await debianRoot(system);
      await giveGpgv(root);
      const { document } = await pommgrInside(
        root,
        ['snapshot', '--dry-run', '--config', '/srv/site/inside.yaml'],
        { '/srv/site': cwd, '/srv/indices': corpusIndices, '/srv/keyrings': '/usr/share/keyrings' },
      );
      expect(document.error).toBeUndefined();
      digests.push(closureIn(document.result).digest);
    }
    console.log(`${release}: the apt of ${debianReleases.join(' and ')} plan the same`);
    expect(new Set(digests).size).toBe(1);
  }, 7_200_000);
});
