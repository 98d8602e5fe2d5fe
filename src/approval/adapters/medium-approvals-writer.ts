/** Writes an approver's statement to a medium. Invariant: the text, which makes it a statement, is written last. */
import { makeDirectoryAt, removeTemporariesAt, writeAt } from '../../core/adapters/writes-at.ts';
import { below, pathOf } from '../../core/domain/place.ts';
import { approvalsPlace } from './medium-approvals.ts';

export interface StatementFiles {
  stem: string;
  text: Buffer;
  signature: Buffer;
  /** Words that the statement has no room for. */
  words: Buffer | undefined;
}

/** Returns the path of the statement. */
export async function writeStatement(
  media: string,
  bundle: string,
  { stem, text, signature, words }: StatementFiles,
): Promise<string> {
  const directory = approvalsPlace(media, bundle);
  await makeDirectoryAt(directory);
  await removeTemporariesAt(directory, (name) => name.startsWith(`${stem.slice(0, 16)}-`));
  if (words !== undefined) await writeAt(below(directory, `${stem}.words`), words);
  await writeAt(below(directory, `${stem}.sig`), signature);
  const place = below(directory, `${stem}.txt`);
  await writeAt(place, text);
  return pathOf(place);
}
