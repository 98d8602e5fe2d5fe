/**
 * Lets apt judge a closure: in a private root with the target's mirrors and a host's inventory, apt makes plans.
 * Invariant: nothing of the machine's own apt is read or changed, and nothing is ever installed.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AptProgram } from '../../apt/domain/apt-program.ts';
import { aptVersion } from '../../apt/adapters/apt.ts';
import { plainIndexSettings } from '../../apt/domain/apt-configuration.ts';
import { fetchLists } from '../../apt/adapters/apt-lists.ts';
import { openAptRoot, prepareAptRoot, runApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { fileUri, renderSources, type SourceStanza } from '../../apt/domain/apt-sources.ts';
import { emptyPlan, parseAptPlan, type AptPlan } from '../domain/apt-plan.ts';

/** One mirror in a directory that has its `dists/`. */
export interface JudgedMirror extends Pick<SourceStanza, 'types' | 'suite' | 'components' | 'architectures'> {
  id: string;
  /** Absolute. */
  directory: string;
  /** The certificates that verified it. */
  certificates: Uint8Array;
}

export interface Judge {
  /** Version of the apt that plans where a plan names no other. */
  aptVersion: string;
  versionOf(apt: AptProgram): Promise<string>;
  /** Writes a file with these preferences, for `plan`. */
  addPreferences(name: string, text: string): Promise<string>;
  /** Opens a host, whose files `close` removes. */
  openHost(texts: { status: string; extendedStates: string }): Promise<JudgedHost>;
}

export interface JudgedHost {
  /** Returns what apt would do: `job` is the command with its arguments, `preferences` a path of `addPreferences`. */
  plan(
    job: readonly string[],
    about: { preferences: string; recommends: boolean; apt?: AptProgram | undefined },
  ): Promise<AptPlan>;
  close(): Promise<void>;
}

/**
 * `directory` must be empty; lists are fetched into it once.
 * @throws PommgrError `tool.apt` when apt does not take the mirrors as they are.
 */
export async function openJudge(
  directory: string,
  about: {
    mirrors: readonly JudgedMirror[];
    architectures: readonly [string, ...string[]];
    /** Default: the machine's. */
    apt?: AptProgram | undefined;
  },
): Promise<Judge> {
  const [architecture, ...foreignArchitectures] = about.architectures;
  const opened = await openAptRoot(directory);
  const aptRoot: AptRoot = { ...opened, architecture, foreignArchitectures };
  await prepareAptRoot(aptRoot);
  const at = (path: string): string => join(aptRoot.root, path);
  const sources = at('judged.sources');
  await writeFile(sources, await sourcesText(about.mirrors, aptRoot));
  await mkdir(at('lists/partial'), { recursive: true });
  await fetchLists(aptRoot, { sources, lists: at('lists'), settings: plainIndexSettings });
  const shared = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${at('lists')}/`,
    'Debug::NoLocking=1',
  ];
  // Each version of apt has a format of its own for its caches.
  const programs = new Map<AptProgram | undefined, { aptRoot: AptRoot; cache: string }>();
  const programOf = (apt: AptProgram | undefined): { aptRoot: AptRoot; cache: string } => {
    const known = programs.get(apt);
    if (known !== undefined) return known;
    const made = {
      aptRoot: apt === undefined ? aptRoot : { ...aptRoot, apt },
      cache: `pkgcache-${programs.size}.bin`,
    };
    programs.set(apt, made);
    return made;
  };
  const own = programOf(about.apt);
  const sourceCache = (cache: string): string => `Dir::Cache::srcpkgcache=${at(`src${cache}`)}`;
  // Parses the lists once, for all plans.
  const warming = [...shared, sourceCache(own.cache), 'Dir::Cache::pkgcache='];
  await runApt(own.aptRoot, ['apt-get', '-q', 'check', ...asOptions(warming)]);
  let hosts = 0;
  return {
    aptVersion: await aptVersion(own.aptRoot),
    versionOf: (apt) => aptVersion(programOf(apt).aptRoot),
    async addPreferences(name, text) {
      await writeFile(at(name), text);
      return at(name);
    },
    async openHost({ status, extendedStates }) {
      hosts += 1;
      const host = at(`host-${hosts}`);
      await mkdir(host);
      await writeFile(join(host, 'status'), status);
      await writeFile(join(host, 'extended_states'), extendedStates);
      return {
        plan(job, { preferences, recommends, apt = about.apt }) {
          const program = programOf(apt);
          return planJob(program.aptRoot, job, [
            ...shared,
            sourceCache(program.cache),
            `Dir::Etc::preferences=${preferences}`,
            'Dir::Etc::preferencesparts=/dev/null',
            `Dir::State::status=${join(host, 'status')}`,
            `Dir::State::extended_states=${join(host, 'extended_states')}`,
            `Dir::Cache::pkgcache=${join(host, program.cache)}`,
            `APT::Install-Recommends=${recommends}`,
          ]);
        },
        close: () => rm(host, { recursive: true }),
      };
    },
  };
}

async function sourcesText(mirrors: readonly JudgedMirror[], { root }: AptRoot): Promise<string> {
  const stanzas: SourceStanza[] = [];
  await mkdir(join(root, 'keyrings'), { recursive: true });
  for (const { id, directory, certificates, ...stanza } of mirrors) {
    const signedBy = join(root, 'keyrings', `${id}.gpg`);
    await writeFile(signedBy, certificates);
    stanzas.push({ ...stanza, uri: fileUri(directory), signedBy, hasTranslations: false });
  }
  return renderSources({ baseline: { name: 'judged', digest: '' }, stanzas });
}

/** apt asks for these confirmations only after the plan is made, so they are given here. */
const allowed = ['--allow-remove-essential', '--allow-change-held-packages', '--allow-downgrades'];

async function planJob(
  aptRoot: AptRoot,
  job: readonly string[],
  settings: readonly string[],
): Promise<AptPlan> {
  const { stdout, stderr, exitCode } = await runApt(
    aptRoot,
    ['apt-get', '-q', '-y', '-V', '--print-uris', ...allowed, ...asOptions(settings), ...job],
    [0, 100],
  );
  if (exitCode === 0) return parseAptPlan(stdout);
  return emptyPlan(`${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n'));
}

function asOptions(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-o', setting]);
}
