/**
 * Parses the votes in `pvecm status` (votequorum(5), corosync-qdevice(8)), and computes how many are left without one
 * node.
 */

export interface Quorum {
  expected: number;
  total: number;
  /** Votes that the cluster needs. */
  needed: number;
  isQuorate: boolean;
  /** Votes of the members by node number; the QDevice's is 0. */
  votes: ReadonlyMap<number, number>;
}

const qdeviceId = 0;

/** @throws SyntaxError for a text that lacks any part of it, or that contradicts itself. */
export function parseQuorum(text: string): Quorum {
  const votes = new Map<number, number>();
  const flags = field(text, 'Flags', /[A-Za-z ]*/);
  let isDeviceSure = true;
  const hasQdevice = /\bQdevice\b/.test(flags);
  for (const line of text.split('\n')) {
    const [, id = '', own = '', rest = ''] = /^0x([0-9a-f]{8}) +([0-9]+) +(.*)$/.exec(line) ?? [];
    if (id === '') continue;
    const nodeid = Number.parseInt(id, 16);
    if (votes.has(nodeid)) throw new SyntaxError(`the member 0x${id} is there twice`);
    const isMember = nodeid !== qdeviceId;
    votes.set(nodeid, Number(own));
    // A(live), V(ote): a QDevice that is offline or votes no does not help when a node leaves.
    if (isMember && hasQdevice && !rest.startsWith('A,V,')) isDeviceSure = false;
  }
  if (!isDeviceSure) votes.delete(qdeviceId);
  const quorum = {
    expected: number(text, 'Expected votes'),
    total: number(text, 'Total votes'),
    needed: number(text, 'Quorum'),
    isQuorate: /\bQuorate\b/.test(flags),
    votes,
  };
  const sum = [...votes.values()].reduce((all, own) => all + own, 0);
  if (votes.size === 0 || sum > quorum.total) throw new SyntaxError('its members are not those of its votes');
  return quorum;
}

/** Votes of all members but one node. */
export function votesWithout({ votes }: Quorum, nodeid: number): number {
  return [...votes].reduce((all, [id, own]) => (id === nodeid ? all : all + own), 0);
}

/** More than half of the expected votes; a node that is offline is still expected. */
export function isEnough(votes: number, { expected, needed }: Quorum): boolean {
  return votes * 2 > expected && votes >= needed;
}

function number(text: string, label: string): number {
  return Number(field(text, label, /[0-9]+/));
}

function field(text: string, label: string, value: RegExp): string {
  const found = [...text.matchAll(new RegExp(`^${label}:[ \\t]*(${value.source})[ \\t]*$`, 'gm'))];
  const [only] = found;
  if (only?.[1] === undefined || found.length > 1) throw new SyntaxError(`expected one line "${label}:"`);
  return only[1];
}
