/** Judges whether a host can activate a subscription info, and what is wrong with it if not. */
import {
  isKeyFormKnown,
  maskSubscriptionKey,
  parseSubscriptionKey,
  type SubscriptionKeyShape,
  type SubscriptionProduct,
} from '../../config/domain/subscription-key.ts';
import {
  dueDate,
  isInfoSignatureGood,
  isSigned,
  validUntil,
  type SubscriptionInfo,
} from './subscription-info.ts';
import { formatTime } from '../../core/domain/time.ts';

export interface JudgeOptions {
  /** The relevant clock: the host's where it activates, the machine's online. */
  now: Date;
  /** Undefined where there is none: then even a signed info is unusable, because nobody checked it. */
  publicKeyPem: string | undefined;
  /** All that the host may answer to. Default: any. */
  serverIds?: readonly string[] | undefined;
  product?: SubscriptionProduct | undefined;
  /** CPU sockets of the host. */
  sockets?: number | undefined;
  /** dpkg's name of the host's architecture. */
  architecture?: string | undefined;
}

export type SubscriptionProblemCode =
  | 'status'
  | 'key-shape'
  | 'mirror-key'
  | 'product'
  | 'server'
  | 'sockets'
  | 'architecture'
  | 'unsigned'
  | 'signature'
  | 'signature-unchecked'
  | 'never-checked'
  | 'not-yet-valid'
  | 'expired'
  | 'no-key'
  | 'no-info'
  | 'malformed'
  | 'other-key'
  | 'runs-out';

export interface SubscriptionProblem {
  code: SubscriptionProblemCode;
  /** What is wrong; expected and found. */
  text: string;
  /** What to do. */
  hint: string;
}

export interface SubscriptionJudgement {
  usable: boolean;
  /** Empty when it is usable. */
  problems: SubscriptionProblem[];
  /** RFC 3339; null for one that was never checked. */
  validUntil: string | null;
  /** Whole days from now; negative when it is over. */
  daysLeft: number | null;
}

const dayMs = 86_400_000;
/** Difference between clocks that the products tolerate. */
const aheadMs = 5400 * 1000;
const refresh = 'Refresh the key on the online side ("pommgr subscription register"), then pack it again.';

/** Returns everything that is wrong with it, not only the first problem. */
export function judgeSubscription(info: SubscriptionInfo, options: JudgeOptions): SubscriptionJudgement {
  const until = validUntil(info);
  const problems = [
    ...statusProblems(info),
    ...keyProblems(info, options),
    ...serverProblems(info, options),
    ...signatureProblems(info, options),
    ...timeProblems(info, options.now),
  ];
  return {
    usable: problems.length === 0,
    problems,
    validUntil: until,
    daysLeft: daysUntil(until, options.now),
  };
}

/** Returns whether the only problem is that the signature could not be checked here. */
export function isOnlyUnchecked(problems: readonly SubscriptionProblem[]): boolean {
  return problems.length > 0 && problems.every(({ code }) => code === 'signature-unchecked');
}

/** Judges the mirror's own key. It needs no signature, because POM checks it by itself; it is valid until it is due. */
export function judgeMirrorKey(info: SubscriptionInfo, now: Date): SubscriptionJudgement {
  const date = dueDate(info);
  const due = date === null ? null : `${date}T00:00:00Z`;
  const problems = [...statusProblems(info), ...(due === null ? [] : overProblems(due, now))];
  return { usable: problems.length === 0, problems, validUntil: due, daysLeft: daysUntil(due, now) };
}

/** Returns the judgement for what cannot be judged further. */
export function unjudged(why: SubscriptionProblem): SubscriptionJudgement {
  return { usable: false, problems: [why], validUntil: null, daysLeft: null };
}

/** Whole days, negative when the time is past. */
export function daysUntil(time: string | null, now: Date): number | null {
  return time === null ? null : Math.floor((Date.parse(time) - now.getTime()) / dayMs);
}

function statusProblems({ status }: SubscriptionInfo): SubscriptionProblem[] {
  if (status.toLowerCase() === 'active') return [];
  const text = `Its status is ${shown(status)}, expected active.`;
  return [problem('status', text, "Look at the key in Proxmox's shop, then refresh it on the online side.")];
}

function keyProblems(info: SubscriptionInfo, options: JudgeOptions): SubscriptionProblem[] {
  const shape = parseSubscriptionKey(info.key);
  if (shape === undefined) {
    return [problem('key-shape', 'It names no subscription key of a known product.', refresh)];
  }
  const masked = maskSubscriptionKey(info.key);
  if (shape.product === 'pom') {
    const text = `${masked} is the key of the mirror itself; it is not activated on hosts.`;
    return [problem('mirror-key', text, 'Pack the key of the host.')];
  }
  const problems: SubscriptionProblem[] = [];
  if (!isKeyFormKnown(info.key)) {
    const text = `${masked} does not have the form that the product requires.`;
    problems.push(problem('key-shape', text, 'Compare the key with the shop: it may have been mistyped.'));
  }
  return [...problems, ...hostProblems(shape, { ...options, masked })];
}

/** Returns what makes it a key for another host. */
export function hostProblems(
  shape: SubscriptionKeyShape,
  {
    product,
    sockets,
    architecture,
    masked,
  }: Pick<JudgeOptions, 'product' | 'sockets' | 'architecture'> & { masked: string },
): SubscriptionProblem[] {
  const problems: SubscriptionProblem[] = [];
  if (product !== undefined && shape.product !== product) {
    const text = `${masked} is a key for ${shape.product}, expected one for ${product}.`;
    problems.push(problem('product', text, 'Choose the key of this product.'));
  }
  if (sockets !== undefined && shape.sockets !== null && shape.sockets < sockets) {
    const text = `${masked} covers ${shape.sockets} CPU sockets, the host has ${sockets}.`;
    problems.push(problem('sockets', text, 'Assign a key for at least as many sockets to this host.'));
  }
  if (architecture !== undefined && shape.isArm && architecture !== 'arm64') {
    const text = `${masked} is a key for arm64 hosts, this one is ${architecture}.`;
    problems.push(problem('architecture', text, 'Assign a key for this architecture to the host.'));
  }
  return problems;
}

function serverProblems({ serverid }: SubscriptionInfo, { serverIds }: JudgeOptions): SubscriptionProblem[] {
  const expected = serverIds?.map((id) => id.toUpperCase());
  if (typeof serverid === 'string' && expected?.includes(serverid.toUpperCase()) !== false) {
    return serverid === serverid.toUpperCase() ? [] : [lowerCaseProblem()];
  }
  const found = typeof serverid === 'string' ? 'another' : 'none';
  const text = `It was made for ${found === 'none' ? 'no server' : 'another server'}: the host's server ID is not the one it names.`;
  const hint =
    'Compare the server IDs of host and key. After a reinstall the key has to be reissued in the shop, then registered again.';
  return [problem('server', text, hint)];
}

/** The signature covers the case of the letters, so only the shop can correct it. */
function lowerCaseProblem(): SubscriptionProblem {
  return problem(
    'server',
    'It names the server ID in lower-case letters, and the products compare it letter by letter.',
    "Have the key reissued for the server ID in upper-case letters in Proxmox's shop, then register it again.",
  );
}

function signatureProblems(info: SubscriptionInfo, { publicKeyPem }: JudgeOptions): SubscriptionProblem[] {
  if (!isSigned(info)) {
    const hint = `Offline it needs a signed one. ${refresh}`;
    return [problem('unsigned', 'It is not signed by Proxmox.', hint)];
  }
  if (publicKeyPem === undefined) {
    const hint =
      'Copy /usr/share/keyrings/proxmox-offline-signing-key.pub from a Proxmox host to the same place here.';
    return [problem('signature-unchecked', "Proxmox's public key is not here to check it with.", hint)];
  }
  if (isInfoSignatureGood(info, publicKeyPem)) return [];
  const text = 'Its signature is not good: it was changed after Proxmox signed it, or another key signed it.';
  return [problem('signature', text, refresh)];
}

function timeProblems(info: SubscriptionInfo, now: Date): SubscriptionProblem[] {
  const until = validUntil(info);
  if (until === null) return [problem('never-checked', 'It was never checked with the shop.', refresh)];
  const problems: SubscriptionProblem[] = [];
  if ((info.checktime ?? 0) * 1000 > now.getTime() + aheadMs) {
    const text = `It was checked in the future, ${timeText((info.checktime ?? 0) * 1000)}; the clock here says ${timeText(now.getTime())}.`;
    problems.push(problem('not-yet-valid', text, 'Set the clock right, then try again.'));
  }
  return [...problems, ...overProblems(until, now)];
}

/** Returns no problem while `until` is in the future. */
export function overProblems(until: string, now: Date): SubscriptionProblem[] {
  if (Date.parse(until) > now.getTime()) return [];
  const text = `It was valid until ${until}; the clock here says ${timeText(now.getTime())}.`;
  return [problem('expired', text, `Renew the subscription if it has run out. ${refresh}`)];
}

export function problem(code: SubscriptionProblemCode, text: string, hint: string): SubscriptionProblem {
  return { code, text, hint };
}

function timeText(milliseconds: number): string {
  return formatTime(new Date(milliseconds));
}

/** Sanitises a status from another program. */
function shown(status: string): string {
  return /^[A-Za-z]{1,20}$/.test(status) ? status.toLowerCase() : 'unknown';
}
