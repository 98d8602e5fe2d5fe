/** Chooses the engine that makes the snapshots, and says why: POM where it exists and supports the config. */
import { join } from 'node:path';
import { keyringForPom } from '../../upstream/adapters/keyring-files.ts';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import { findPomBinary } from '../../pom/adapters/pom-binary.ts';
import { openPom, type Pom } from '../../pom/adapters/pom.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import { subscriptionLogin, type PomKey } from '../../pom/domain/pom-keys.ts';
import { planPomMirrors, type WantedMirrors } from '../../pom/domain/pom-mirrors.ts';
import {
  pomProblems,
  pomProblemsError,
  problemText,
  type PomProblem,
} from '../../pom/domain/pom-problems.ts';
import type { Context } from '../../core/domain/progress.ts';
import { createBuiltinEngine } from '../../mirror/workflows/builtin-engine.ts';
import { createPomEngine } from '../../pom/workflows/pom-engine.ts';
import type { Reconciliation } from '../../pom/workflows/reconcile-pom.ts';
import type { Engine } from '../../mirror/workflows/steps.ts';

/** The available engines; POM with what it does not support. */
export type EngineChoice =
  | { engine: 'builtin'; why: string }
  | {
      engine: 'pom';
      why: string;
      pom: Pom;
      reconciliation: Reconciliation;
      problems: PomProblem[];
      logins: MirrorLogin[];
    };

/** @throws PommgrError `config.engine`, `config.keyring`, `tool.*` where POM is asked for and cannot be used. */
export async function chooseEngine(config: Config, context: Context): Promise<Engine> {
  const choice = await lookForEngine(config);
  if (choice.engine === 'builtin') {
    checkBuiltin(config, choice.why);
    context.progress.note(`Engine: builtin (${choice.why}).`);
    return createBuiltinEngine(config);
  }
  if (choice.problems.length > 0) throw pomProblemsError(choice.problems, config.file);
  const { pom, reconciliation, logins } = choice;
  context.progress.note(`Engine: pom, ${pom.path}, version ${pom.version} (${choice.why}).`);
  warnOfPlainLogins(config.mirrors, context);
  return createPomEngine({ config, pom, reconciliation, logins, context });
}

/** Changes nothing. */
export async function lookForEngine(config: Config): Promise<EngineChoice> {
  if (config.engine === 'builtin') return { engine: 'builtin', why: 'as the config says' };
  const binary = await findPomBinary(config.pom.binary);
  if (binary === undefined) {
    if (config.engine === 'auto') return { engine: 'builtin', why: `${config.pom.binary} was not found` };
    throw new PommgrError('tool.missing', `The program ${config.pom.binary} was not found.`, {
      hints: [
        'Install the package proxmox-offline-mirror, or name the program in pom.binary.',
        'Or set engine: builtin: it needs no Proxmox package and makes the same baselines.',
      ],
      details: { program: config.pom.binary },
    });
  }
  const choice = await lookAtPom(config, openPom(binary, config.pom.configFile));
  const [problem] = choice.problems;
  if (config.engine === 'pom') return { ...choice, why: 'as the config says' };
  if (problem === undefined) return { ...choice, why: 'it is there, and can do what the config asks for' };
  return { engine: 'builtin', why: `POM cannot do this: ${problemText(problem)}` };
}

async function lookAtPom(config: Config, pom: Pom) {
  const mirrors = await pom.listMirrors();
  const { keyPaths, keyrings } = await pomKeyrings(config);
  const wanted: WantedMirrors = {
    mirrors: config.mirrors,
    baseDir: config.baseDir,
    keyPaths,
    ignoreErrors: config.allowIncomplete,
  };
  const needsKeys = config.mirrors.some(({ useSubscription }) => useSubscription !== undefined);
  const plan = planPomMirrors(wanted, mirrors);
  // Names matter only for what is added.
  const media = plan.changes.some(({ state }) => state === 'to add') ? await pom.listMedia() : [];
  const { logins, problems } = loginsOf(config.mirrors, needsKeys ? await pom.listKeys() : []);
  return {
    engine: 'pom' as const,
    pom,
    reconciliation: { wanted, plan, keyrings },
    problems: [...pomProblems(config.mirrors, { mirrors, media }), ...problems],
    logins,
  };
}

/** POM reads a binary keyring or one armored certificate: others are converted, beside the state. */
async function pomKeyrings(
  config: Config,
): Promise<{ keyPaths: Map<string, string>; keyrings: Reconciliation['keyrings'] }> {
  const keyPaths = new Map<string, string>();
  const keyrings: { path: string; bytes: Uint8Array }[] = [];
  for (const { id, keyring } of config.mirrors) {
    const bytes = await keyringForPom(keyring);
    const path = bytes === undefined ? keyring : join(config.stateDir, 'keyrings', `${id}.gpg`);
    keyPaths.set(id, path);
    if (bytes !== undefined) keyrings.push({ path, bytes });
  }
  return { keyPaths, keyrings };
}

function loginsOf(
  mirrors: readonly Mirror[],
  keys: readonly PomKey[],
): { logins: MirrorLogin[]; problems: PomProblem[] } {
  const logins: MirrorLogin[] = [];
  const problems: PomProblem[] = [];
  for (const mirror of mirrors) {
    const { id, useSubscription } = mirror;
    const login = useSubscription === undefined ? undefined : subscriptionLogin(keys, useSubscription);
    const { authFile: _, ...opened } = mirror;
    logins.push(useSubscription === undefined ? mirror : { ...opened, login });
    if (useSubscription === undefined || login !== undefined) continue;
    problems.push({
      mirror: id,
      setting: 'useSubscription',
      message: `POM knows no subscription key of ${useSubscription}`,
      hint: 'Add the key of a host: proxmox-offline-mirror key add KEY SERVER-ID',
    });
  }
  return { logins, problems };
}

/** @throws PommgrError `config.engine` for a subscription, which only POM can use. */
function checkBuiltin(config: Config, why: string): void {
  const mirror = config.mirrors.find(
    ({ useSubscription, authFile }) => useSubscription !== undefined && authFile === undefined,
  );
  if (mirror === undefined) return;
  throw new PommgrError(
    'config.engine',
    `Mirror ${mirror.id}: useSubscription needs Proxmox Offline Mirror, and the engine is builtin (${why}).`,
    {
      hints: ['Name a file with the login in authFile of this mirror, or use engine: pom.'],
      details: { mirror: mirror.id, file: config.file },
    },
  );
}

function warnOfPlainLogins(mirrors: readonly Mirror[], context: Context): void {
  for (const { id, uri, useSubscription } of mirrors) {
    if (useSubscription === undefined || !uri.startsWith('http:')) continue;
    context.progress.warn(`Mirror ${id} sends the subscription key unencrypted: use an https:// URI.`);
  }
}
