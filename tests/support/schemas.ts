/** The JSON Schema of every file that pommgr writes for others or reads from them, made from zod. */
import { z } from 'zod';
import { stateSchema } from '../../src/adapters/state-file.ts';
import { hostConfigSchema } from '../../src/adapters/store.ts';
import { baselineSchema } from '../../src/domain/baseline.ts';
import { bundleSchema } from '../../src/domain/bundle.ts';
import { configSchema } from '../../src/domain/config.ts';
import { hostIdentitySchema, identityFilesSchema } from '../../src/domain/host-identity.ts';
import { hostLockSchema } from '../../src/domain/host-lock.ts';
import { packageEntrySchema } from '../../src/domain/package-entry.ts';
import { restoreJournalSchema } from '../../src/domain/restore-journal.ts';
import { rotationSchema } from '../../src/domain/rotation.ts';
import { auditRecordSchema, journalSchema, storeStateSchema } from '../../src/domain/store-state.ts';

const schemas: Record<string, z.ZodType> = {
  'audit-record': auditRecordSchema,
  baseline: baselineSchema,
  bundle: bundleSchema,
  config: configSchema,
  'host-config': hostConfigSchema,
  'host-identity': hostIdentitySchema,
  'host-identity-files': identityFilesSchema,
  'host-lock': hostLockSchema,
  journal: journalSchema,
  'key-rotation': rotationSchema,
  'package-entry': packageEntrySchema,
  'restore-journal': restoreJournalSchema,
  state: stateSchema,
  'store-state': storeStateSchema,
};

export const schemaNames = Object.keys(schemas);

/** As it is committed: what a file may hold, defaults not yet filled in. */
export function jsonSchemaText(name: string): string {
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`no schema ${name}`);
  return `${JSON.stringify({ title: `pommgr ${name}`, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
