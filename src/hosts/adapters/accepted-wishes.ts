/** Stores `<stateDir>/accepted-wishes.json`: what hosts requested and the online side accepted. */
import { join } from 'node:path';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import { readJsonFileIfThere, writeJsonFile } from '../../core/adapters/json-file.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { acceptedWishesKind, type AcceptedWish } from '../domain/wish.ts';

export async function readAcceptedWishes(stateDir: string): Promise<AcceptedWish[]> {
  return (await readJsonFileIfThere(acceptedWishesPath(stateDir), acceptedWishesKind))?.wishes ?? [];
}

/** Sorted by package and host. */
export async function writeAcceptedWishes(stateDir: string, wishes: readonly AcceptedWish[]): Promise<void> {
  await makeDirectory(stateDir);
  const sorted = wishes.toSorted(
    (a, b) => compareText(a.package, b.package) || compareText(a.host.id, b.host.id),
  );
  await writeJsonFile(acceptedWishesPath(stateDir), { schema: 'pommgr/accepted-wishes/v1', wishes: sorted });
}

/** Path of the file, there or not. */
export function acceptedWishesPath(stateDir: string): string {
  return join(stateDir, 'accepted-wishes.json');
}
