/**
 * Reads, adds and refreshes the subscriptions that POM keeps. Invariant: a key is only in POM's own command line; POM's
 * output is redacted.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parsePomSubscriptions, type PomSubscription } from '../domain/pom-subscriptions.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { pomRunner } from './pom-run.ts';
import type { Pom } from './pom.ts';

const maxConfigBytes = 16 * 1024 * 1024;
/** POM waits for Proxmox's shop without a limit of its own. */
const shopLimitMs = 5 * 60_000;

/**
 * What `key list` names, sorted by key, each with its info from POM's config.
 * @throws PommgrError `tool.*` when POM cannot read its config.
 */
export async function readPomSubscriptions(pom: Pom): Promise<PomSubscription[]> {
  const listed = new Set((await pom.listKeys()).map(({ key }) => key));
  const sections = parsePomSubscriptions(await readConfigText(pom.configFile));
  const found = sections.filter(({ key }) => listed.delete(key));
  if (listed.size > 0) {
    throw new PommgrError(
      'tool.output',
      `POM lists ${listed.size} subscription keys that its config ${pom.configFile} does not have.`,
      { hints: ['Another program may have changed it just now: run the same command again.'] },
    );
  }
  return found.toSorted((a, b) => compareText(a.key, b.key));
}

/** `key add`: registers the key for that server in the shop, and fetches its info. */
export async function addPomKey(
  pom: Pom,
  { key, serverId, description }: { key: string; serverId: string; description: string },
  signal: AbortSignal,
): Promise<void> {
  await keyCommand(pom, ['add', key, serverId, '--description', description], signal);
}

/** `key refresh`: asks the shop again. */
export async function refreshPomKey(pom: Pom, key: string, signal: AbortSignal): Promise<void> {
  await keyCommand(pom, ['refresh', '--key', key], signal);
}

async function keyCommand(pom: Pom, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { runPom } = pomRunner(pom.path, pom.configFile);
  await runPom(['key', ...args], { signal, timeoutMs: shopLimitMs });
}

/** POM takes a missing file for an empty one. */
async function readConfigText(path: string): Promise<string> {
  try {
    return (await readPlainFile(path, maxConfigBytes)).toString('utf8');
  } catch (error) {
    if (isAbsent(error)) return '';
    throw error;
  }
}
