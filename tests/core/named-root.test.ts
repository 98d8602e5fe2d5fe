/** A root that an operator names: what is no directory is said at once, and nothing is made there. */
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { namedRoot } from '../../src/core/adapters/root-paths.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { trustKey } from '../../src/trust/workflows/signing-key.ts';
import { scratchDirectory } from '../support/scratch.ts';

it('is the directory itself behind links, and the machine for none', async () => {
  const directory = await scratchDirectory();
  await symlink(directory, join(directory, 'link'));

  expect(await namedRoot(join(directory, 'link'))).toBe(await namedRoot(directory));
  expect(await namedRoot(undefined)).toBe('/');
});

it('is refused where there is none, by whatever asks', async () => {
  const directory = await scratchDirectory();
  const [absent, file] = [join(directory, 'absent'), join(directory, 'file')];
  await writeFile(file, '');
  const key = join(directory, 'key.pem');
  await createSigningKey(key);
  const publicKey = join(directory, 'key.pub.pem');
  const refused = { code: 'usage.root' };

  for (const root of [absent, file, join(file, 'below')]) {
    await expect(namedRoot(root)).rejects.toMatchObject({ ...refused, details: { root } });
    await expect(trustKey(publicKey, root)).rejects.toMatchObject(refused);
    await expect(hostStatus({ root })).rejects.toMatchObject(refused);
  }
  expect(await pathExists(absent)).toBe(false);
});
