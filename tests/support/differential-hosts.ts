/** The second half of the differential: hosts of each release whose apt downloads what came with one bundle. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { Expected } from './apt-verdicts.ts';
import { debianReleases, debianRoot, runInRoot, type DebianRelease } from './debian-root.ts';
import { testContext } from './online.ts';
import { sourceFiles, type QuirkyRepository } from './quirky-repository.ts';
import { scratchDirectory } from './scratch.ts';

/** One line under `mirrors:` of a config. */
export type MirrorLine = string;

export interface Offered {
  release: DebianRelease;
  repository: QuirkyRepository;
  mirror: MirrorLine;
  /** Whether its baseline has the package, and the source. */
  gives: boolean;
  givesSource: boolean;
}

/** One baseline of all mirrors, packed, applied to a host of each release, and downloaded from there. */
export async function missingOnHosts(
  offered: readonly Offered[],
  expected: Expected,
): Promise<{ downloaded: number; missing: string[] }> {
  if (offered.length === 0) return { downloaded: 0, missing: [] };
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const mirrors = [...new Set(offered.map(({ mirror }) => mirror))];
  const targets = debianReleases.map((codename) => ({
    codename,
    mirrors: offered.filter(({ release }) => release === codename).map(({ repository }) => repository.name),
  }));
  await writeFile(
    configFile,
    configText(
      mirrors,
      targets.filter((target) => target.mirrors.length > 0),
    ),
  );
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  const media = join(directory, 'medium');
  await mkdir(media);
  const context = testContext(new Date().toISOString());
  await snapshot({ configFile, context, force: false, dryRun: false });
  await pack({ configFile, media, context });
  const results = await Promise.all(
    targets.map(async ({ codename }) => {
      const own = offered.filter(({ release }) => release === codename);
      if (own.length === 0) return { downloaded: 0, missing: [] };
      const root = await debianRoot(codename, [key]);
      await apply({ media, root, context: testContext(new Date().toISOString()) });
      return await download(root, own, expected);
    }),
  );
  return {
    downloaded: results.reduce((sum, { downloaded }) => sum + downloaded, 0),
    missing: results.flatMap(({ missing }) => missing),
  };
}

async function download(
  root: string,
  offered: readonly Offered[],
  expected: Expected,
): Promise<{ downloaded: number; missing: string[] }> {
  const packages = offered.filter(({ gives }) => gives).map(({ repository }) => repository.name);
  const sources = offered.filter(({ givesSource }) => givesSource).map(({ repository }) => repository.name);
  const getting = 'apt-get -q -o APT::Sandbox::User=root';
  const script = [
    'mkdir /got && cd /got',
    // As an administrator does later.
    `${getting} update -o APT::Update::Error-Mode=any >&2`,
    // What one lacks keeps apt from the others.
    ...fetching(`${getting} download`, packages),
    ...fetching(`${getting} source --download-only`, sources),
    // From inside: of a source package apt makes links to the store.
    'sha256sum *',
  ];
  const said = await runInRoot(root, 'sh', '-ec', script.join('\n'));
  const found = new Map(
    said
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  );
  const wanted = new Map(packages.map((name) => [`${name}_1.0_amd64.deb`, expected.sha256]));
  for (const file of sources.flatMap(sourceFiles))
    wanted.set(file.slice('source/'.length), expected.sourceSha256);
  const missing = [...wanted]
    .filter(([file, digest]) => found.get(file) !== digest)
    .map(([file]) => {
      const about = offered.find(({ repository }) => file.startsWith(`${repository.name}_`));
      return `a host of ${about?.release} got ${found.get(file) ?? 'nothing'} for ${file}: ${JSON.stringify(about?.repository.quirks)}`;
    });
  return { downloaded: wanted.size, missing };
}

function fetching(command: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const all = names.join(' ');
  return [`${command} ${all} >&2 || for name in ${all}; do ${command} $name >&2 || true; done`];
}

/** A config of these mirrors, with a target for each codename; without names of mirrors, a target has all. */
export function configText(
  mirrors: readonly MirrorLine[],
  targets: readonly { codename: string; mirrors?: readonly string[] }[],
): string {
  const all = mirrors.map((line) => /id: (\S+),/.exec(line)?.[1] ?? '');
  return [
    'schema: pommgr/config/v1',
    'track: quirks',
    'engine: builtin',
    'mirrors:',
    ...mirrors,
    'targets:',
    ...targets.map(
      ({ codename, mirrors: own = all }) =>
        `  - { name: ${codename}, mirrors: [${own.join(', ')}], products: [debian], codename: ${codename} }`,
    ),
    '',
  ].join('\n');
}
