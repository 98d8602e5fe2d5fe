/**
 * Parses what the products' own tools say about a host's subscription: `name: value` lines (`pvesubscription get`,
 * `pmgsubscription get`) or JSON (`proxmox-backup-manager subscription get --output-format json`). Invariant: only
 * `key` holds the subscription key.
 */
import { redactSecrets } from '../../core/domain/redaction.ts';
import { serverIdsIn } from '../../apt/domain/server-ids.ts';
import { plainDate } from './subscription-info.ts';

export interface SubscriptionAnswer {
  /** Lower-case: `active`, `invalid`, `notfound`, …; `unknown` where it names none. */
  status: string;
  /** Why it is not active; without secrets and without a full stop. Null where there is no reason. */
  message: string | null;
  key: string | null;
  /** Like `2027-01-31`. */
  nextDueDate: string | null;
  /** Seconds since 1970. */
  checkTime: number | null;
  isSigned: boolean;
  /** Upper-case. */
  serverIds: string[];
  /** CPU sockets of the host; only PVE's tool tells them. */
  sockets: number | null;
}

export function parseSubscriptionAnswer(output: string): SubscriptionAnswer {
  const members = readMembers(output);
  const message = members.get('message');
  return {
    status: redactSecrets(members.get('status') ?? 'unknown').toLowerCase(),
    message: message === undefined ? null : redactSecrets(message).replace(/[.\s]+$/, ''),
    key: members.get('key') ?? null,
    nextDueDate: plainDate(members.get('nextduedate') ?? ''),
    checkTime: wholeNumber(members.get('checktime')),
    isSigned: members.has('signature'),
    serverIds: serverIdsIn(output),
    sockets: wholeNumber(members.get('sockets')),
  };
}

function readMembers(output: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const [name, value] of output.trimStart().startsWith('{')
    ? jsonEntries(output)
    : lineEntries(output)) {
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') {
      members.set(name.toLowerCase(), String(value));
    }
  }
  return members;
}

function jsonEntries(output: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(output) as object);
  } catch {
    // Unreadable text names nothing.
    return [];
  }
}

function lineEntries(output: string): [string, unknown][] {
  return output.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trim()] as [string, unknown]];
  });
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}
