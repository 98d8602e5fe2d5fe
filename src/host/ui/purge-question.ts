/** Lists what a purge removes permanently and asks on the terminal; returns undefined where there is none. */
import { askYesNo } from '../../core/ui/terminal-question.ts';
import { printableName } from '../../core/domain/printable.ts';
import type { StoreSecret } from '../../store/domain/store-secret.ts';
import { secretLines } from './detach-text.ts';

export async function askForPurge({
  store,
  secrets,
}: {
  store: string;
  secrets: readonly StoreSecret[];
}): Promise<boolean | undefined> {
  const lines = secretLines(secrets).map((line) => `  ${line}\n`);
  const lost = lines.length === 0 ? '' : `These secrets are lost with it:\n${lines.join('')}`;
  const question = `This removes the store ${printableName(store)} and its audit log.\n${lost}Remove them?`;
  return askYesNo(question);
}
