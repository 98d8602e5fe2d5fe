/** Packing, checking and importing large bundles: rates as ratios, bytes read, memory. */
import { execFile, execFileSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { createHost, writeBelow } from '../support/offline.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, median, pommgr, type Measured } from './measure.ts';

const gigabyte = 1e9;
const limitMiB = 250;

it('packs as fast as tar, tee and openssl', async () => {
  const side = await createOnlineSide({
    packageSizes: [
      200_000_000,
      ...Array.from({ length: 1000 }, (_, index) => 20_000 + index),
      ...Array.from({ length: 700 }, (_, index) => 1_000_000 + index * 3000),
    ],
  });
  const tree = await scratchDirectory();
  const ratio = await median(5, async () => {
    const begun = performance.now();
    const pipe = `tar --create --directory "$1" . | tee "$2/tar" | openssl dgst -sha256 && sync "$2/tar" && rm "$2/tar"`;
    await promisify(execFile)('sh', ['-c', pipe, 'sh', join(side.baseDir, 'base'), tree]);
    const theirs = (performance.now() - begun) / 1000;
    const ours = await packMedium(side, ['--no-read-back']);
    await rm(join(side.media, 'bundles'), { recursive: true });
    return ours.seconds / theirs;
  });
  console.log(`\nMedium\npack, against tar | tee | openssl   ${ratio.toFixed(2)}`);
  expect(ratio).toBeLessThan(1.1);
});

it(`takes a bundle of 20 GB inside ${limitMiB} MiB, reads it once, and checks it in all cores`, async () => {
  const sizes = Array.from({ length: 300 }, (_, index) => 53_000_000 + index * 53);
  const side = await createOnlineSide({ sparseSizes: [...sizes, 4 * gigabyte] });
  const packed = await packMedium(side, []);
  // What was read back are zeros now that take no space either.
  const bundle = join(side.media, 'bundles/site-1');
  const volumes = (await readdir(bundle))
    .filter((name) => name.endsWith('.tar'))
    .map((name) => join(bundle, name));
  for (const volume of volumes) execFileSync('fallocate', ['--dig-holes', volume]);
  const { sizeBytes } = (JSON.parse(packed.stdout) as { result: { sizeBytes: number } }).result;
  expect(sizeBytes).toBeGreaterThan(19 * gigabyte);
  const check = ['verify', '--media', side.media, '--key', side.publicKeyFile, '--json'];
  const verified = await measureNode([pommgr, ...check]);
  const ratio = await median(3, async () => {
    const theirs = await measureNode(['--eval', hashFiles, ...volumes]);
    return theirs.seconds / (await measureNode([pommgr, ...check])).seconds;
  });
  const host = await createHost([side.key]);
  await writeBelow(host, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=stable\n');
  const applied = await measureNode([
    pommgr,
    'apply',
    '--media',
    side.media,
    '--root',
    host,
    '--store-only',
    '--json',
  ]);
  await rm(host, { recursive: true });
  const rows = { pack: packed, verify: verified, 'apply --store-only': applied };
  console.log(
    `\n${(sizeBytes / gigabyte).toFixed(1)} GB in ${volumes.length} volumes, limit ${limitMiB} MiB`,
  );
  for (const [name, measured] of Object.entries(rows)) console.log(row(name, measured, sizeBytes));
  console.log(`verify, against one core of SHA-256   ${ratio.toFixed(2)}`);
  expect(applied.readBytes / sizeBytes).toBeLessThan(1.02);
  expect(verified.readBytes / sizeBytes).toBeLessThan(1.02);
  expect(Math.max(...Object.values(rows).map(({ peakMiB }) => peakMiB))).toBeLessThan(limitMiB);
  expect(ratio).toBeGreaterThan(1.8);
});

/** What one thread of node makes of whole files. */
const hashFiles = `
  const { openSync, readSync, closeSync } = require('node:fs');
  const buffer = Buffer.alloc(1024 * 1024);
  for (const path of process.argv.slice(1)) {
    const hash = require('node:crypto').createHash('sha256');
    const file = openSync(path);
    for (let read; (read = readSync(file, buffer)) > 0; ) hash.update(buffer.subarray(0, read));
    closeSync(file);
    hash.digest('hex');
  }`;

async function packMedium(side: OnlineSide, flags: readonly string[]): Promise<Measured> {
  const base = [
    '--config',
    side.configFile,
    '--media',
    side.media,
    '--no-runtime',
    '--allow-local',
    '--json',
  ];
  return await measureNode([pommgr, 'pack', ...base, ...flags]);
}

function row(name: string, { seconds, peakMiB, readBytes }: Measured, sizeBytes: number): string {
  const rate = sizeBytes / gigabyte / seconds;
  const times = (readBytes / sizeBytes).toFixed(2);
  return `${name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s  ${rate.toFixed(2)} GB/s  ${peakMiB.toFixed(0).padStart(4)} MiB  read ${times} times`;
}
