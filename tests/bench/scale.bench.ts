/** A Debian main index: 69,000 packages through snapshot and diff, in less than 250 MiB of memory. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createSigningIdentity, signInline, type SigningIdentity } from '../support/gpg.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { measureNode, pommgr } from './measure.ts';

const packageCount = 69_000;
const limitMiB = 250;
const date = new Date('2025-06-01T00:00:00Z');

it(`handles ${packageCount} packages inside ${limitMiB} MiB`, async () => {
  const directory = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Scale' });
  const repository = join(directory, 'repository');
  await writePool(repository);
  await writeFile(join(directory, 'pommgr.yaml'), configText(repository, signer));
  await writeSuite(repository, signer, 1);
  const first = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd: directory });
  await writeSuite(repository, signer, 2);
  const second = await measureNode([pommgr, 'snapshot', '--quiet', '--json'], { cwd: directory });
  const diff = await measureNode([pommgr, 'baseline', 'diff', 'scale-1', 'scale-2', '--json'], {
    cwd: directory,
    accept: [1],
  });
  const show = await measureNode([pommgr, 'baseline', 'show', '--json'], { cwd: directory });
  const changes = JSON.parse(diff.stdout).result.mirrors[0].changes.length as number;
  const rows = {
    'snapshot, empty pool': first,
    'snapshot, full pool': second,
    'baseline diff': diff,
    'baseline show': show,
  };
  console.log(
    `\nScale: ${packageCount} packages\n${Object.entries(rows)
      .map(
        ([name, { seconds, peakMiB }]) =>
          `${name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s  ${peakMiB.toFixed(0).padStart(4)} MiB`,
      )
      .join('\n')}`,
  );
  expect(changes).toBe(Math.ceil(packageCount / 100));
  expect(Math.max(...Object.values(rows).map(({ peakMiB }) => peakMiB))).toBeLessThan(limitMiB);
});

/** Every package is a file of a few bytes: this is about lists, not about bytes. */
async function writePool(repository: string): Promise<void> {
  await mkdir(join(repository, 'pool'), { recursive: true });
  for (let number = 0; number < packageCount; number++)
    await writeFile(join(repository, poolFile(number)), content(number));
}

function poolFile(number: number): string {
  return `pool/file-${number}.deb`;
}

function content(number: number): string {
  return `content ${number}\n`;
}

/** About 800 bytes a stanza, as Debian's have; a hundredth of the versions depend on `state`. */
async function writeSuite(repository: string, signer: SigningIdentity, state: number): Promise<void> {
  const stanzas: string[] = [];
  for (let number = 0; number < packageCount; number++)
    stanzas.push(stanza(number, number % 100 === 0 ? state : 1));
  const plain = Buffer.from(stanzas.join('\n'));
  const packed = gzipSync(plain);
  const suite = join(repository, 'dists/stable');
  await mkdir(join(suite, 'main/binary-amd64'), { recursive: true });
  await writeFile(join(suite, 'main/binary-amd64/Packages.gz'), packed);
  const files = [
    { path: 'main/binary-amd64/Packages', data: plain },
    { path: 'main/binary-amd64/Packages.gz', data: packed },
  ];
  const release = [
    'Origin: Scale',
    'Label: Scale',
    'Suite: stable',
    'Codename: stable',
    `Date: ${date.toUTCString().replace('GMT', 'UTC')}`,
    'Architectures: amd64',
    'Components: main',
    'SHA256:',
    ...files.map(
      ({ path, data }) => ` ${createHash('sha256').update(data).digest('hex')} ${data.length} ${path}`,
    ),
    '',
  ].join('\n');
  await writeFile(join(suite, 'InRelease'), await signInline(release, [signer], { signedAt: date }));
}

function stanza(number: number, state: number): string {
  const name = `package-${String(number).padStart(6, '0')}`;
  const data = content(number);
  return [
    `Package: ${name}`,
    `Source: source-${number % 30_000}`,
    `Version: ${number % 3}:${number % 17}.${state}.${number % 101}+dfsg-${(number % 9) + 1}+deb13u1`,
    'Installed-Size: 12345',
    'Maintainer: Somebody with a Long Name <somebody-with-a-long-name@lists.example.org>',
    'Architecture: amd64',
    `Depends: libc6 (>= 2.38), libgcc-s1 (>= 3.0), libstdc++6 (>= 13.1), package-${number % 777}, package-${number % 333} (>= 1.2.3)`,
    'Description: a package with a description of a common length, to have lines',
    'Homepage: https://www.example.org/a/rather/long/path/to/a/project/',
    `Description-md5: ${createHash('md5').update(name).digest('hex')}`,
    'Tag: implemented-in::c, interface::commandline, role::program, scope::utility,',
    ' use::converting, works-with::archive, works-with::file, admin::package-management',
    'Section: utils',
    'Priority: optional',
    `Filename: ${poolFile(number)}`,
    `Size: ${data.length}`,
    `MD5sum: ${createHash('md5').update(data).digest('hex')}`,
    `SHA256: ${createHash('sha256').update(data).digest('hex')}`,
    '',
  ].join('\n');
}

function configText(repository: string, signer: SigningIdentity): string {
  return `schema: pommgr/config/v1
track: scale
engine: builtin
mirrors:
  - id: scale-main
    uri: file://${repository}
    suite: stable
    components: [main]
    keyring: ${signer.binaryKeyring}
targets:
  - name: scale
    mirrors: [scale-main]
    products: [debian]
    codename: stable
`;
}
