/** The layer rules of .oxlintrc.json are seen to fail: for each forbidden import, and when nothing was looked at. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { rooms } from '../../scripts/lint/structure.js';
import { scratchDirectory } from '../support/scratch.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const oxlint = join(project, 'node_modules/.bin/oxlint');

type Way = (module: string, index: number) => string;

/** Every way to import, each a line of its own. */
const ways: Record<string, Way> = {
  import: (module, index) => `import { a as a${index} } from '${module}';`,
  type: (module, index) => `import type { A as A${index} } from '${module}';`,
  lazy: (module, index) => `export const b${index} = async () => await import('${module}');`,
  pass: (module, index) => `export { c as c${index} } from '${module}';`,
};

interface Linted {
  exitCode: number;
  /** The lines that import what the file may not import. */
  refused: string[];
  stdout: string;
}

/** Lints one file in a tree that has nothing but the project's config. */
async function lint(path: string, lines: string[]): Promise<Linted> {
  const tree = await lintTree();
  await put(tree, path, lines);
  return judged(lines, await lintAll(tree));
}

/** Lints many files, a run for each set of different names: a run takes a third of a second. */
async function lintEach(files: readonly (readonly [path: string, lines: string[]])[]): Promise<Linted[]> {
  const results: Linted[] = [];
  for (let rest = files.map((file, index) => ({ path: file[0], lines: file[1], index })); rest.length > 0; ) {
    const now = rest.filter(({ path }, at) => rest.findIndex((one) => one.path === path) === at);
    rest = rest.filter((one) => !now.includes(one));
    const tree = await lintTree();
    for (const { path, lines } of now) await put(tree, path, lines);
    const { exitCode, stdout } = await lintAll(tree);
    for (const { path, lines, index } of now) {
      const own = stdout.split('\n').filter((line) => line.startsWith(`${path}:`));
      results[index] = judged(lines, { exitCode: own.length === 0 ? 0 : exitCode, stdout: own.join('\n') });
    }
  }
  return results;
}

async function lintTree(): Promise<string> {
  const tree = await scratchDirectory();
  await mkdir(join(tree, 'scripts/lint'), { recursive: true });
  for (const file of ['.oxlintrc.json', 'scripts/lint/structure.js'])
    await copyFile(join(project, file), join(tree, file));
  return tree;
}

async function put(tree: string, path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), `${lines.join('\n')}\n`);
}

async function lintAll(tree: string): Promise<{ exitCode: number; stdout: string }> {
  return await run(oxlint, ['--deny-warnings', '--format', 'unix', '-A', 'no-unused-vars', 'src'], {
    cwd: tree,
    accept: [0, 1],
  });
}

function judged(lines: string[], { exitCode, stdout }: { exitCode: number; stdout: string }): Linted {
  const places = [...stdout.matchAll(/^src\/\S+?:(\d+):\d+: .*$/gm)].filter(([line]) =>
    line.includes('pommgr(structure)'),
  );
  const numbers = [...new Set(places.map(([, number]) => Number(number)))].toSorted((x, y) => x - y);
  return { exitCode, refused: numbers.map((number) => lines[number - 1] ?? ''), stdout };
}

const forbidden: [string, string[]][] = [
  ['src/core/domain/x.ts', ['../adapters/y.ts', '../workflows/y.ts', '../ui/y.ts', '../../commands/y.ts']],
  [
    'src/store/domain/x.ts',
    ['node:fs', 'node:fs/promises', 'fs', 'node:path', 'node:child_process', 'node:process', 'node:os'],
  ],
  ['src/host/domain/x.ts', ['execa', 'tar', 'undici', 'p-limit', 'ora', 'openpgp', '@oclif/core']],
  ['src/core/adapters/x.ts', ['../workflows/y.ts', '../ui/y.ts', '../../commands/y.ts', '@oclif/core']],
  ['src/medium/adapters/x.ts', ['execa', 'tar', 'undici', 'p-limit', 'ora', 'node:child_process']],
  ['src/core/adapters/process.ts', ['tar', 'undici', 'p-limit', 'ora', '../ui/y.ts']],
  ['src/core/adapters/archive.ts', ['execa', 'undici', 'p-limit', 'ora', 'child_process']],
  ['src/upstream/adapters/download.ts', ['execa', 'tar', 'ora', 'node:child_process', '../../commands/y.ts']],
  ['src/core/adapters/file-lock.ts', ['execa', 'tar', 'undici', 'p-limit', 'ora']],
  [
    'src/host/ui/x.ts',
    ['../adapters/y.ts', '../workflows/y.ts', '../../commands/y.ts', 'ora', 'execa', 'tar', 'undici'],
  ],
  ['src/core/ui/progress.ts', ['../adapters/y.ts', 'execa', 'tar']],
  [
    'src/bundle/workflows/x.ts',
    ['../ui/y.ts', '../../commands/y.ts', '@oclif/core', 'execa', 'tar', 'undici', 'p-limit', 'ora'],
  ],
  ['src/bundle/workflows/x.ts', ['node:child_process']],
  [
    'src/commands/x.ts',
    ['../store/adapters/y.ts', 'execa', 'tar', 'undici', 'p-limit', 'ora', 'node:child_process'],
  ],
  ['src/commands/mirror/x.ts', ['../../mirror/adapters/y.ts']],
];

/** An import of a room that stands later, from each layer that could have one. */
const againstTheOrder: [string, string[]][] = rooms
  .slice(0, -1)
  .map((room, index) => [`src/${room}/domain/x.ts`, [`../../${rooms[index + 1]}/domain/y.ts`]]);

const allowed: [string, string, string[]][] = [
  ['src/core/domain/x.ts', 'import', ['./y.ts', 'node:crypto', 'zod', 'yaml']],
  ['src/store/adapters/x.ts', 'import', ['../domain/y.ts', '../../core/adapters/y.ts', 'node:fs', 'openpgp']],
  ['src/core/adapters/process.ts', 'import', ['execa']],
  ['src/core/adapters/archive.ts', 'import', ['tar']],
  ['src/upstream/adapters/download.ts', 'lazy', ['p-limit']],
  ['src/upstream/adapters/transport.ts', 'lazy', ['undici']],
  ['src/core/adapters/file-lock.ts', 'import', ['node:child_process']],
  ['src/host/ui/x.ts', 'import', ['../domain/y.ts', '../../core/ui/y.ts', '@oclif/core']],
  ['src/core/ui/progress.ts', 'lazy', ['ora']],
  ['src/bundle/workflows/x.ts', 'import', ['../adapters/y.ts', '../../core/domain/y.ts', './y.ts']],
  ['src/commands/x.ts', 'import', ['../host/workflows/y.ts', '../host/ui/y.ts', '@oclif/core']],
  ['src/commands/x.ts', 'type', ['../host/domain/y.ts']],
];

describe('the lint rule for layers', () => {
  it('refuses each forbidden import, whichever way it is written', async () => {
    const files = [...forbidden, ...againstTheOrder].map(([path, modules]): [string, string[]] => [
      path,
      modules.flatMap((module, index) => Object.values(ways).map((way) => way(module, index))),
    ]);
    const found = await lintEach(files);
    expect(found.map(({ refused }, index) => [files[index]?.[0], refused])).toEqual(files);
    expect(new Set(found.map(({ exitCode }) => exitCode))).toEqual(new Set([1]));
  });

  it('in a command refuses more of the domain than its types', async () => {
    const lines = ['import', 'lazy', 'pass'].map(
      (way, index) => ways[way]?.('../host/domain/y.ts', index) ?? '',
    );
    expect((await lint('src/commands/x.ts', lines)).refused).toEqual(lines);
  });

  it('allows what each layer needs', async () => {
    const files = allowed.map(([path, way, modules]): [string, string[]] => [
      path,
      modules.map((module, index) => ways[way]?.(module, index) ?? ''),
    ]);
    const found = await lintEach(files);
    expect(found.map(({ exitCode, stdout }, index) => [files[index]?.[0], exitCode, stdout])).toEqual(
      files.map(([path]) => [path, 0, '']),
    );
  });

  it('keeps the clock, chance and the process out of the domain', async () => {
    const calls = ['process.cwd()', 'Date.now()', 'Math.random()', 'performance.now()'];
    const files = (layer: string): [string, string[]][] =>
      calls.map((call, index) => [`src/core/${layer}/x${index}.ts`, [`export const a = ${call};`]]);
    expect((await lintEach(files('domain'))).map(({ exitCode }) => exitCode)).toEqual([1, 1, 1, 1]);
    expect((await lintEach(files('adapters'))).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
  });

  it('refuses a file that is in no room and layer', async () => {
    const paths = ['src/x.ts', 'src/nowhere/domain/x.ts', 'src/core/helpers/x.ts', 'src/core/x.ts'];
    const found = await lintEach(paths.map((path) => [path, ['export const a = 1;']]));
    const outside = expect.stringContaining('belongs to no room and layer');
    expect(found.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(paths.map(() => [1, outside]));
  });

  it('fails where it looked at nothing', async () => {
    const { exitCode, stdout } = await lint('src/readme.txt', ['no source here']);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('No files found to lint')]);
  });
});

describe('npm run check:lint', () => {
  it('is type-aware, denies warnings and looks at every folder of code', async () => {
    const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['check:lint']).toBe('oxlint --type-aware --deny-warnings src tests bin examples scripts');
  });

  it('finds a promise that nobody waits for', async () => {
    const tree = await scratchDirectory();
    await mkdir(join(tree, 'scripts/lint'), { recursive: true });
    for (const file of ['.oxlintrc.json', 'scripts/lint/structure.js'])
      await copyFile(join(project, file), join(tree, file));
    await writeFile(
      join(tree, 'tsconfig.json'),
      '{"compilerOptions":{"strict":true,"target":"es2023","module":"nodenext","types":[]}}',
    );
    await writeFile(join(tree, 'x.ts'), 'export function f(): void {\n  Promise.resolve(1);\n}\n');
    const { exitCode, stdout } = await run(oxlint, ['--type-aware', '--deny-warnings', 'x.ts'], {
      cwd: tree,
      accept: [0, 1],
    });
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('no-floating-promises')]);
  });
});

it('no plain object is a map of names: the rule is seen to fail', async () => {
  const lines = [
    'export type A = Record<string, number>;',
    "import { z } from 'zod';",
    'export const b = z.record(z.string(), z.number());',
    'export type C = Record<string, unknown>;',
    "export type D = Record<'a' | 'b', number>;",
  ];
  const { exitCode, stdout } = await lint('src/core/domain/x.ts', lines);
  expect(exitCode).toBe(1);
  const found = [...stdout.matchAll(/^src\/\S+?:(\d+):\d+: .*pommgr\(named\)/gm)].map(([, line]) => line);
  expect(found).toEqual(['1', '3']);
});

it('no path is made of a mount point: the rule is seen to fail', async () => {
  const lines = [
    "import { join } from 'node:path';",
    "export const a = (media: string) => join(media, 'bundles');",
    "export const b = (one: { mountpoint: string }) => join(one.mountpoint, 'x');",
    "export const c = (directory: string) => join(directory, 'x');",
  ];
  const { exitCode, stdout } = await lint('src/medium/adapters/x.ts', lines);
  expect(exitCode).toBe(1);
  const found = [...stdout.matchAll(/^src\/\S+?:(\d+):\d+: .*pommgr\(medium\)/gm)].map(([, line]) => line);
  expect(found).toEqual(['2', '3']);
});

it('no cast forges a verified thing or a brand: the rule is seen to fail', async () => {
  const lines = [
    'export const a = (value: object) => value as VerifiedBundle;',
    'export const b = (value: object) => <StoredBaseline>value;',
    'export const c = (value: object) => value as unknown as Thing;',
    'export const d = (value: object) => value as any as Thing;',
    'export const e = (value: object) => value as Named<string>;',
    'export const f = (value: unknown) => value as Thing;',
  ];
  const { exitCode, stdout } = await lint('src/medium/adapters/x.ts', lines);
  expect(exitCode).toBe(1);
  const found = [...stdout.matchAll(/^src\/\S+?:(\d+):\d+: .*pommgr\(casts\)/gm)].map(([, line]) => line);
  expect(found).toEqual(['1', '2', '3', '4', '5']);
});

it('no file is opened that may be a FIFO: the rule is seen to fail', async () => {
  const lines = [
    "import { readFile } from 'node:fs/promises';",
    "import { createReadStream, statSync } from 'node:fs';",
    "import { stat } from 'node:fs/promises';",
    'export const a = [readFile, createReadStream, statSync, stat];',
  ];
  const { exitCode, stdout } = await lint('src/medium/adapters/x.ts', lines);
  expect(exitCode).toBe(1);
  const found = [...stdout.matchAll(/^src\/\S+?:(\d+):\d+: .*pommgr\(plain\)/gm)].map(([, line]) => line);
  expect(found).toEqual(['1', '2']);
});
