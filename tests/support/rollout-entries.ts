/** Entries of rollouts' records. */
import type { RolloutEntry } from '../../src/hosts/domain/rollout-entry.ts';
import { namedOf } from '../../src/core/domain/named.ts';

export const rolloutId = '20261128T110000Z-0123456789abcdef';

export function rolloutEntry(change: Partial<RolloutEntry> = {}): RolloutEntry {
  return {
    schema: 'pommgr/rollout-entry/v1',
    ...{ rollout: rolloutId, number: 1, previous: null, time: '2026-11-28T11:00:00Z' },
    host: { name: 'pve1', id: '0'.repeat(64) },
    ...{ owner: 'root@pve1', takenOverFrom: null, step: 'drain', node: 'pve2' },
    checks: [{ gate: 'quorum', ok: true, seen: 'quorate', enough: 'quorate' }],
    ...{ facts: namedOf([['quorum', { isKnown: true }]]), plan: null, logs: [], pommgrVersion: '0.2.0' },
    ...change,
  };
}
