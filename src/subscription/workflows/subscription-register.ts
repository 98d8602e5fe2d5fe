/**
 * Implements `pommgr subscription register`: POM gets the keys of the config's hosts that it lacks, and refreshes old
 * ones in the shop; one by one, so that a failing key does not stop the others.
 */
import { loadConfig } from '../../config/adapters/config-file.ts';
import { addPomKey, refreshPomKey } from '../../pom/adapters/pom-subscriptions.ts';
import type { Pom } from '../../pom/adapters/pom.ts';
import { readSubscriptionKey } from '../adapters/subscription-key-file.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { KnownSubscription } from '../domain/known-subscription.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { SubscriptionHost } from '../../config/domain/site.ts';
import { maskSubscriptionKey } from '../../config/domain/subscription-key.ts';
import {
  planRegistration,
  registrationEntry,
  registrationFailure,
  registrationQuestion,
  type HostKey,
  type RegistrationReport,
  type RegistrationStep,
} from '../domain/subscription-registration.ts';
import { readSiteSubscriptions, requirePom } from './site-subscriptions.ts';

export interface RegisterOptions {
  configFile: string | undefined;
  /** Suppresses all questions. */
  yes: boolean;
  dryRun: boolean;
  /** Returns undefined when nobody can be asked. */
  confirm: (question: string) => Promise<boolean | undefined>;
  /** The key of a host that has no key file; empty or undefined for none. */
  askKey: (host: SubscriptionHost) => Promise<string | undefined>;
  context: Context;
}

/**
 * @throws PommgrError `config.site` without hosts, `config.mirror-key` where POM has no key of its own,
 *   `refused.not-confirmed`, `tool.*`; `tool.registration`, with all outcomes, when single keys failed.
 */
export async function subscriptionRegister(options: RegisterOptions): Promise<RegistrationReport> {
  const { dryRun, context } = options;
  const config = await loadConfig(options.configFile);
  if (config.site.hosts.length === 0) throw noHosts(config.file);
  const pom = await requirePom(config);
  const { hosts, known } = await readSiteSubscriptions(config, context.now());
  const hostKeys = await findKeys(hosts, { known, ...options });
  const freshDays = config.subscription.warnDays + (config.site.visitEveryDays ?? 0);
  const steps = planRegistration(hostKeys, { known, freshDays });
  if (dryRun) {
    return { subscriptions: steps.map((step) => registrationEntry(step, { known, isDryRun: true })) };
  }
  if (steps.some(isWork)) {
    requireMirrorKey(known, config);
    await requireConfirmation(steps, options);
  }
  const failures = await carryOut(steps, { pom, context });
  const after = await readSiteSubscriptions(config, context.now());
  const subscriptions = steps.map((step) =>
    registrationEntry(step, { known: after.known, isDryRun: false, failure: failures.get(step) }),
  );
  const failure = registrationFailure(subscriptions);
  if (failure !== undefined) throw failure;
  return { subscriptions };
}

/** The question is asked only for a host without any key, and only where somebody can answer. */
async function findKeys(
  hosts: readonly SubscriptionHost[],
  { known, dryRun, askKey }: RegisterOptions & { known: readonly KnownSubscription[] },
): Promise<HostKey[]> {
  const keys: HostKey[] = [];
  for (const host of hosts) {
    try {
      keys.push({ host, key: await findKey(host) });
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'config.key-file') throw error;
      keys.push({ host, key: null, refusal: [error.message, ...error.hints].join(' ') });
    }
  }
  return keys;

  async function findKey(host: SubscriptionHost): Promise<string | null> {
    if (host.keyFile !== undefined) return await readSubscriptionKey(host.keyFile);
    if (dryRun || known.some((one) => one.host === host)) return null;
    return (await askKey(host))?.trim() || null;
  }
}

function isWork({ action }: RegistrationStep): boolean {
  return action === 'add' || action === 'refresh';
}

async function carryOut(
  steps: readonly RegistrationStep[],
  { pom, context }: { pom: Pom; context: Context },
): Promise<Map<RegistrationStep, PommgrError>> {
  const failures = new Map<RegistrationStep, PommgrError>();
  for (const step of steps) {
    if (step.action !== 'add' && step.action !== 'refresh') continue;
    const { action, host, key, serverId } = step;
    const verb = action === 'add' ? 'Registering' : 'Refreshing';
    context.progress.step(`${verb} ${maskSubscriptionKey(key)} of ${host.name}`);
    try {
      if (action === 'add') await addPomKey(pom, { key, serverId, description: host.name }, context.signal);
      else await refreshPomKey(pom, key, context.signal);
    } catch (error) {
      if (!(error instanceof PommgrError) || error.family !== 'tool') throw error;
      failures.set(step, error);
    }
  }
  return failures;
}

/** POM asks the shop in the name of its own key. */
function requireMirrorKey(known: readonly KnownSubscription[], { pom }: Config): void {
  if (known.some(({ key }) => key.startsWith('pom-'))) return;
  throw new PommgrError('config.mirror-key', 'Proxmox Offline Mirror has no subscription key of its own.', {
    hints: [
      'Offline activation needs a key that begins with "pom-": some plans include one, for others it can be bought.',
      `Add it: proxmox-offline-mirror key add-mirror-key KEY --config ${pom.configFile}`,
    ],
  });
}

async function requireConfirmation(
  steps: readonly RegistrationStep[],
  { yes, confirm }: RegisterOptions,
): Promise<void> {
  const question = registrationQuestion(steps);
  if (yes || question === undefined) return;
  const answer = await confirm(question);
  if (answer === true) return;
  const why = answer === undefined ? 'there is no terminal to ask on' : 'the answer was no';
  throw new PommgrError('refused.not-confirmed', `Nothing was registered or refreshed: ${why}.`, {
    hints: ['See what would be done with --dry-run; do it without a question with --yes.'],
  });
}

function noHosts(file: string): PommgrError {
  return new PommgrError('config.site', `${file} names no hosts.`, {
    hints: ['Add them under site.hosts, each with its product and server IDs.'],
    details: { file },
  });
}
