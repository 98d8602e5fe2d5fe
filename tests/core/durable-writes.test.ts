/**
 * What is called durable is synced before it gets its name, and its directory after that: seen by strace(1), for each
 * way in which a file of pommgr's gets, changes or loses its name. Runs the built files.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { readPlainText } from '../../src/core/adapters/plain-file.ts';
import { scratchDirectory } from '../support/scratch.ts';

const dist = new URL('../../dist/', import.meta.url);

/** Each writes below its own directory `root`, which is empty but for `old` and `gone/x`. */
const operations = {
  writeFileAtomic: 'await files.writeFileAtomic(`${root}/new`, "text")',
  writeAt: 'await writes.writeAt(place.below(place.topPlace(root), "by-handle"), "text")',
  symlinkAtomic: 'await files.symlinkAtomic("old", `${root}/new`)',
  renameDurably: 'await files.renameDurably(`${root}/old`, `${root}/new`)',
  removeDurably: 'await files.removeDurably(`${root}/gone`)',
  appendDurably: 'await growing.appendDurably(`${root}/new`, "text", { atBytes: 0 })',
  syncStore: 'await pool.syncStore({ directory: root })',
  poolSync: 'await mirror.openPool(root).sync()',
  copyAt:
    'await writes.copyAt(`${root}/old`, place.below(place.topPlace(root), "new")); await writes.syncAt(place.topPlace(root))',
};
let traces: Map<string, string[]>;

beforeAll(async () => {
  const scratch = await scratchDirectory();
  for (const name of Object.keys(operations)) {
    await mkdir(join(scratch, name, 'gone'), { recursive: true });
    await writeFile(join(scratch, name, 'old'), 'old');
    await writeFile(join(scratch, name, 'gone/x'), 'x');
  }
  const script = [
    `const at = (name) => import(${JSON.stringify(dist.href)} + name);`,
    "const files = await at('core/adapters/atomic-files.js');",
    "const growing = await at('core/adapters/growing-file.js');",
    "const writes = await at('core/adapters/writes-at.js');",
    "const place = await at('core/domain/place.js');",
    "const pool = await at('store/adapters/store-pool.js');",
    "const mirror = await at('mirror/adapters/pool.js');",
    ...Object.entries(operations).map(
      ([name, code]) => `{ const root = ${JSON.stringify(join(scratch, name))}; ${code}; }`,
    ),
  ].join('\n');
  const program = join(scratch, 'run.mjs');
  await writeFile(program, script);
  const log = join(scratch, 'trace');
  const calls =
    'trace=fsync,fdatasync,syncfs,rename,renameat,renameat2,unlink,unlinkat,rmdir,symlink,symlinkat';
  await run('strace', ['-f', '-y', '-s', '4096', '-e', calls, '-o', log, process.execPath, program]);
  const lines = (await readPlainText(log)).split('\n').filter((line) => line.endsWith(' = 0'));
  traces = new Map(Object.keys(operations).map((name) => [name, callsOf(lines, join(scratch, name))]));
});

/** As `fsync new`, `rename new`, `fsync .`, with temporary names as `tmp`. */
function callsOf(lines: readonly string[], root: string): string[] {
  return lines.flatMap((line) => {
    const [, call = ''] = /^\d+ +(?:<\.\.\. )?(\w+)/.exec(line) ?? [];
    const paths = [...line.matchAll(/[<"]((?:\/proc\/self\/fd\/\d+|\/)[^<>"]*)[>"]/g)].map(
      ([, path = '']) => path,
    );
    const named = paths
      .map(withoutHandle(root))
      .filter((path) => path === root || path.startsWith(`${root}/`));
    const last = named.at(-1);
    if (last === undefined) return [];
    const name = last === root ? '.' : last.slice(root.length + 1);
    return [`${call.replace(/at2?$/, '')} ${/^\..*\.tmp$/.test(name) ? 'tmp' : name}`];
  });
}

/** A directory that a handle names is that of the one operation that writes the file `by-handle`. */
function withoutHandle(root: string): (path: string) => string {
  const isByHandle = root.endsWith('/writeAt');
  return (path) => {
    const [, name] = /^\/proc\/self\/fd\/\d+\/(.*by-handle.*)$/.exec(path) ?? [];
    return isByHandle && name !== undefined ? `${root}/${name}` : path;
  };
}

test.each([
  ['writeFileAtomic', ['fsync tmp', 'rename new', 'fsync .']],
  ['writeAt', ['fsync tmp', 'rename by-handle', 'fsync .']],
  ['syncStore', ['syncfs .']],
  ['poolSync', ['syncfs .']],
  ['symlinkAtomic', ['symlink tmp', 'rename new', 'fsync .']],
  ['renameDurably', ['rename new', 'fsync .']],
  ['removeDurably', ['unlink gone/x', 'rmdir gone', 'fsync .']],
  ['appendDurably', ['fsync new', 'fsync .']],
  ['copyAt', ['fsync new', 'fsync .']],
])('%s', (name, expected) => {
  expect(traces.get(name)).toEqual(expected);
});

test('the built files are there', () => {
  expect(fileURLToPath(dist)).toMatch(/dist\/$/);
  expect(traces.size).toBe(Object.keys(operations).length);
});
