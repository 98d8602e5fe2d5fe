/** A Debian main index: 69,000 packages through snapshot and diff, in less than 250 MiB of memory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSigningIdentity } from '../support/gpg.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import { configText, writePool, writeSuite, type SyntheticSuite } from './synthetic-suite.ts';

const packageCount = 69_000;
const limitMiB = 250;

it(`handles ${packageCount} packages inside ${limitMiB} MiB`, async () => {
  const cwd = await scratchDirectory();
  const suite: SyntheticSuite = {
    directory: join(cwd, 'repository'),
    signer: await createSigningIdentity({ name: 'Scale' }),
    packageCount,
    // This is about lists, not about bytes.
    content: (number) => Buffer.from(`content ${number}\n`),
    state: 1,
  };
  await writePool(suite);
  await writeFile(join(cwd, 'pommgr.yaml'), configText(`file://${suite.directory}`, suite));
  await writeSuite(suite);
  const first = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  await writeSuite({ ...suite, state: 2 });
  const second = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  const names = ['bench-1', 'bench-2'];
  const diff = await measureNode([pommgr, 'baseline', 'diff', ...names, '--json'], { cwd, accept: [1] });
  const show = await measureNode([pommgr, 'baseline', 'show', '--json'], { cwd });
  const rows = { 'snapshot, empty pool': first, 'snapshot, full pool': second, diff, show };
  console.log(`\nScale: ${packageCount} packages, limit ${limitMiB} MiB`);
  for (const [name, { seconds, peakMiB }] of Object.entries(rows)) {
    console.log(
      `${name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s  ${peakMiB.toFixed(0).padStart(4)} MiB`,
    );
  }
  const { mirrors } = (JSON.parse(diff.stdout) as { result: { mirrors: { changes: unknown[] }[] } }).result;
  expect(mirrors[0]?.changes).toHaveLength(Math.ceil(packageCount / 100));
  expect(Math.max(...Object.values(rows).map(({ peakMiB }) => peakMiB))).toBeLessThan(limitMiB);
});
