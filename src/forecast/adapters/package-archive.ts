/**
 * Reads a .deb as dpkg does (deb(5)): dpkg-deb(1) unpacks both members, whatever their compression, as streams.
 * Invariant: memory is limited by what is requested, never by the size of a package, and nothing is written.
 */
import { createHash } from 'node:crypto';
import { streamOutput } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readTarEntries, type TarEntry } from './tar-entries.ts';

/** Far larger than the largest control archive and the largest package of Debian. */
const maxControlBytes = 64 * 1024 * 1024;
const maxDataBytes = 64 * 1024 * 1024 * 1024;
/** Control files that a forecast is made from. */
const controlNames = [
  ...['control', 'conffiles', 'md5sums', 'templates', 'config'],
  ...['preinst', 'postinst', 'prerm', 'postrm', 'triggers'],
];

/** Returns the control files by name; those that the package lacks are absent. @throws PommgrError `tool.dpkg`. */
export async function readControlFiles(deb: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of entriesOf(deb, '--ctrl-tarfile', maxControlBytes)) {
    const name = entry.path.slice(1);
    if (entry.kind === 'file' && controlNames.includes(name)) files.set(name, await contentOf(entry));
  }
  return files;
}

export interface WantedFiles {
  /** Paths whose MD5 is wanted. */
  digests: ReadonlySet<string>;
  /** Paths whose content is wanted, up to this many bytes. */
  contents: ReadonlySet<string>;
  maxContentBytes: number;
  /** Paths below which sizes are wanted, such as `/boot/`; the whole package is read then. */
  sizesBelow?: string;
}

export interface FoundFiles {
  /** MD5 by path. */
  digests: Map<string, string>;
  /** Null for a file that exceeds the limit. */
  contents: Map<string, Buffer | null>;
  sizes: Map<string, number>;
}

/**
 * Reads the files of a package until it has everything that is wanted. @throws PommgrError `tool.dpkg`,
 * `integrity.package`.
 */
export async function readFiles(deb: string, wanted: WantedFiles): Promise<FoundFiles> {
  const found: FoundFiles = { digests: new Map(), contents: new Map(), sizes: new Map() };
  const links = new Map<string, string>();
  const missing = new Set([...wanted.digests, ...wanted.contents]);
  if (missing.size === 0 && wanted.sizesBelow === undefined) return found;
  for await (const entry of readDataEntries(deb)) {
    const { path, kind, sizeBytes } = entry;
    if (wanted.sizesBelow !== undefined && kind === 'file' && path.startsWith(wanted.sizesBelow))
      found.sizes.set(path, sizeBytes);
    if (!missing.delete(path)) continue;
    if (kind === 'file') await takeFile(entry, wanted, found);
    else if (kind === 'hard-link') links.set(path, `/${entry.target.replace(/^(?:\.?\/)+/, '')}`);
    if (missing.size === 0 && wanted.sizesBelow === undefined) break;
  }
  if (links.size > 0) await takeLinks(deb, { wanted, links, found });
  return found;
}

/** The content of a hard link came earlier, under the name of its target. */
async function takeLinks(
  deb: string,
  { wanted, links, found }: { wanted: WantedFiles; links: ReadonlyMap<string, string>; found: FoundFiles },
): Promise<void> {
  const targets = new Set(links.values());
  const first = await readFiles(deb, {
    digests: targets,
    contents: targets,
    maxContentBytes: wanted.maxContentBytes,
  });
  for (const [path, target] of links) {
    const digest = first.digests.get(target);
    const content = first.contents.get(target);
    if (digest !== undefined) found.digests.set(path, digest);
    if (content !== undefined) found.contents.set(path, content);
  }
}

async function takeFile(entry: TarEntry, wanted: WantedFiles, found: FoundFiles): Promise<void> {
  const { path, sizeBytes, body } = entry;
  const isKept = wanted.contents.has(path) && sizeBytes <= wanted.maxContentBytes;
  const hash = createHash('md5');
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    hash.update(chunk);
    if (isKept) chunks.push(Buffer.from(chunk));
  }
  if (wanted.digests.has(path)) found.digests.set(path, hash.digest('hex'));
  if (wanted.contents.has(path)) found.contents.set(path, isKept ? Buffer.concat(chunks) : null);
}

async function contentOf({ body }: TarEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Yields the files of a package in order. @throws PommgrError `tool.dpkg`, `integrity.package`. */
export function readDataEntries(deb: string): AsyncGenerator<TarEntry> {
  return entriesOf(deb, '--fsys-tarfile', maxDataBytes);
}

async function* entriesOf(deb: string, member: string, maxBytes: number): AsyncGenerator<TarEntry> {
  yield* readTarEntries(bounded(deb, member, maxBytes), deb);
}

async function* bounded(deb: string, member: string, maxBytes: number): AsyncGenerator<Buffer> {
  let left = maxBytes;
  for await (const chunk of streamOutput('dpkg-deb', [member, deb], { code: 'tool.dpkg' })) {
    left -= chunk.length;
    if (left < 0) {
      throw new PommgrError('integrity.package', `${deb} unpacks to more than ${maxBytes} bytes.`, {
        hints: ['No package of Debian or Proxmox is as large. Do not install it.'],
        details: { file: deb, expected: maxBytes },
      });
    }
    yield chunk;
  }
}
