/** Attacks on a packed medium, and what `verify` must say to each: the right refusal, and nothing changed. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import type { OnlineSide } from './baseline.ts';
import { testContext } from './online.ts';
import { scratchDirectory } from './scratch.ts';
import { treeOf } from './tree.ts';

export interface Attack {
  name: string;
  /** `bundle` is the directory of the one bundle of the medium. */
  attack: (bundle: string, media: string) => Promise<void>;
  code: string;
  exitCode: number;
  /** Part of the message. */
  says: string | RegExp;
}

/** A medium like the online side's, after the attack. */
export async function attackedCopy(online: OnlineSide, attack: Attack['attack']): Promise<string> {
  const media = await scratchDirectory();
  await cp(online.media, media, { recursive: true });
  await attack(join(media, 'bundles/site-1'), media);
  return media;
}

export async function expectRefused(
  online: OnlineSide,
  { attack, code, exitCode, says }: Attack,
): Promise<void> {
  const media = await attackedCopy(online, attack);
  const before = await treeOf(media);
  const keyFiles = [online.publicKeyFile];
  const error = await verify({ media, keyFiles, context: testContext() }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, exitCode, message: expect.stringMatching(says) as unknown });
  expect((error as { hints: string[] }).hints).not.toHaveLength(0);
  expect(await treeOf(media)).toEqual(before);
}

/** Changes one bit; a negative place counts from the end. */
export async function flipBit(path: string, place: number): Promise<void> {
  const data = await readFile(path);
  const at = place < 0 ? data.length + place : place;
  data[at] = (data[at] ?? 0) ^ 1;
  await writeFile(path, data);
}
