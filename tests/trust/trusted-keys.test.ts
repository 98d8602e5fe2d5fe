import { chmod, chown, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import {
  addTrustedKey,
  readKeyDirectory,
  readPublicKeyFile,
  removeTrustedKey,
  trustedKeysDirectory,
} from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

let directory: string;
let key: SigningPublicKey;

beforeEach(async () => {
  const root = await scratchDirectory();
  directory = trustedKeysDirectory(root);
  key = await createSigningKey(join(root, 'key.pem'));
});

const spoilt: { what: string; spoil: () => Promise<unknown>; says: string }[] = [
  {
    what: 'a key as one long line, which openssl does not read',
    spoil: () => {
      const [head, body, foot] = key.pem.split('\n');
      return writeFile(join(directory, 'site.pem'), `${head}\n ${body} \n${foot}\n`);
    },
    says: 'in another form',
  },
  {
    what: 'a key with a text before it',
    spoil: () => writeFile(join(directory, 'site.pem'), `mine\n${key.pem}`),
    says: 'something around it',
  },
  {
    what: 'a FIFO',
    spoil: () => run('mkfifo', [join(directory, 'site.pem')]),
    says: 'is not a regular file',
  },
  {
    what: 'a directory',
    spoil: () => mkdir(join(directory, 'site.pem')),
    says: 'is not a regular file',
  },
  {
    what: 'a key that others may write',
    spoil: () => chmod(join(directory, `${key.keyId}.pem`), 0o646),
    says: 'Others may write',
  },
  {
    what: 'a directory that others may write',
    spoil: () => chmod(directory, 0o777),
    says: 'Others may write',
  },
  {
    what: 'a directory that a group may write',
    spoil: async () => {
      await chown(directory, 0, 1000);
      await chmod(directory, 0o775);
    },
    says: 'found user 0, group 1000, mode 0775',
  },
  {
    what: 'a directory of somebody else',
    spoil: () => chown(directory, 1000, 0),
    says: 'found user 1000',
  },
];

describe('the trusted keys', () => {
  it.each(spoilt)('are not read with $what', async ({ spoil, says }) => {
    await addTrustedKey(directory, key);
    await spoil();
    await expect(readKeyDirectory(directory)).rejects.toMatchObject({
      message: expect.stringContaining(says) as unknown,
    });
  });

  it('are none where there is no directory', async () => {
    expect(await readKeyDirectory(directory)).toEqual({ directory, keys: [], distrusted: [] });
    expect(trustedKeysDirectory()).toBe('/etc/pommgr/trusted-keys.d');
  });

  it('come from a file that is there', async () => {
    const file = join(directory, 'nowhere.pem');
    await expect(readPublicKeyFile(file)).rejects.toMatchObject({
      code: 'config.signing-key',
      message: `There is no file ${file}: expected a public key in PEM.`,
    });
  });

  it('are all *.pem there, whatever their names, and nothing else', async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'site.pem'), key.pem);
    await writeFile(join(directory, 'README'), 'text');
    expect(await readKeyDirectory(directory)).toMatchObject({
      keys: [{ ...key, file: join(directory, 'site.pem') }],
      distrusted: [],
    });
    expect(await addTrustedKey(directory, key)).toBe(false);
    await writeFile(join(directory, 'bad.pem'), 'text');
    await expect(readKeyDirectory(directory)).rejects.toMatchObject({
      code: 'config.signing-key',
      message: expect.stringContaining('bad.pem') as unknown,
    });
  });

  it('that are removed stay known as distrusted until they are added again', async () => {
    expect(await addTrustedKey(directory, key)).toBe(true);
    await rename(join(directory, `${key.keyId}.pem`), join(directory, 'site.pem'));
    await removeTrustedKey(directory, key.fingerprint);
    expect(await readKeyDirectory(directory)).toMatchObject({ keys: [], distrusted: [key.fingerprint] });
    expect(await addTrustedKey(directory, key)).toBe(true);
    expect(await readdir(directory)).toEqual([`${key.keyId}.pem`]);
  });
});
