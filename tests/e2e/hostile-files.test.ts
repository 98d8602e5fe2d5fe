/**
 * What is done to the files of a medium rather than to their bytes: removed, renamed, added, other kinds in their place.
 * All is refused by `verify` and by `apply` before anything on the host changes.
 */
import fs from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import {
  complaints,
  createSmallMedia,
  pathsBelow,
  renamedTo,
  without,
  type Make,
  type SmallMedia,
} from '../support/hostile-medium.ts';

const timeout = 300_000;
/** `npm run test:full` tries everything in place of everything; other runs each file with some, and each of these with some. */
const isFull = process.env['POMMGR_TEST_FULL'] === '1';
const isTried = (what: number, which: number): boolean => isFull || (what + which) % 3 === 0;
let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

const inPlace: [string, Make][] = [
  ['nothing', () => Promise.resolve()],
  ['a link to the same', (path, aside) => symlink(aside, path)],
  ['a FIFO', (path) => run('mkfifo', [path])],
  ['a character device', (path) => run('mknod', [path, 'c', '1', '3'])],
  ['a block device', (path) => run('mknod', [path, 'b', '7', '0'])],
  ['an empty file', (path) => writeFile(path, '')],
  ['a directory', (path) => mkdir(path)],
  ['another name', renamedTo((path) => `${path}x`)],
  ['the name in other letters', renamedTo((path) => join(dirname(path), otherLetters(basename(path))))],
];

function otherLetters(name: string): string {
  return name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase();
}

describe.each(inPlace)('%s in place of', (what, make) => {
  const number = inPlace.findIndex(([name]) => name === what);

  it(
    'any file is refused',
    async () => {
      const wrong: string[] = [];
      for (const medium of [media.full, media.delta]) {
        for (const [index, file] of pathsBelow(medium.media, 'file').entries())
          if (isTried(number, index)) wrong.push(...(await without(medium, file, make)));
      }
      expect(wrong).toEqual([]);
    },
    timeout,
  );

  it(
    'any directory that is ours is refused',
    async () => {
      const wrong: string[] = [];
      const { full } = media;
      for (const [index, directory] of pathsBelow(full.media, 'directory').entries()) {
        if (!isTried(number, index)) continue;
        // Nothing says that a medium must have a runtime, or subscriptions.
        const isOptional =
          ['nothing', 'another name'].includes(what) && /^(?:runtime|subscriptions)$/.test(directory);
        const isEmptied = what === 'a directory' && /^(?:runtime|subscriptions)$/.test(directory);
        const isLast = what === 'nothing' && /^(?:runtime|subscriptions)\/[^/]*$/.test(directory);
        const isSame = what === 'the name in other letters' && directory === 'runtime/1.0.0';
        if (isOptional || isEmptied || isLast || isSame || directory === 'bundles') continue;
        wrong.push(...(await without(full, directory, make)));
      }
      expect(wrong).toEqual([]);
    },
    timeout,
  );
});

it('without bundles/ it is a medium with subscriptions only, and nothing to apply', async () => {
  const { full } = media;
  const wrong = await without(full, 'bundles', () => Promise.resolve());
  expect(wrong).toEqual(['bundles: verify accepts it']);
  for (const [what, make] of inPlace.filter(([name]) => !['nothing', 'another name'].includes(name))) {
    expect(await without(full, 'bundles', make), what).toEqual([]);
  }
});

/** Names as bytes: some are no UTF-8. */
const addedNames: [string, Buffer][] = [
  ['an ordinary name', Buffer.from('extra')],
  ['a hidden name', Buffer.from('.hidden')],
  ['a line break', Buffer.from('a\nb')],
  ['control characters', Buffer.from('\u001b[31mred\u0007')],
  ['many letters', Buffer.from('n'.repeat(255))],
  ['no UTF-8', Buffer.from([0x66, 0xff, 0xfe])],
  ['a name of ours in capitals', Buffer.from('SHA256SUMS.TXT')],
];

describe.each(addedNames)('an entry whose name is %s', (_, name) => {
  const kinds = ['file', 'directory', 'FIFO'];
  it.each(kinds)(
    'is refused as a %s in any directory that is ours',
    async (kind) => {
      const wrong: string[] = [];
      const { full } = media;
      for (const [index, directory] of pathsBelow(full.media, 'directory').entries()) {
        if (directory === 'bundles' || !isTried(kinds.indexOf(kind) + name.length, index)) continue;
        const path = Buffer.concat([Buffer.from(join(full.media, directory, '/')), name]);
        if (kind === 'file') fs.writeFileSync(path, '');
        else if (kind === 'directory') fs.mkdirSync(path);
        else await makeFifo(path);
        wrong.push(...(await complaints(full)).map((text) => `${directory}: ${text}`));
        fs.rmSync(path, { recursive: true });
      }
      expect(wrong).toEqual([]);
    },
    timeout,
  );
});

async function makeFifo(path: Buffer): Promise<void> {
  const octal = [...path].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
  await run('sh', ['-c', 'mkfifo "$(printf %b "$1")"', 'sh', octal]);
}

it('directories in directories without end are refused, not walked', async () => {
  const top = join(media.full.media, 'tool/a');
  await run('sh', [
    '-c',
    'mkdir "$1" && cd "$1" && for i in $(seq 30); do mkdir $2 && cd -P $2 || exit 1; done',
    ...['sh', top, 'd'.repeat(200)],
  ]);
  expect(await complaints(media.full)).toEqual([]);
  await run('rm', ['-rf', top]);
});
