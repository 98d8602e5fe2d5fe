/** Writes the rebuild sheet of a host beside its lock: in both languages, as text, Markdown and HTML. */
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../../core/adapters/atomic-files.ts';
import type { HostLock } from '../../apt/domain/host-lock.ts';
import {
  renderSheet,
  type SheetFormat,
  type SheetLanguage,
} from '../../subscription/workflows/render-sheet.ts';
import { rebuildView } from '../domain/rebuild-view.ts';

const suffixes: Record<SheetFormat, string> = { text: 'txt', md: 'md', html: 'html' };
const languages: readonly SheetLanguage[] = ['en', 'ja'];

/** For `pve1.lock.json`: `pve1.rebuild.txt`, `pve1.rebuild.ja.txt` and so on; older ones are replaced. */
export async function writeRebuildSheets(
  lock: HostLock,
  { output, identity }: { output: string; identity: string | undefined },
): Promise<string[]> {
  const view = rebuildView(lock, { lockFile: basename(output), hasIdentity: identity !== undefined });
  const stem = basename(output).replace(/(?:\.lock)?\.json$/, '');
  const written: string[] = [];
  for (const lang of languages) {
    for (const [format, suffix] of Object.entries(suffixes) as [SheetFormat, string][]) {
      const name = `${stem}.rebuild.${lang === 'en' ? '' : `${lang}.`}${suffix}`;
      const path = join(dirname(output), name);
      await writeFileAtomic(path, await renderSheet('rebuild', view, { format, lang }));
      written.push(path);
    }
  }
  return written;
}
