/**
 * Quirky repositories given to apt of Debian 12 and 13 and to pommgr; returns where they disagree beyond the table of
 * docs/differences-from-apt.md. What both take goes on through pack and apply, and each host's apt downloads it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { initConfig } from '../../src/init/workflows/init.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { aptVerdicts, type Expected, type Verdict } from './apt-verdicts.ts';
import { debianReleases, type DebianRelease } from './debian-root.ts';
import { configText, missingOnHosts, type MirrorLine, type Offered } from './differential-hosts.ts';
import { testContext } from './online.ts';
import { buildPackage } from './packages.ts';
import { createQuirkyKeys } from './quirky-keys.ts';
import { writeQuirkyRepository, type QuirkyRepository } from './quirky-repository.ts';
import { quirks, type Quirks } from './quirks.ts';
import { scratchDirectory } from './scratch.ts';

/** What pommgr makes of a repository. */
interface OwnVerdict extends Verdict {
  /** Releases whose hosts refuse it, as the snapshot says. */
  refusing: string[];
  mirror: MirrorLine;
}

export interface Differences {
  tried: number;
  taken: number;
  given: number;
  /** Packages that a host's apt downloaded. */
  downloaded: number;
  /** Each disagreement as a text with the quirks that made it. */
  found: string[];
}

export async function disagreements(options: { seed: number; count: number }): Promise<Differences> {
  const base = await scratchDirectory();
  const about = await materials(base);
  const repositories: QuirkyRepository[] = [];
  for (const [number, one] of fc.sample(quirks, { numRuns: options.count, seed: options.seed }).entries()) {
    repositories.push(await writeQuirkyRepository(join(base, String(number)), one, { ...about, number }));
  }
  const { expected } = about;
  const ofApt = Promise.all(
    debianReleases.map((release) => aptVerdicts(release, { base, repositories, expected })),
  );
  const own: OwnVerdict[] = [];
  for (const repository of repositories) own.push(await ownVerdict(repository));
  const found: string[] = [];
  const offered: Offered[] = [];
  for (const [index, release] of debianReleases.entries()) {
    const verdicts = (await ofApt)[index] ?? [];
    for (const [number, repository] of repositories.entries()) {
      const [theirs, ours] = [verdicts[number], own[number]];
      if (theirs === undefined || ours === undefined) continue;
      if (!agree(theirs, ours, { release, found: repository.quirks })) {
        const { mirror: _, ...told } = ours;
        found.push(
          `${release} ${number}: apt ${JSON.stringify(theirs)}, pommgr ${JSON.stringify(told)} for ${JSON.stringify(repository.quirks)}`,
        );
      } else if (theirs.takes && ours.takes && !ours.refusing.includes(release)) {
        offered.push({ release, repository, ...ours });
      }
    }
  }
  const hosts = await missingOnHosts(offered, expected);
  return {
    tried: repositories.length,
    taken: own.filter(({ takes }) => takes).length,
    given: own.filter(({ gives }) => gives).length,
    downloaded: hosts.downloaded,
    found: [...found, ...hosts.missing],
  };
}

async function materials(base: string) {
  const built = await buildPackage({ name: 'quirk', version: '1.0' });
  const bytes = await readFile(built.path);
  const sourceBytes = Buffer.from('a source\n');
  const digestOf = (algorithm: string, data: Buffer) => createHash(algorithm).update(data).digest('hex');
  const [md5, sha1, sha512] = ['md5', 'sha1', 'sha512'].map((name) => digestOf(name, bytes));
  const expected: Expected = { sha256: built.sha256, sourceSha256: digestOf('sha256', sourceBytes) };
  return {
    package: { ...built, md5: md5 ?? '', sha1: sha1 ?? '', sha512: sha512 ?? '' },
    bytes,
    sourceBytes,
    expected,
    keys: await createQuirkyKeys(base),
    now: new Date(Date.now() - 86_400_000),
  };
}

/** Rows of the table: what pommgr refuses although apt takes it, and the codes with which it does. */
const meant: [code: RegExp, quirk: (found: Quirks) => boolean][] = [
  [/^trust\.signature$/, ({ key }) => ['brainpool', 'dsa', 'rsa1024'].includes(key)],
  [/^integrity\.release$/, ({ releaseDigests }) => releaseDigests === 'SHA512 alone'],
  // apt does not look at a translation there, and would refuse its digest.
  [
    /^integrity\.release$/,
    ({ releaseDigests, translation }) => releaseDigests === 'in capitals' && translation === 'not there',
  ],
];
/** A mirror of nothing: apt goes on with a warning, pommgr says what is wrong with the config. */
const emptyMirror = /^config\.(?:component|architecture|index)$/;
/** What apt refuses when somebody downloads it, pommgr refuses at the snapshot. */
const wrongFile = /^(?:integrity|network)\./;
/** Keyrings that one of the two apts ignores. */
const oddKeyrings = ['binary and armored', 'armored as .gpg', 'binary as .asc'];

function agree(
  theirs: Verdict,
  ours: OwnVerdict,
  { release, found }: { release: string; found: Quirks },
): boolean {
  if (!ours.takes && meant.some(([code, quirk]) => code.test(ours.why) && quirk(found))) return true;
  if (theirs.takes && !theirs.gives && !ours.takes && emptyMirror.test(ours.why)) return true;
  const isWrong = /a wrong SHA/.test(found.digests) || found.digests === 'and a wrong MD5sum';
  const lacksFile =
    (isWrong && !theirs.gives) || (found.sources === 'with another digest' && !theirs.givesSource);
  if (theirs.takes && lacksFile && !ours.takes && wrongFile.test(ours.why)) return true;
  if (!theirs.takes && ours.takes && oddKeyrings.includes(found.keyring) && isAboutKeys(theirs)) return true;
  // apt reads the first stream of an .xz alone, and asks for no other form; pommgr then takes the other form.
  const isXzBroken = found.xz === 'two streams' && found.forms.includes('xz');
  if (!theirs.takes && ours.takes && isXzBroken) return true;
  const takes = ours.takes && !ours.refusing.includes(release);
  if (theirs.takes !== takes) return false;
  if (!takes) return true;
  // A package that has SHA512 and no SHA256 is left out.
  const isLeftOut = found.digests === 'SHA512 alone' && theirs.gives && !ours.gives;
  return (theirs.gives === ours.gives || isLeftOut) && theirs.givesSource === ours.givesSource;
}

function isAboutKeys({ why }: Verdict): boolean {
  return /NO_PUBKEY|not signed|key|keyring/i.test(why);
}

async function ownVerdict(repository: QuirkyRepository): Promise<OwnVerdict> {
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const context = testContext(new Date().toISOString());
  const nothing = { takes: false, gives: false, givesSource: false, refusing: [], mirror: '' };
  try {
    const mirror = mirrorLine(repository, await keyringOf(repository, directory));
    const take = async (...releases: DebianRelease[]): Promise<void> => {
      await writeFile(
        configFile,
        configText(
          [mirror],
          releases.map((codename) => ({ codename })),
        ),
      );
      await snapshot({ configFile, context, force: false, dryRun: false });
    };
    try {
      await take(...debianReleases);
    } catch (error) {
      if (!(error instanceof PommgrError) || !error.message.includes('hosts of bookworm refuse')) throw error;
      context.progress.warn(error.message);
      await take('trixie');
    }
    const list = await readFile(join(directory, 'state/baselines/quirks-1/packages.jsonl'), 'utf8');
    const lines = list.split('\n').filter((line) => line.includes(`"name":"${repository.name}"`));
    return {
      takes: true,
      gives: lines.some((line) => !line.includes('"architecture":"source"')),
      givesSource: lines.some((line) => line.includes('"architecture":"source"')),
      why: '',
      refusing: debianReleases.filter((release) =>
        context.warnings.some((text) => text.includes(`hosts of ${release} refuse`)),
      ),
      mirror,
    };
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    return { ...nothing, why: error.code };
  }
}

/** Path of the keyring; one that stands in the source itself is taken out of it as "init --from-apt" does. */
async function keyringOf({ signedBy, directory }: QuirkyRepository, scratch: string): Promise<string> {
  if (signedBy.startsWith('/')) return signedBy;
  const root = join(scratch, 'machine');
  await mkdir(join(root, 'etc/apt/sources.list.d'), { recursive: true });
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  const text = `Types: deb\nURIs: file://${directory}\nSuites: stable\nComponents: main\nSigned-By: ${signedBy}\n`;
  await writeFile(join(root, 'etc/apt/sources.list.d/vendor.sources'), text);
  const output = join(scratch, 'from-apt.yaml');
  const { keyrings } = await initConfig({
    from: { kind: 'apt', root },
    include: [],
    output,
    context: testContext(),
  });
  return keyrings[0] ?? '';
}

function mirrorLine(
  { name, directory, suite, components, architectures, hasSources }: QuirkyRepository,
  keyring: string,
): MirrorLine {
  const types = hasSources ? '[deb, deb-src]' : '[deb]';
  return `  - { id: ${name}, uri: "file://${directory}", suite: "${suite}", components: ${JSON.stringify(components)}, architectures: ${JSON.stringify(architectures)}, types: ${types}, keyring: "${keyring}" }`;
}
