/** The JSON Schema of every file that pommgr writes for others or reads from them, made from zod. */
import { z } from 'zod';
import { reportSummarySchema } from '../../src/approval/domain/report-summary.ts';
import { advisoryRecordSchema } from '../../src/advisories/domain/advisory-record.ts';
import { hostConfigSchema } from '../../src/config/adapters/host-config.ts';
import { inUseSchema } from '../../src/baseline/adapters/baselines-in-use.ts';
import { stateSchema } from '../../src/baseline/adapters/state-file.ts';
import { baselineSchema } from '../../src/baseline/domain/baseline.ts';
import { bundleSchema } from '../../src/medium/domain/bundle.ts';
import { packedTargetsSchema } from '../../src/bundle/domain/packed-targets.ts';
import { heldTargetsKind } from '../../src/store/domain/held-targets.ts';
import { lockProofSchema } from '../../src/closure/domain/lock-proof.ts';
import { configSchema } from '../../src/config/domain/config.ts';
import { storedExtrasSchema } from '../../src/config/domain/extras.ts';
import { hostIdentitySchema } from '../../src/restore/domain/host-identity.ts';
import { hostLockSchema } from '../../src/apt/domain/host-lock.ts';
import { incomingSchema } from '../../src/bundle/domain/incoming.ts';
import { keptSubscriptionSchema } from '../../src/store/domain/kept-subscription.ts';
import { packProgressSchema } from '../../src/medium/domain/pack-progress.ts';
import { packageEntrySchema } from '../../src/apt/domain/package-entry.ts';
import { receiptSchema } from '../../src/hosts/domain/receipt.ts';
import { rolloutEntrySchema } from '../../src/hosts/domain/rollout-entry.ts';
import { acceptedWishesKind, pendingWishesKind } from '../../src/hosts/domain/wish.ts';
import { restoreJournalSchema } from '../../src/store/domain/restore-journal.ts';
import { upgradeJournalSchema } from '../../src/store/domain/upgrade-journal.ts';
import { rolloutSchema } from '../../src/cluster/domain/rollout.ts';
import { rotationSchema } from '../../src/trust/domain/rotation.ts';
import { subscriptionSetSchema } from '../../src/subscription/domain/subscription-set.ts';
import { storeIndexSchema } from '../../src/store/domain/store-index.ts';
import { storeStateSchema } from '../../src/store/domain/store-state.ts';
import { auditRecordSchema } from '../../src/store/domain/audit-record.ts';
import { journalSchema } from '../../src/store/domain/journal.ts';

const schemas: Record<string, z.ZodType> = {
  advisories: advisoryRecordSchema,
  'accepted-wishes': acceptedWishesKind.schema,
  'audit-record': auditRecordSchema,
  baseline: baselineSchema,
  bundle: bundleSchema,
  config: configSchema,
  'held-targets': heldTargetsKind.schema,
  'host-config': hostConfigSchema,
  'host-identity': hostIdentitySchema,
  'host-lock': hostLockSchema,
  incoming: incomingSchema,
  journal: journalSchema,
  'lock-proof': lockProofSchema,
  'kept-subscription': keptSubscriptionSchema,
  'key-rotation': rotationSchema,
  'pack-progress': packProgressSchema,
  'package-entry': packageEntrySchema,
  'packed-targets': packedTargetsSchema,
  receipt: receiptSchema,
  report: reportSummarySchema,
  'restore-journal': restoreJournalSchema,
  'upgrade-journal': upgradeJournalSchema,
  'in-use': inUseSchema,
  state: stateSchema,
  rollout: rolloutSchema,
  'rollout-entry': rolloutEntrySchema,
  'store-index': storeIndexSchema,
  'store-state': storeStateSchema,
  subscriptions: subscriptionSetSchema,
  'stored-extras': storedExtrasSchema,
  wishes: pendingWishesKind.schema,
};

export const schemaNames = Object.keys(schemas);

/** As it is committed: what a file may hold, defaults not yet filled in. */
export function jsonSchemaText(name: string): string {
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`no schema ${name}`);
  return `${JSON.stringify({ title: `pommgr ${name}`, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
