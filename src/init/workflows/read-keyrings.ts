/** Reads the keyrings that a drafted config needs beside it, and removes mirrors without a key from the draft. */
import { join } from 'node:path';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { combineKeyrings } from '../../upstream/adapters/keyring-files.ts';
import type { DraftKeyring } from '../domain/apt-draft.ts';
import type { ConfigDraft } from '../domain/config-text.ts';

/** A file to write; its path is absolute. */
export interface KeyringFile {
  path: string;
  bytes: Uint8Array;
  mode: number;
}

/**
 * apt accepts a source without a key where it says "trusted=yes"; such a mirror is left out with a warning.
 * @throws PommgrError `config.keyring` where no mirror remains.
 */
export async function readKeyrings(
  { draft, keyrings }: { draft: ConfigDraft; keyrings: readonly DraftKeyring[] },
  { directory, context }: { directory: string; context: Context },
): Promise<{ draft: ConfigDraft; files: KeyringFile[] }> {
  const files: KeyringFile[] = [];
  const keyless = new Map<string, PommgrError>();
  for (const keyring of keyrings) {
    try {
      const bytes = await bytesOf(keyring, context);
      files.push({ path: join(directory, keyring.path), bytes, mode: 0o644 });
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'config.keyring') throw error;
      keyless.set(keyring.path, error);
    }
  }
  const mirrors = draft.mirrors.filter(({ settings }) => !keyless.has(settings.keyring));
  const [first] = keyless.values();
  if (mirrors.length === 0 && first !== undefined) throw first;
  for (const { settings } of draft.mirrors) {
    const error = keyless.get(settings.keyring);
    if (error !== undefined)
      context.progress.warn(`${settings.id} (${settings.uri}) left out: ${error.message}`);
  }
  const left = new Set(mirrors.map(({ settings }) => settings.id));
  const targets = draft.targets
    .map((target) => ({ ...target, mirrors: target.mirrors.filter((id) => left.has(id)) }))
    .filter((target) => target.mirrors.length > 0);
  return { draft: { ...draft, mirrors, targets }, files };
}

async function bytesOf(keyring: DraftKeyring, { progress }: Context): Promise<Uint8Array> {
  if (keyring.from === 'text') return Buffer.from(keyring.armored);
  const { bytes, unreadable } = await combineKeyrings(keyring.files, keyring.fingerprints);
  for (const message of unreadable) progress.warn(message);
  return bytes;
}
