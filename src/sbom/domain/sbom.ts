/**
 * What a software bill of materials is made from, whatever its format. Invariant: equal content gives equal bytes; the
 * serial number is derived from them, and the time is that of the subject.
 */
import { createHash } from 'node:crypto';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import { splitSource } from '../../apt/domain/package-source.ts';
import type { ObjectFact } from '../../core/domain/digest.ts';
import { packageUrl } from './package-url.ts';

export const sbomFormats = ['cyclonedx', 'spdx'] as const;
export type SbomFormat = (typeof sbomFormats)[number];

/** What the bill is about. */
export interface SbomSubject {
  kind: 'baseline' | 'target' | 'host';
  name: string;
  /** SHA-256 of the baseline's content, or of the host lock. */
  digest: string;
  /** RFC 3339. */
  created: string;
  /** Codename of the only Debian release of it; null where it has several, or an unknown one. */
  codename: string | null;
  toolVersion: string;
}

export interface SbomComponent {
  /** Unique in the bill. */
  ref: string;
  name: string;
  version: string;
  architecture: string;
  /** Null where no baseline knows the package. */
  source: { name: string; version: string } | null;
  /** `Origin` of the signed Release file; null where it is unknown. */
  origin: string | null;
  purl: string | null;
  /** Of the package file. */
  sha256: string | null;
  /** As the package's copyright file names them; null where it was not read, or names none. */
  licenses: ComponentLicenses | null;
}

export interface ComponentLicenses {
  /** SPDX license expression (SPDX 2.3, annex D); `LicenseRef-…` stands for a name that SPDX does not know. */
  expression: string;
  /** The names behind each `LicenseRef-…`. */
  named: { ref: string; name: string }[];
}

/** A subject with its components, to be read once. */
export interface Bill {
  subject: SbomSubject;
  components: AsyncIterable<SbomComponent>;
}

export interface SbomResult extends ObjectFact {
  format: SbomFormat;
  /** Null for standard output. */
  file: string | null;
  subject: SbomSubject;
  components: number;
  /** Components without a package URL: no signed Release of a known baseline names their origin. */
  withoutUrl: number;
}

export function componentOfEntry(
  entry: PackageEntry,
  { origin, codename }: { origin: string; codename: string | null },
): Omit<SbomComponent, 'ref'> {
  const { name, version, architecture, sha256 } = entry;
  const source = splitSource(entry);
  const purl = packageUrl({ name, version, architecture, source, origin, codename });
  return {
    ...{ name, version, architecture, source, purl, sha256 },
    origin: origin === '' ? null : origin,
    licenses: null,
  };
}

/** A name for a component in its bill: its URL, which is no name where two files have the same. */
export function createRefs(): (component: Omit<SbomComponent, 'ref'>) => SbomComponent {
  const taken = new Set<string>();
  return (component) => {
    const { name, version, architecture, purl, sha256 } = component;
    const plain = purl ?? `${name}:${architecture}@${version}`;
    const ref = taken.has(plain) ? `${plain}#${sha256 ?? taken.size}` : plain;
    taken.add(ref);
    return { ref, ...component };
  };
}

/**
 * Yields the pieces, and then `ending` with a UUID (RFC 9562, version 8) that is derived from all pieces before.
 */
export async function* withSerial(
  pieces: AsyncIterable<string>,
  ending: (uuid: string) => string,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  yield ending(uuidOf(hash.digest()));
}

function uuidOf(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
