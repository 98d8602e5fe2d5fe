/** `snapshot` with POM and pre-fetch against POM's own way: one request at a time, a new connection for each. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { serveDirectory } from '../support/http-server.ts';
import { pomBinary } from '../support/pom-site.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import { configText, writePool, writeSuite, type SyntheticSuite } from './synthetic-suite.ts';

const packageCount = 2000;
const latencyMs = 20;
const leastSpeedUp = 8;
const mostWhenNothingIsNew = 1.5;

it(`is at least ${leastSpeedUp} times as fast the first time, and no slower than ${mostWhenNothingIsNew} times with nothing new`, async () => {
  const suite: SyntheticSuite = {
    directory: await scratchDirectory(),
    signer: await createSigningIdentity({ name: 'Bench' }),
    packageCount,
    content: (number) => Buffer.from(`content ${number}\n`.repeat(1000)),
    state: 1,
  };
  await writePool(suite);
  await writeSuite(suite);
  const server = await serveDirectory(suite.directory, { latencyMs });
  try {
    const ours = best(await withPommgr(server.url, suite), await withPommgr(server.url, suite));
    const theirs = best(await withPom(server.url, suite), await withPom(server.url, suite));
    const speedUp = theirs.first / ours.first;
    const nothingNew = ours.again / theirs.again;
    console.log(`\nPOM: ${packageCount} packages at ${latencyMs} ms a request`);
    console.log(
      `the first time  POM ${theirs.first.toFixed(1)} s, pommgr ${ours.first.toFixed(1)} s: ${speedUp.toFixed(1)} times as fast`,
    );
    console.log(
      `nothing new     POM ${theirs.again.toFixed(2)} s, pommgr ${ours.again.toFixed(2)} s: ratio ${nothingNew.toFixed(2)}`,
    );
    expect(speedUp).toBeGreaterThan(leastSpeedUp);
    expect(nothingNew).toBeLessThan(mostWhenNothingIsNew);
  } finally {
    await server.close();
  }
});

/** Seconds of a first snapshot and of one with nothing new. */
interface Times {
  first: number;
  again: number;
}

/** Of two rounds, what the machine disturbed less. */
function best(one: Times, other: Times): Times {
  return { first: Math.min(one.first, other.first), again: Math.min(one.again, other.again) };
}

async function withPommgr(url: string, suite: SyntheticSuite): Promise<Times> {
  const cwd = await scratchDirectory();
  const pom = `engine: pom\npom: ${JSON.stringify({ binary: pomBinary, configFile: './pom.cfg' })}`;
  await writeFile(join(cwd, 'pommgr.yaml'), configText(url, suite).replace('engine: builtin', pom));
  const snapshot = async (): Promise<number> =>
    (await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd })).seconds;
  return { first: await snapshot(), again: await snapshot() };
}

async function withPom(url: string, suite: SyntheticSuite): Promise<Times> {
  const cwd = await scratchDirectory();
  await mkdir(join(cwd, 'base'));
  const pom = (...args: string[]): ReturnType<typeof run> =>
    run(pomBinary, [...args, '--config', join(cwd, 'pom.cfg')]);
  const settings = {
    id: 'bench-main',
    repository: `deb ${url} stable main`,
    architectures: 'amd64',
    'base-dir': join(cwd, 'base'),
    'key-path': suite.signer.binaryKeyring,
    sync: 'true',
    verify: 'true',
  };
  await pom(
    'config',
    'mirror',
    'add',
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
  );
  const create = async (): Promise<number> => {
    const begun = performance.now();
    await pom('mirror', 'snapshot', 'create', 'bench-main');
    return (performance.now() - begun) / 1000;
  };
  return { first: await create(), again: await create() };
}
