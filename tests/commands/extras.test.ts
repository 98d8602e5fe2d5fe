import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import ExtrasExtract from '../../src/commands/extras/extract.ts';
import ExtrasList from '../../src/commands/extras/list.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;
let medium: string[];

beforeAll(async () => {
  online = await createOnlineSide();
  await writeFile(join(online.directory, 'notes'), 'read me\n');
  await appendFile(online.configFile, 'extras: [{ name: notes.txt, file: ./notes }]\n');
  await pack({ configFile: online.configFile, media: online.media, context: testContext() });
  medium = ['--media', online.media, '--key', online.publicKeyFile, '--root', await scratchDirectory()];
});

describe('extras', () => {
  it('lists those of a medium, and takes one out', async () => {
    const list = await runCommand(ExtrasList, medium);
    expect(list.stdout).toBe(
      `NAME       SIZE  BUNDLES  SHA-256\nnotes.txt  8 B   site-1   ${sha256Hex('read me\n')}\n`,
    );
    const output = join(await scratchDirectory(), 'out');
    const extract = await runCommand(ExtrasExtract, ['notes.txt', '-o', output, ...medium, '--json']);
    expect(JSON.parse(extract.stdout)).toMatchObject({
      schema: 'pommgr/extras-extract-result/v1',
      result: { extra: { name: 'notes.txt', sizeBytes: 8 }, from: 'site-1', file: output },
    });
    expect(await readFile(output, 'utf8')).toBe('read me\n');
    const again = await runCommand(ExtrasExtract, ['notes.txt', '-o', output, ...medium]);
    expect(again).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('--force') as unknown });
  });

  it('says what there is where a name is unknown, and that there is no store', async () => {
    const output = join(await scratchDirectory(), 'out');
    const unknown = await runCommand(ExtrasExtract, ['other', '-o', output, ...medium]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('-> There are: notes.txt (site-1).');
    const without = await runCommand(ExtrasList, ['--root', await scratchDirectory()]);
    expect(without).toMatchObject({ exitCode: 8 });
  });
});
