/** Plans what `pommgr subscription register` does for each host, and describes the outcome. Pure. */
import { PommgrError } from '../../core/domain/errors.ts';
import type { KnownSubscription } from './known-subscription.ts';
import { isSameServerId, type SubscriptionHost } from '../../config/domain/site.ts';
import { maskSubscriptionKey, parseSubscriptionKey } from '../../config/domain/subscription-key.ts';

/** The host with the key that was found for it outside POM: in its file, or asked for. */
export interface HostKey {
  host: SubscriptionHost;
  /** Secret; null where only POM's own keys exist. */
  key: string | null;
  /** Why its file cannot be used. */
  refusal?: string;
}

export type RegistrationStep =
  | { action: 'add' | 'refresh'; host: SubscriptionHost; key: string; serverId: string; registers: boolean }
  | { action: 'keep'; host: SubscriptionHost; key: string }
  | { action: 'refuse'; host: SubscriptionHost; key: string | null; why: string };

export interface RegistrationEntry {
  host: string;
  product: string;
  maskedKey: string | null;
  action: 'add' | 'refresh' | 'keep' | 'refuse';
  /** `planned`: a dry run. */
  outcome: 'done' | 'kept' | 'planned' | 'failed';
  validUntil: string | null;
  daysLeft: number | null;
  /** Why it failed, and what to do; null otherwise. */
  problem: string | null;
}

export interface RegistrationReport {
  /** In the order of the config. */
  subscriptions: RegistrationEntry[];
}

/** `freshDays`: with fewer days left, a key is refreshed. */
export function planRegistration(
  hostKeys: readonly HostKey[],
  { known, freshDays }: { known: readonly KnownSubscription[]; freshDays: number },
): RegistrationStep[] {
  return hostKeys.flatMap(({ host, key, refusal }): RegistrationStep[] => {
    const own = known.filter((one) => one.host === host);
    const steps = own.map((one) => knownStep(host, one, freshDays));
    if (refusal !== undefined) return [...steps, refuse(host, null, refusal)];
    if (key === null) return steps.length > 0 ? steps : [refuse(host, null, noKey(host))];
    return own.some((one) => one.key === key) ? steps : [...steps, newStep(host, key, known)];
  });
}

function knownStep(
  host: SubscriptionHost,
  { key, serverId, parsed, judgement }: KnownSubscription,
  freshDays: number,
): RegistrationStep {
  const isUsable = judgement.problems.every(({ code }) => code === 'signature-unchecked');
  if (isUsable && (judgement.daysLeft ?? 0) >= freshDays) return { action: 'keep', host, key };
  // When it is asked for the first time, the shop binds a key to the server.
  const registers = parsed === null || /^(?:new|notfound)$/i.test(parsed.status);
  return { action: 'refresh', host, key, serverId, registers };
}

function newStep(host: SubscriptionHost, key: string, known: readonly KnownSubscription[]): RegistrationStep {
  const shape = parseSubscriptionKey(key);
  if (shape?.product !== host.product) {
    const found = shape === undefined ? 'no subscription key' : `a key for ${shape.product}`;
    return refuse(
      host,
      shape === undefined ? null : key,
      `It is ${found}, expected one for ${host.product}.`,
    );
  }
  const elsewhere = known.find((one) => one.key === key);
  if (elsewhere !== undefined) {
    return refuse(
      host,
      key,
      'POM has this key for another server ID. Reissue it in the shop, then set it with "proxmox-offline-mirror key update".',
    );
  }
  return { action: 'add', host, key, serverId: host.serverIds[0] ?? '', registers: true };
}

function refuse(host: SubscriptionHost, key: string | null, why: string): RegistrationStep {
  return { action: 'refuse', host, key, why };
}

function noKey({ serverIds }: SubscriptionHost): string {
  return `POM knows no key for ${serverIds.join(', ')}. Write the key into a file with mode 600, and name it as keyFile of the host.`;
}

/** Returns the question that is asked before the shop binds keys to servers. */
export function registrationQuestion(steps: readonly RegistrationStep[]): string | undefined {
  const lines = steps.flatMap((step) => {
    if (step.action === 'keep' || step.action === 'refuse' || !step.registers) return [];
    return [`  ${maskSubscriptionKey(step.key)} for ${step.host.name} (server ID ${step.serverId})`];
  });
  if (lines.length === 0) return undefined;
  return [
    "These keys are bound to their servers in Proxmox's shop; only the shop can undo that:",
    ...lines,
    'Register them?',
  ].join('\n');
}

/** Returns the outcome of a step; `now` is what POM knows afterwards, `failure` is POM's error. */
export function registrationEntry(
  step: RegistrationStep,
  {
    known,
    failure,
    isDryRun,
  }: { known: readonly KnownSubscription[]; failure?: PommgrError | undefined; isDryRun: boolean },
): RegistrationEntry {
  const { action, host, key } = step;
  const after = known.find((one) => one.key === key && isSameServerId(one.serverId, serverIdOf(step, one)));
  const base = {
    ...{ host: host.name, product: host.product, action },
    maskedKey: key === null ? null : maskSubscriptionKey(key),
    validUntil: after?.judgement.validUntil ?? null,
    daysLeft: after?.judgement.daysLeft ?? null,
  };
  if (action === 'refuse') return { ...base, outcome: 'failed', problem: step.why };
  if (action === 'keep') return { ...base, outcome: 'kept', problem: null };
  if (isDryRun) return { ...base, outcome: 'planned', problem: null };
  if (failure !== undefined) return { ...base, outcome: 'failed', problem: failure.message };
  const [wrong] = after?.judgement.problems.filter(({ code }) => code !== 'signature-unchecked') ?? [];
  if (after !== undefined && wrong === undefined) return { ...base, outcome: 'done', problem: null };
  const problem = wrong === undefined ? 'POM does not know it afterwards.' : `${wrong.text} ${wrong.hint}`;
  return { ...base, outcome: 'failed', problem };
}

function serverIdOf(step: RegistrationStep, found: KnownSubscription): string {
  return 'serverId' in step ? step.serverId : found.serverId;
}

/** Returns the error of a run with a failure; its details list every key. */
export function registrationFailure(subscriptions: readonly RegistrationEntry[]): PommgrError | undefined {
  const failed = subscriptions.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return undefined;
  const lines = failed.map(({ host, product, maskedKey, problem }) => {
    const key = maskedKey === null ? '' : `, ${maskedKey}`;
    return `  ${host} (${product})${key}: ${(problem ?? '').replaceAll('\n', '\n    ')}`;
  });
  const done = subscriptions.length - failed.length;
  return new PommgrError(
    'tool.registration',
    [
      `${failed.length} of ${subscriptions.length} subscription keys could not be registered or refreshed:`,
      ...lines,
    ].join('\n'),
    {
      hints: [
        ...(done === 0 ? [] : ['The others are fine.']),
        'Look at each key with "pommgr subscription status", then run the same command again.',
      ],
      details: { subscriptions },
    },
  );
}
