/** What upstream may do wrong: the code, the words, and that pool, snapshots and baselines stay as they were. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import type { Fault } from '../support/http-server.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import type { RepositoryOptions } from '../support/repository.ts';
import { treeOf } from '../support/tree.ts';

const deb = '/pool/main/a/alpha/alpha_2.0_amd64.deb';
const packages = '/dists/stable/main/binary-amd64/Packages.gz';
const inRelease = '/dists/stable/InRelease';

async function failureOf(site: Pick<OnlineSite, 'configFile'>): Promise<PommgrError> {
  const error = await snapshot({
    configFile: site.configFile,
    context: testContext(),
    force: false,
    dryRun: false,
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PommgrError)) throw new Error(`expected a PommgrError, found ${String(error)}`);
  return error;
}

/** What counts: snapshots and baselines. Verified pool files may stay, for the next try. */
async function results(directory: string): Promise<string[]> {
  const lines = await treeOf(directory);
  return lines.filter((line) => /test-stable\/|baselines\/[^.]|pommgr.yaml/.test(line));
}

const faults: { name: string; faults: Record<string, Fault>; code: string; words: RegExp }[] = [
  {
    name: 'a mirror that vanished (404)',
    faults: { '*': { kind: 'status', status: 404 } },
    code: 'network.missing',
    words: /neither InRelease nor Release/,
  },
  {
    name: 'a package that is gone (404)',
    faults: { [deb]: { kind: 'status', status: 404 } },
    code: 'network.missing',
    words: /404.*alpha_2\.0_amd64|alpha_2\.0_amd64.*404/,
  },
  {
    name: 'a server that fails for good (503)',
    faults: { [deb]: { kind: 'status', status: 503 } },
    code: 'network.status',
    words: /503/,
  },
  {
    name: 'a server that says nothing',
    faults: { [deb]: { kind: 'stall' } },
    code: 'network.timeout',
    words: /alpha_2\.0_amd64/,
  },
  {
    name: 'a redirect loop',
    faults: { [deb]: { kind: 'redirect', to: deb } },
    code: 'network.redirect',
    words: /redirect/i,
  },
  {
    name: 'a package of wrong bytes',
    faults: { [deb]: { kind: 'wrong-bytes' } },
    code: 'integrity.digest',
    words: /expected.*found/s,
  },
  {
    name: 'an endless package',
    faults: { [deb]: { kind: 'endless' } },
    code: 'integrity.size',
    words: /alpha_2\.0_amd64/,
  },
  {
    name: 'an endless Release',
    faults: { [inRelease]: { kind: 'endless' } },
    code: 'integrity.size',
    words: /InRelease/,
  },
  {
    name: 'an index of wrong bytes',
    faults: { [packages]: { kind: 'wrong-bytes' } },
    code: 'integrity.digest',
    words: /Packages/,
  },
];

it.each(faults)('refuses $name', async ({ faults: wrong, code, words }) => {
  const site = await createOnlineSite();
  Object.assign(site.server.faults, wrong);
  const before = await results(site.directory);

  const error = await failureOf(site);

  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
  expect(error.hints.length).toBeGreaterThan(0);
  expect(await results(site.directory)).toEqual(before);
});

const releases: { name: string; options: Partial<RepositoryOptions>; code: string; words: RegExp }[] = [
  {
    name: 'a Release without SHA256',
    options: { digests: ['MD5Sum'] },
    code: 'integrity.release',
    words: /SHA256/,
  },
  {
    name: 'a Release from the future',
    options: {
      date: new Date('2025-07-01T00:00:00Z'),
      signOptions: { signedAt: new Date('2025-06-01T00:00:00Z') },
    },
    code: 'trust.not-yet-valid',
    words: /2025-07-01/,
  },
  {
    name: 'a Release past its Valid-Until',
    options: { validUntil: new Date('2025-06-01T12:00:00Z') },
    code: 'trust.expired',
    words: /2025-06-01T12:00:00Z/,
  },
  {
    name: 'a Packages that Release describes wrongly',
    options: {
      editRelease: (text) =>
        text.replace(/^ [0-9a-f]{64}( +\d+ main\/binary-amd64\/Packages)$/m, ` ${'0'.repeat(64)}$1`),
    },
    code: 'integrity.digest',
    words: /decompressed: SHA-256 mismatch: expected 0000/,
  },
];

it.each(releases)('refuses $name', async ({ options, code, words }) => {
  const site = await createOnlineSite([], options);

  const error = await failureOf(site);

  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
  expect(await results(site.directory)).toHaveLength(1);
});

it('refuses a Release that no configured certificate signed', async () => {
  const stranger = await createSigningIdentity({ name: 'Stranger' });
  const site = await createOnlineSite([], { signers: [stranger] });

  const error = await failureOf(site);

  expect(error.code).toBe('trust.signature');
  expect(error.exitCode).toBe(4);
});

it('takes a Release that one configured certificate of several signed', async () => {
  const site = await createOnlineSite();
  const stranger = await createSigningIdentity({ name: 'Stranger' });
  await site.publish({ signers: [stranger, site.signer] });

  const result = await snapshot({
    configFile: site.configFile,
    context: testContext(),
    force: false,
    dryRun: false,
  });

  expect(result.outcome).toBe('made');
});

it.each(['before', 'after'])('refuses text %s the signed block', async (place) => {
  const site = await createOnlineSite();
  const path = join(site.directory, 'InRelease');
  const text = Buffer.from(await (await fetch(`${site.server.url}${inRelease}`)).arrayBuffer());
  await writeFile(path, place === 'before' ? `Origin: Evil\n${text.toString()}` : text);
  if (place === 'after') await appendFile(path, 'Origin: Evil\n');
  const evil = await createOnlineSiteWith(site, await readFile(path));

  const error = await failureOf(evil);

  expect(error.code).toBe('trust.signature');
});

/** The same repository with another InRelease. */
async function createOnlineSiteWith(
  site: OnlineSite,
  inReleaseBytes: Buffer,
): Promise<{ configFile: string }> {
  const { serveDirectory } = await import('../support/http-server.ts');
  const { scratchDirectory } = await import('../support/scratch.ts');
  const { mkdir } = await import('node:fs/promises');
  const { onTestFinished } = await import('vitest');
  const directory = await scratchDirectory();
  await mkdir(join(directory, 'dists/stable'), { recursive: true });
  await writeFile(join(directory, inRelease), inReleaseBytes);
  const server = await serveDirectory(directory);
  onTestFinished(() => server.close());
  const { configFile } = await site.another();
  await writeFile(configFile, (await readFile(configFile, 'utf8')).replace(site.server.url, server.url));
  return { configFile };
}

it('names a package that no mirror has', async () => {
  const site = await createOnlineSite(['include: { packages: [alpha, no-such-package] }']);

  const error = await failureOf(site);

  expect(error.code).toBe('config.include');
  expect(error.message).toContain('no-such-package');
});

it('says what the suite has where a mirror would be empty', async () => {
  const site = await createOnlineSite(['architectures: [riscv64]']);

  const error = await failureOf(site);

  expect(error.code).toBe('config.architecture');
  expect(error.message).toMatch(/riscv64.*It has amd64/);
});

it('an index that apt of one release refuses is refused for targets of that release alone', async () => {
  const odd = await buildPackage({ name: 'odd', version: '1', fields: { Provides: '' } });
  const site = await createOnlineSite();
  await site.publish({ components: { main: [...site.packages, odd] } });

  const { code, message, hints } = await failureOf(site);

  expect(code).toBe('integrity.index');
  expect(message).toMatch(/Mirror test-stable: hosts of bookworm refuse .* package odd: .*Provides is empty/);
  expect(hints).toContainEqual(expect.stringContaining('out of the target debian'));
  await writeFile(
    site.configFile,
    (await readFile(site.configFile, 'utf8')).replace('codename: bookworm', 'codename: trixie'),
  );
  const context = testContext();
  const result = await snapshot({ configFile: site.configFile, context, force: false, dryRun: false });
  expect(result).toMatchObject({ outcome: 'made', packages: { files: 5 } });
});
