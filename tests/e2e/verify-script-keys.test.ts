/** `verify.sh` believes no key that others than root, and who runs it, could have put where it looks. */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { scratchDirectory } from '../support/scratch.ts';

let keys: string;
let file: string;

beforeEach(async () => {
  const directory = await scratchDirectory();
  keys = join(directory, 'keys');
  file = join(keys, 'key.pem');
  await mkdir(keys);
  const { pem } = await createSigningKey(join(directory, 'signing-key.pem'));
  await writeFile(file, pem);
  await chmod(keys, 0o755);
});

async function verify(): Promise<{ exitCode: number; stdout: string }> {
  const medium = await scratchDirectory();
  return run('sh', ['templates/verify.sh', medium, keys], { accept: [0, 1, 2] });
}

test('keys of root alone are read', async () => {
  const { exitCode, stdout } = await verify();
  expect(stdout).not.toContain('nothing was checked');
  expect(exitCode).toBe(1);
});

test.each([
  ['a directory that all may write', () => chmod(keys, 0o777)],
  ['a directory of another user', () => chown(keys, 65_534, 0)],
  ['a file that all may write', () => chmod(file, 0o646)],
  ['a file of another user', () => chown(file, 65_534, 0)],
  ['a file that a group may write', async () => (await chmod(file, 0o664), await chown(file, 0, 65_534))],
])('%s is refused', async (_, spoil) => {
  await spoil();
  const { exitCode, stdout } = await verify();
  expect(stdout).toContain('nothing was checked');
  expect(stdout).toContain('Others may write');
  expect(exitCode).toBe(2);
});
