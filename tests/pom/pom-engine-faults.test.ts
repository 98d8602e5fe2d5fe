/** The pom engine where POM reads less than apt does, or meets a damaged file: the file, the line and the way out. */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import {
  createPomEngineSite,
  editConfig,
  pom,
  pomConfigOf,
  takeSnapshot,
} from '../support/pom-engine-site.ts';
import { pomBinary } from '../support/pom-site.ts';

/** The site's packages with the control text of `alpha` 2.0 changed. */
async function siteWith(edit: (control: string) => string, lines: readonly string[] = []) {
  const site = await createPomEngineSite([], { lines });
  const packages: BuiltPackage[] = site.packages.map((built) =>
    built.name === 'alpha' && built.version === '2.0' ? { ...built, control: edit(built.control) } : built,
  );
  await site.publish({ components: { main: packages } });
  return site;
}

function withoutDescription(control: string): string {
  return control.replace(/\nDescription: .*/, '');
}

it('names the stanza that POM stops at, which no later run mends', async () => {
  const site = await siteWith(withoutDescription);

  await expect(takeSnapshot(site.configFile)).rejects.toMatchObject({
    code: 'integrity.pom-index',
    message: expect.stringMatching(
      /main\/binary-amd64\/Packages, line \d+: the stanza of alpha has no Description.*\n.*lacks package/,
    ) as unknown,
    hints: [
      expect.stringContaining('engine: builtin') as unknown,
      expect.stringContaining('does not help') as unknown,
    ],
  });
  await editConfig(site.configFile, /^engine: pom$/m, 'engine: builtin');
  expect(await takeSnapshot(site.configFile)).toMatchObject({ outcome: 'made', packages: { files: 4 } });
});

it('takes what POM read of such an index where an incomplete baseline is allowed, and says where it stopped', async () => {
  const site = await siteWith(withoutDescription, ['allowIncomplete: true']);
  const context = testContext();

  const result = await takeSnapshot(site.configFile, { context });

  expect(result).toMatchObject({ outcome: 'made', packages: { files: 1 } });
  expect(context.warnings.join('\n')).toMatch(/line \d+: the stanza of alpha has no Description/);
});

it('names the stanza that POM refuses', async () => {
  const site = await siteWith((control) => `${control}\nSHA256: ${'0'.repeat(64)}`);

  await expect(takeSnapshot(site.configFile)).rejects.toMatchObject({
    code: expect.stringMatching(/^integrity\./) as unknown,
    message: expect.stringMatching(/Packages, line \d+/) as unknown,
  });
});

it('says how many files POM fetched itself', async () => {
  const site = await createPomEngineSite([], { settings: { prefetch: false } });
  const first = await takeSnapshot(site.configFile);
  const sizeBytes = site.packages.reduce((sum, one) => sum + one.sizeBytes, 0);
  expect(first).toMatchObject({ outcome: 'made', fetched: { files: 4, sizeBytes } });

  const newer = await buildPackage({ name: 'delta', version: '1.0' });
  await site.publish({
    components: { main: [...site.packages, newer] },
    date: new Date('2025-06-02T00:00:00Z'),
  });
  expect(await takeSnapshot(site.configFile)).toMatchObject({
    fetched: { files: 1, sizeBytes: newer.sizeBytes },
  });
});

it('fetches a package with an epoch in its file name before POM, which would ask for another name', async () => {
  const site = await createPomEngineSite();
  const built = await buildPackage({ name: 'epoch', version: '1:2.0' });
  const named = { ...built, fileName: 'epoch_1%3a2.0_amd64.deb' };
  await site.publish({
    components: { main: [...site.packages, named] },
    date: new Date('2025-06-02T00:00:00Z'),
  });

  expect(await takeSnapshot(site.configFile)).toMatchObject({ outcome: 'made', packages: { files: 5 } });
});

it('begins again where the gc of POM takes the directory of the mirror between two commands', async () => {
  const site = await createPomEngineSite();
  // A POM before which the directory vanishes, twice, as with a gc that waited for the lock.
  const count = join(site.directory, 'count');
  const racing = join(site.directory, 'racing-pom');
  await writeFile(count, '');
  await writeFile(
    racing,
    `#!/bin/sh
case "$*" in *"snapshot create"*)
  if [ "$(wc -c <${count})" -lt 2 ]; then printf x >>${count}; rmdir ${site.directory}/mirror/test-stable; fi ;;
esac
exec ${pomBinary} "$@"
`,
  );
  await chmod(racing, 0o755);
  await editConfig(site.configFile, pomBinary, racing);

  expect(await takeSnapshot(site.configFile)).toMatchObject({ outcome: 'made', packages: { files: 4 } });
  expect(await readFile(count, 'utf8')).toBe('xx');
});

it('names a pool file that POM finds damaged, and the commands that mend it do', async () => {
  const site = await createPomEngineSite();
  await takeSnapshot(site.configFile);
  const [first] = site.packages;
  const path = join(site.directory, 'mirror/.pool/sha256', first?.sha256 ?? '');
  await run('sh', ['-c', 'printf x | dd of="$1" bs=1 seek=200 conv=notrunc status=none', 'sh', path]);

  const failed = takeSnapshot(site.configFile, { force: true });
  await expect(failed).rejects.toMatchObject({
    code: 'integrity.digest',
    message: expect.stringContaining(path) as unknown,
  });
  await rm(pomConfigOf(site.configFile));
  const hints = await failed.catch((error: { hints: string[] }) => error.hints);
  expect(hints).toEqual(expect.arrayContaining([expect.stringContaining('Remove')]));
  expect(await pom(site.configFile, 'config', 'mirror', 'list')).toBeDefined();
});
