/** Packing, verifying and importing against GNU tar, openssl, cp and sync; and the start of the program. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { createHost, writeBelow } from '../support/offline.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { isQuick, machineText, race, timeScript } from './race.ts';
import { measureNode, pommgr } from './measure.ts';

/** 2 GB in 300 files. */
const sizes = Array.from({ length: isQuick ? 20 : 300 }, (_, index) => 5_000_000 + index * 11_000);
let side: OnlineSide;

beforeAll(async () => {
  console.log(`\n${machineText()}`);
  side = await createOnlineSide({ packageSizes: sizes });
});

async function pack(...flags: string[]): Promise<number> {
  await rm(join(side.media, 'bundles'), { recursive: true, force: true });
  const base = [
    '--config',
    side.configFile,
    '--media',
    side.media,
    '--no-runtime',
    '--allow-local',
    '--json',
  ];
  return (await measureNode([pommgr, 'pack', ...base, ...flags])).seconds;
}

/** The files of the snapshot, read once, hashed and written once. */
function packWithTar(): Promise<number> {
  return timeScript(
    `tar --create --directory ${join(side.baseDir, 'base')} . | tee tar | openssl dgst -sha256 > digest
     sync --file-system . && rm tar`,
    side.directory,
  );
}

it('packs', async () => {
  const peers = new Map([['tar, tee, openssl, sync', { turn: packWithTar, goal: 1.1 }]]);
  await race({ work: 'pack, no read-back', pommgr: () => pack('--no-read-back'), peers });
  const again = `cat ${join(side.media, 'bundles')}/*/*.tar > /dev/null`;
  await race({
    work: 'pack with read-back',
    pommgr: () => pack(),
    peers: new Map([
      [
        'the same, and the volumes read again',
        { turn: async () => (await packWithTar()) + (await timeScript(again, side.directory)), goal: 1.1 },
      ],
    ]),
  });
});

it('imports and verifies', async () => {
  await pack('--no-read-back');
  async function apply(): Promise<{ first: number; second: number }> {
    const host = await createHost([side.key]);
    await writeBelow(host, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=stable\n');
    const command = [pommgr, 'apply', '--media', side.media, '--root', host, '--store-only', '--json'];
    const first = (await measureNode(command)).seconds;
    const second = (await measureNode(command)).seconds;
    await rm(host, { recursive: true });
    return { first, second };
  }
  const copies = await scratchDirectory();
  const copy = `cp --recursive ${join(side.baseDir, 'base')} copy && sync --file-system . && rm -r copy`;
  const seconds: number[] = [];
  await race({
    work: 'apply --store-only',
    pommgr: async () => {
      const { first, second } = await apply();
      seconds.push(second);
      return first;
    },
    peers: new Map([['cp and sync', { turn: () => timeScript(copy, copies), goal: 1.1 }]]),
  });
  console.log(`  a second apply: ${Math.min(...seconds).toFixed(2)} s, goal 1.0`);
  const volumes = `${join(side.media, 'bundles')}/*/*.tar`;
  const cores = availableParallelism();
  await race({
    work: 'verify',
    pommgr: async () =>
      (await measureNode([pommgr, 'verify', '--media', side.media, '--key', side.publicKeyFile, '--json']))
        .seconds,
    peers: new Map([
      [
        `openssl dgst of the packages on ${cores} cores`,
        {
          turn: () =>
            timeScript(
              `find ${side.baseDir} -type f -links 1 -print0 | xargs -0 -n 16 -P ${cores} openssl dgst -sha256`,
              copies,
            ),
        },
      ],
      ['openssl dgst of the volumes', { turn: () => timeScript(`openssl dgst -sha256 ${volumes}`, copies) }],
    ]),
  });
  expect(seconds.length).toBeGreaterThan(0);
});

it.each(['--version', '--help'])('starts %s', async (flag) => {
  const cwd = await scratchDirectory();
  const times = async (script: string): Promise<number> => (await timeScript(script, cwd)) / 10;
  const ten = (command: string): string => `for _ in 1 2 3 4 5 6 7 8 9 10; do ${command} > /dev/null; done`;
  await race({
    work: flag,
    pommgr: () => times(ten(`${process.execPath} ${pommgr} ${flag}`)),
    peers: new Map([
      [
        'an empty node and 60 ms',
        { turn: async () => (await times(ten(`${process.execPath} --eval 0`))) + 0.06, goal: 1 },
      ],
    ]),
  });
});
