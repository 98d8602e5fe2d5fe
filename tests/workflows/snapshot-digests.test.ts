/**
 * Every digest that Release and Packages give is compared: a host's apt (2.6 and 3.0) refuses a file for any of them,
 * weak or not. And equal indices are one file, fetched once.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { poolVerify } from '../../src/mirror/workflows/pool-verify.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { createPomEngineSite } from '../support/pom-engine-site.ts';

const wrong = { SHA512: '0'.repeat(128), SHA1: '0'.repeat(40), MD5sum: '0'.repeat(32) };

async function take(configFile: string, context = testContext()) {
  return await snapshot({ configFile, context, force: false, dryRun: false });
}

it.each(Object.entries(wrong))('refuses a package with a wrong %s', async (field, value) => {
  const odd = await buildPackage({ name: 'odd', version: '1.0' });
  const site = await createOnlineSite([], {
    components: { main: [{ ...odd, control: `${odd.control}\n${field}: ${value}` }] },
  });

  await expect(take(site.configFile)).rejects.toMatchObject({
    code: 'integrity.digest',
    message: expect.stringContaining(`odd 1.0 (amd64)`) as string,
    hints: expect.arrayContaining([expect.stringContaining('skip: { packages: [odd] }')]) as string[],
  });

  const names = await readdir(join(site.directory, 'mirror/.pool/sha512'));
  expect(names).not.toContain(value);
  expect((await poolVerify(site.configFile, testContext())).broken).toEqual([]);
});

const sections: [string, RegExp, string][] = [
  ['SHA512', /^ [0-9a-f]{128}( +\d+ main\/binary-amd64\/Packages\.gz)$/m, '0'.repeat(128)],
  ['MD5Sum', /^ [0-9a-f]{32}( +\d+ main\/binary-amd64\/Packages\.gz)$/m, '0'.repeat(32)],
  ['SHA512 of the plain form', /^ [0-9a-f]{128}( +\d+ main\/binary-amd64\/Packages)$/m, '0'.repeat(128)],
  ['MD5Sum of the plain form', /^ [0-9a-f]{32}( +\d+ main\/binary-amd64\/Packages)$/m, '0'.repeat(32)],
];

it.each(sections)('refuses an index with a wrong %s', async (_, line, value) => {
  const site = await createOnlineSite([], {
    digests: ['MD5Sum', 'SHA256', 'SHA512'],
    editRelease: (text) => text.replace(line, ` ${value}$1`),
  });

  await expect(take(site.configFile)).rejects.toMatchObject({ code: 'integrity.digest' });

  expect((await poolVerify(site.configFile, testContext())).broken).toEqual([]);
});

it('takes a repository whose digests are all right', async () => {
  const digests = ['MD5Sum', 'SHA256', 'SHA512'] as const;

  expect((await take((await createOnlineSite([], { digests })).configFile)).outcome).toBe('made');
});

/** Two architectures with packages for all of them and no others: their indices are the same bytes. */
const equal = {
  architectures: ['amd64', 'arm64'],
  components: { main: [await buildPackage({ name: 'data', version: '1.0', architecture: 'all' })] },
};
const lines = ['architectures: [amd64, arm64]'];

it('fetches equal indices once with the builtin engine', async () => {
  const site = await createOnlineSite(lines, equal);

  expect((await take(site.configFile)).outcome).toBe('made');

  const asked = site.server.requests.filter(({ path }) => path.endsWith('/Packages.gz'));
  expect(asked).toHaveLength(1);
});

it('fetches equal indices once ahead of POM', async () => {
  const site = await createPomEngineSite(lines, { repository: equal });

  expect((await take(site.configFile)).outcome).toBe('made');

  const asked = site.server.requests.filter(
    ({ path, headers }) =>
      path.endsWith('/Packages.gz') && headers['user-agent']?.startsWith('pommgr') === true,
  );
  expect(asked).toHaveLength(1);
});
