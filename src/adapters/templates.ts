/** The texts in `templates/` that pommgr writes for others; found from src and from dist alike. */
import { readFile } from 'node:fs/promises';

const directory = new URL('../../templates/', import.meta.url);

export async function readTemplate(name: string): Promise<string> {
  return await readFile(new URL(name, directory), 'utf8');
}
