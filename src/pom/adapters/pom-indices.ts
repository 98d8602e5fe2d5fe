/** Scans the Packages indices that POM has read for stanzas that it cannot read. */
import { plainLines } from '../../core/adapters/plain-file.ts';
import { isRegularFile } from '../../core/adapters/regular-file.ts';
import { createStanzaCheck, type UnreadableStanza } from '../domain/pom-stanza.ts';

/** The first stanza of an uncompressed index that POM cannot read; undefined where the file is not there. */
export async function findUnreadableStanza(path: string): Promise<UnreadableStanza | undefined> {
  if (!(await isRegularFile(path))) return undefined;
  const check = createStanzaCheck();
  for await (const line of plainLines(path)) {
    const found = check.push(line);
    if (found !== undefined) return found;
  }
  return check.end();
}
