/**
 * Quirky repositories given to apt of Debian 12 and 13 and to pommgr; returns where they disagree beyond the table of
 * docs/differences-from-apt.md.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { run } from '../../src/core/adapters/process.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { debianReleases, debianRoot } from './debian-root.ts';
import { createSigningIdentity } from './gpg.ts';
import { testContext } from './online.ts';
import { buildPackage } from './packages.ts';
import { quirks, writeQuirkyRepository, type QuirkyRepository } from './quirky-repository.ts';
import { scratchDirectory } from './scratch.ts';

interface Verdict {
  /** The repository as a whole. */
  takes: boolean;
  /** Whether its good package comes out of it, with the right bytes. */
  gives: boolean;
  why: string;
}

/** A mirror of nothing: apt goes on with a warning, pommgr says what is wrong with the config. */
const emptyMirror = /^config\.(?:component|architecture|index)$/;

/** Each disagreement as a text with the quirks that made it. */
export async function disagreements(options: {
  seed: number;
  count: number;
}): Promise<{ tried: number; taken: number; given: number; found: string[] }> {
  const base = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Quirks' });
  const built = await buildPackage({ name: 'quirk', version: '1.0' });
  const about = {
    package: built,
    bytes: await readFile(built.path),
    signer,
    now: new Date(Date.now() - 86_400_000),
  };
  await copyFile(signer.binaryKeyring, join(base, 'key.gpg'));
  const repositories: QuirkyRepository[] = [];
  for (const [number, one] of fc.sample(quirks, { numRuns: options.count, seed: options.seed }).entries()) {
    repositories.push(await writeQuirkyRepository(join(base, String(number)), one, { ...about, number }));
  }
  const ofApt = await Promise.all(
    debianReleases.map((release) => aptVerdicts(release, { base, repositories, sha256: built.sha256 })),
  );
  const found: string[] = [];
  let [taken, given] = [0, 0];
  for (const [number, repository] of repositories.entries()) {
    const ours = await ourVerdict(join(base, String(number)), repository);
    if (ours.takes) taken += 1;
    if (ours.gives) given += 1;
    for (const [index, release] of debianReleases.entries()) {
      const theirs = ofApt[index]?.[number];
      if (theirs === undefined || agree(theirs, ours)) continue;
      found.push(
        `${release}: apt ${JSON.stringify(theirs)}, pommgr ${JSON.stringify(ours)} for ${JSON.stringify(repository.quirks)}`,
      );
    }
  }
  return { tried: repositories.length, taken, given, found };
}

function agree(theirs: Verdict, ours: Verdict): boolean {
  if (theirs.takes && !theirs.gives && !ours.takes && emptyMirror.test(ours.why)) return true;
  return theirs.takes === ours.takes && theirs.gives === ours.gives;
}

async function aptVerdicts(
  release: (typeof debianReleases)[number],
  about: { base: string; repositories: readonly QuirkyRepository[]; sha256: string },
): Promise<Verdict[]> {
  const root = await debianRoot(release);
  await run('cp', ['-r', '--', about.base, join(root, 'quirks')]);
  const lines = about.repositories.map(({ name, words }, number) => `${number} ${name} ${words.join(' ')}\n`);
  await writeFile(join(root, 'quirks/list'), lines.join(''));
  await writeFile(join(root, 'quirks/judge'), judgeScript);
  const { stdout } = await run('unshare', ['-n', '--', 'chroot', root, '/bin/bash', '/quirks/judge'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, exit, digest = '', ...why] = line.split(' ');
      return { takes: exit === '0', gives: exit === '0' && digest === about.sha256, why: why.join(' ') };
    });
}

/** A line for each repository: number, exit code of "apt-get update", digest of what "apt-get download" gave, errors. */
const judgeScript = `cd /quirks
while read -r number name words; do
  rm -rf /j; mkdir -p /j/lists/partial /j/cache/archives/partial /j/got; cd /j/got
  echo "deb [signed-by=/quirks/key.gpg] file:///quirks/$number $words" >/j/s.list
  o="-o Dir::Etc::sourcelist=/j/s.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=/j/lists -o Dir::Cache=/j/cache -o APT::Sandbox::User=root -o Acquire::Languages=none"
  apt-get $o -q update -o APT::Update::Error-Mode=any >/j/said 2>&1; code=$?
  apt-get $o -q download "$name" >>/j/said 2>&1
  digest=$(cat /j/got/* 2>/dev/null | sha256sum | cut -d' ' -f1)
  echo "$number $code $digest $(grep -m1 '^E:' /j/said)"
done </quirks/list
`;

async function ourVerdict(repository: string, { name, words }: QuirkyRepository): Promise<Verdict> {
  const directory = await scratchDirectory();
  const [suite = '', ...components] = words;
  const configFile = join(directory, 'pommgr.yaml');
  await mkdir(directory, { recursive: true });
  await writeFile(
    configFile,
    `schema: pommgr/config/v1
track: quirks
engine: builtin
mirrors:
  - { id: repo, uri: "file://${repository}", suite: "${suite}", components: ${JSON.stringify(components)}, keyring: ${join(repository, '../key.gpg')} }
targets:
  - { name: host, mirrors: [repo], products: [debian], codename: bookworm }
`,
  );
  try {
    await snapshot({
      configFile,
      context: testContext(new Date().toISOString()),
      force: false,
      dryRun: false,
    });
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    return { takes: false, gives: false, why: error.code };
  }
  const list = await readFile(join(directory, 'state/baselines/quirks-1/packages.jsonl'), 'utf8');
  return { takes: true, gives: list.includes(`"name":"${name}"`), why: '' };
}
