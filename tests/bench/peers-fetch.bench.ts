/** A first snapshot of many files, and one with nothing new, against curl and openssl, aptly and debmirror. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningIdentity } from '../support/gpg.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import {
  delayServer,
  serveWithNginx,
  withAptly,
  withCurl,
  withDebmirror,
  withPommgr,
  type BenchServer,
} from './peer-fetchers.ts';
import { isQuick, machineText, race, timeScript } from './race.ts';
import { configText, writePool, writeSuite, type SyntheticSuite } from './synthetic-suite.ts';

const limitMiB = 250;

/** Sizes go up in even steps. */
async function makeSuite(
  packageCount: number,
  sizes: [least: number, most: number],
): Promise<SyntheticSuite> {
  const [least, most] = sizes;
  const bytes = randomBytes(most + packageCount);
  const sizeOf = (number: number): number => least + Math.floor(((most - least) * number) / packageCount);
  const suite: SyntheticSuite = {
    directory: await scratchDirectory(),
    signer: await createSigningIdentity({ name: 'Peers' }),
    packageCount,
    content: (number) => bytes.subarray(number, number + sizeOf(number)),
    state: 1,
  };
  await writePool(suite);
  await writeSuite(suite);
  return suite;
}

describe('small packages', () => {
  let suite: SyntheticSuite;
  let server: BenchServer;
  beforeAll(async () => {
    console.log(`\n${machineText()}`);
    suite = await makeSuite(isQuick ? 200 : 2000, [5000, 200_000]);
    server = await serveWithNginx(suite.directory);
  });
  afterAll(() => server.close());

  it('are fetched as fast as by others', async () => {
    await race({
      work: `first snapshot, ${suite.packageCount} small files, no latency`,
      pommgr: async () => (await withPommgr(server.url, suite)).seconds,
      peers: new Map([
        ['curl and openssl', { turn: () => withCurl(server.url, suite), goal: 1.2 }],
        ['aptly', { turn: () => withAptly(server.url), goal: 1.0 }],
        ['debmirror', { turn: () => withDebmirror(server.url) }],
      ]),
    });
  });

  it.each([20, 100])('are fetched from a server %d ms away in half of the time', async (latencyMs) => {
    const far = await delayServer(server, latencyMs);
    try {
      await race({
        work: `first snapshot, ${suite.packageCount} small files, ${latencyMs} ms`,
        pommgr: async () => (await withPommgr(far.url, suite)).seconds,
        peers: new Map([
          ['curl and openssl', { turn: () => withCurl(far.url, suite), goal: 0.5 }],
          ['aptly', { turn: () => withAptly(far.url) }],
        ]),
      });
    } finally {
      await far.close();
    }
  });

  it('that are there already cost hardly more than to ask', async () => {
    const cwd = await scratchDirectory();
    const ids = ['a-main', 'b-main', 'c-main'];
    const [head = '', one = '', tail = ''] = configText(server.url, suite).split(/^(?= {2}- id| {2}- name)/m);
    const [mirror = '', targets = ''] = one.split(/^(?=targets)/m);
    const mirrors = ids.map((id) => mirror.replace('bench-main', id)).join('');
    const config = `${head}${mirrors}${targets}${tail.replace('[bench-main]', `[${ids.join(', ')}]`)}`;
    await writeFile(join(cwd, 'pommgr.yaml'), config);
    await measureNode([pommgr, 'snapshot', '--quiet'], { cwd });
    const releases = ids.map(() => `${server.url}/dists/stable/InRelease`).join(' ');
    await race({
      work: 'nothing new, three mirrors',
      pommgr: () => timeScript(`${process.execPath} ${pommgr} snapshot --quiet`, cwd),
      peers: new Map([
        [
          'curl of three InRelease, and an empty node',
          {
            turn: () => timeScript(`curl --silent --fail ${releases}; ${process.execPath} --eval 0`, cwd),
            goal: 1.5,
          },
        ],
      ]),
    });
  });
});

it('many very small packages', async () => {
  const suite = await makeSuite(isQuick ? 2000 : 70_000, [500, 3000]);
  const server = await serveWithNginx(suite.directory);
  const peaks: number[] = [];
  const own = async (more?: readonly string[]): Promise<number> => {
    const { seconds, peakMiB } = await withPommgr(server.url, suite, more);
    peaks.push(peakMiB);
    return seconds;
  };
  const peer = { turn: () => withCurl(server.url, suite) };
  const work = `${suite.packageCount} very small files`;
  try {
    await race({
      work: `${work}, snapshot`,
      pommgr: own,
      peers: new Map([['curl and openssl', { ...peer, goal: 2 }]]),
    });
    await race({
      work: `${work}, snapshot --force`,
      pommgr: () => own(['snapshot', '--force', '--quiet', '--json']),
      peers: new Map([['curl and openssl', { ...peer, goal: 0.6 }]]),
    });
    await race({
      work: `${work}, baseline verify`,
      pommgr: () => own(['baseline', 'verify', 'bench-1', '--json']),
      peers: new Map([['curl and openssl', { ...peer, goal: 1 }]]),
    });
  } finally {
    await server.close();
  }
  console.log(`  at most ${Math.max(...peaks).toFixed(0)} MiB, goal ${limitMiB}`);
  expect(Math.max(...peaks)).toBeLessThan(limitMiB);
});
