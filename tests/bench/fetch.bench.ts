/** How fast packages come in: the builtin engine against curl --parallel followed by openssl dgst. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSigningIdentity } from '../support/gpg.ts';
import { serveDirectory } from '../support/http-server.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import { configText, poolFile, writePool, writeSuite, type SyntheticSuite } from './synthetic-suite.ts';

const packageCount = 2000;
/** Debian's packages: half of them small, some large, half a megabyte on average. */
const sizesBytes = [12_000, 40_000, 90_000, 300_000, 2_100_000];
const concurrency = 16;
const rounds = 3;
const limitRatio = 1.3;

it.each([0, 20])(`takes at most ${limitRatio} times as long, at %d ms a request`, async (latencyMs) => {
  const suite = await makeSuite();
  const server = await serveDirectory(suite.directory, { latencyMs });
  const ratios: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      const theirs = await withCurl(server.url);
      const ours = await withPommgr(server.url, suite);
      ratios.push(ours / theirs);
      console.log(
        `${latencyMs} ms a request, round ${round}: curl and openssl ${theirs.toFixed(2)} s, pommgr ${ours.toFixed(2)} s, ratio ${(ours / theirs).toFixed(2)}`,
      );
    }
  } finally {
    await server.close();
  }
  // The least disturbed round counts.
  expect(Math.min(...ratios)).toBeLessThan(limitRatio);
});

async function makeSuite(): Promise<SyntheticSuite> {
  const bytes = randomBytes(Math.max(...sizesBytes) + packageCount);
  const suite: SyntheticSuite = {
    directory: await scratchDirectory(),
    signer: await createSigningIdentity({ name: 'Fetch' }),
    packageCount,
    content: (number) => bytes.subarray(number, number + (sizesBytes[number % sizesBytes.length] as number)),
    state: 1,
  };
  await writePool(suite);
  await writeSuite(suite);
  return suite;
}

/** The same files, into a directory, then hashed. Seconds. */
async function withCurl(url: string): Promise<number> {
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'files'));
  const list: string[] = [];
  for (let number = 0; number < packageCount; number++) {
    list.push(`url = "${url}/${poolFile(number)}"`, `output = "files/${number}"`);
  }
  await writeFile(join(directory, 'list'), list.join('\n'));
  const script = `curl --silent --show-error --fail --parallel --parallel-max ${concurrency} --config list && find files -type f -print0 | xargs -0 openssl dgst -sha256 > digests && sync --file-system .`;
  const begun = performance.now();
  const child = spawn('sh', ['-c', script], { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`curl and openssl ended with ${code}`);
  const seconds = (performance.now() - begun) / 1000;
  await rm(directory, { recursive: true });
  return seconds;
}

/** A whole snapshot into an empty pool. Seconds. */
async function withPommgr(url: string, suite: SyntheticSuite): Promise<number> {
  const cwd = await scratchDirectory();
  const config = configText(url, suite);
  await writeFile(join(cwd, 'pommgr.yaml'), `${config}download: { concurrency: ${concurrency} }\n`);
  const { seconds } = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  await rm(cwd, { recursive: true });
  return seconds;
}
