/** Reads the texts in `templates/` that pommgr writes for others. */
import { readOwnFile } from './own-files.ts';

export async function readTemplate(name: string): Promise<string> {
  return await Promise.resolve(readOwnFile(`templates/${name}`));
}
