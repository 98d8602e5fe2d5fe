/**
 * The report at scale: the page of a baseline of 70,000 packages within 5 s and 250 MiB, and the page of a difference of
 * 800 packages with changelogs within 20 s.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { createOnlineSite, testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';
import { configText, writePool, writeSuite, type SyntheticSuite } from './synthetic-suite.ts';

const packageCount = 70_000;
const changedCount = 800;

function told(what: string, { seconds, peakMiB, stdout }: Awaited<ReturnType<typeof measureNode>>): void {
  console.log(
    `${what.padEnd(40)} ${seconds.toFixed(1)} s  ${peakMiB.toFixed(0)} MiB  ${(stdout.length / 1e6).toFixed(1)} MB`,
  );
}

it(`makes the page of ${packageCount} packages`, async () => {
  const cwd = await scratchDirectory();
  const suite: SyntheticSuite = {
    directory: join(cwd, 'repository'),
    signer: await createSigningIdentity({ name: 'Scale' }),
    packageCount,
    content: (number) => Buffer.from(`content ${number}\n`),
    state: 1,
  };
  await writePool(suite);
  await writeFile(join(cwd, 'pommgr.yaml'), configText(`file://${suite.directory}`, suite));
  await writeSuite(suite);
  await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  await writeSuite({ ...suite, state: 2 });
  await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd });
  // Of the first baseline all packages are new; of the second, a hundredth changed.
  for (const [name, lang] of [
    ['bench-1', 'en'],
    ['bench-1', 'ja'],
    ['bench-2', 'en'],
  ] as const) {
    const args = [pommgr, 'report', name, '--format', 'html', '--lang', lang, '--quiet'];
    const made = await measureNode(args, { cwd });
    told(`page of ${name}, ${lang}`, made);
    expect(made.stdout.endsWith('</html>\n')).toBe(true);
    expect(made.peakMiB).toBeLessThan(250);
    if (name === 'bench-1') {
      // A row for each source package, of which the suite has fewer.
      expect(made.stdout.split('<tr>').length).toBeGreaterThan(30_000);
      expect(made.seconds).toBeLessThan(5);
    }
  }
});

it(`makes the page of ${changedCount} changed packages with changelogs`, async () => {
  const build = async (version: string): Promise<BuiltPackage[]> => {
    const built: BuiltPackage[] = [];
    for (let number = 0; number < changedCount; number += 1) {
      const name = `changed-${number}`;
      const entries = Array.from(
        { length: 200 },
        (_, index) =>
          `${name} (${index === 0 ? version : `0.${200 - index}`}) stable; urgency=medium\n\n  * Fixes CVE-2025-${1000 + index}, and more of what changelogs tell.\n\n -- N <n@example.invalid>  Wed, 01 Jan 2025 00:00:00 +0000\n\n`,
      );
      const directory = `/usr/share/doc/${name}`;
      const files = {
        [`${directory}/changelog.Debian.gz`]: gzipSync(entries.join('')),
        // What dpkg-deb has to unpack besides.
        [`/usr/lib/${name}`]: Buffer.alloc(1_000_000, name),
      };
      built.push(await buildPackage({ name, version, files }));
    }
    return built;
  };
  const site = await createOnlineSite([], { components: { main: await build('1.0') } });
  const { configFile } = site;
  await snapshot({ configFile, context: testContext('2025-06-02T00:00:01Z'), dryRun: false, force: true });
  await site.publish({ date: new Date('2025-06-02T00:00:00Z'), components: { main: await build('1.1') } });
  await snapshot({ configFile, context: testContext('2025-06-02T00:00:02Z'), dryRun: false, force: true });
  const args = [pommgr, 'report', '--config', configFile, '--format', 'html', '--quiet'];
  const made = await measureNode(args);
  told(`page of ${changedCount} changelogs`, made);
  expect(made.stdout.split('<details').length - 1).toBe(changedCount);
  expect(made.seconds).toBeLessThan(20);
  expect(made.peakMiB).toBeLessThan(250);
});
