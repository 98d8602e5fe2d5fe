/** Changes to packed bundles as an attacker would make them, with or without the operator's signature renewed. */
import { createPrivateKey, sign } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeTarHeader } from '../../src/core/adapters/archive.ts';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { tarPaddingBytes } from '../../src/medium/domain/volume-plan.ts';
import { tarBlockBytes, tarEndBytes } from '../../src/core/domain/tar-blocks.ts';

export interface TarEntry {
  header: Buffer;
  name: string;
  data: Buffer;
}

/** Reads the entries of a volume that pommgr wrote. */
function readEntries(volume: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; at < volume.length && volume[at] !== 0; ) {
    const header = volume.subarray(at, at + tarBlockBytes);
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const start = at + tarBlockBytes;
    entries.push({ header, name, data: volume.subarray(start, start + size) });
    at = start + size + tarPaddingBytes(size);
  }
  return entries;
}

export function writeEntries(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ header, data }) => [
    header,
    data,
    Buffer.alloc(tarPaddingBytes(data.length)),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(tarEndBytes)]);
}

/** An entry as pommgr writes it. */
export function entryOf(name: string, data: Buffer): TarEntry {
  return { header: encodeTarHeader(name, data.length), name, data };
}

/** The header with another type flag or mode, and the checksum that goes with it. */
export function changeHeader(header: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(header);
  change(copy);
  copy.fill(' ', 148, 156);
  const sum = copy.reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}

/** Replaces volumes' entries, then makes bundle.json, root and signature fit them, as if the operator had packed it so. */
export async function repackVolume(
  bundle: string,
  privateKeyFile: string,
  change: (entries: TarEntry[]) => TarEntry[] | Buffer,
): Promise<void> {
  const path = join(bundle, 'vol-0001.tar');
  const changed = change(readEntries(await readFile(path)));
  await writeFile(path, Buffer.isBuffer(changed) ? changed : writeEntries(changed));
  await resign(bundle, privateKeyFile);
}

/** Makes bundle.json (changed by `edit` at the end), root and signature fit the volumes that are there. */
export async function resign(
  bundle: string,
  privateKeyFile: string,
  edit: (document: Bundle) => void = () => {},
): Promise<void> {
  const names = (await readdir(bundle)).filter((name) => name.endsWith('.tar')).toSorted();
  const document = JSON.parse(await readFile(join(bundle, 'bundle.json'), 'utf8')) as Bundle;
  document.volumes = [];
  for (const file of names) {
    const data = await readFile(join(bundle, file));
    const objects = countObjects(data);
    document.volumes.push({ file, sizeBytes: data.length, sha256: sha256Hex(data), objects });
  }
  edit(document);
  await writeFile(join(bundle, 'bundle.json'), canonicalJson(document));
  const lines = document.volumes.map(({ file, sha256 }) => `${sha256}  ${file}\n`);
  await signRoot(
    bundle,
    privateKeyFile,
    `${await purposeLine(bundle)}${sha256Hex(canonicalJson(document))}  bundle.json\n${lines.join('')}`,
  );
}

/** The line of the root for what the bundle is. */
export async function purposeLine(bundle: string): Promise<string> {
  return `${sha256Hex(await readFile(join(bundle, 'PURPOSE')))}  PURPOSE\n`;
}

/** Signs any text as the root; all other signatures are removed. */
export async function signRoot(bundle: string, privateKeyFile: string, root: string): Promise<void> {
  const signatures = (await readdir(bundle)).filter((name) => name.endsWith('.sig'));
  const key = createPrivateKey(await readFile(privateKeyFile));
  await writeFile(join(bundle, 'SHA256SUMS'), root);
  for (const name of signatures.slice(1)) await rm(join(bundle, name));
  await writeFile(join(bundle, signatures[0] ?? ''), sign(null, Buffer.from(root), key));
}

function countObjects(volume: Buffer): number {
  return volume[0] === 0 ? 0 : readEntries(volume).filter(({ name }) => name.startsWith('objects/')).length;
}

/** Puts other documents into the volume, and makes bundle.json and the signature fit them. */
export async function repackDocuments(
  bundle: string,
  privateKeyFile: string,
  { list, edit }: { list?: Buffer; edit?: (baseline: Baseline) => void },
): Promise<void> {
  let documents: TarEntry[] = [];
  await repackVolume(bundle, privateKeyFile, (entries) => {
    const [first, second, ...objects] = entries;
    const baseline = JSON.parse(String(first?.data)) as Baseline;
    const packages = list ?? second?.data ?? Buffer.alloc(0);
    baseline.packages = { sizeBytes: packages.length, sha256: sha256Hex(packages) };
    edit?.(baseline);
    documents = [
      entryOf('baseline.json', Buffer.from(canonicalJson(baseline))),
      entryOf('packages.jsonl', packages),
    ];
    return [...documents, ...objects];
  });
  await resign(bundle, privateKeyFile, (document) => {
    const [baseline, packages] = documents.map(({ data }) => ({
      sizeBytes: data.length,
      sha256: sha256Hex(data),
    }));
    if (baseline === undefined || packages === undefined) throw new Error('no documents');
    document.baseline.file = baseline;
    document.packages = packages;
  });
}
