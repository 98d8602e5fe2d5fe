/**
 * Step 1 of `snapshot`: fetches the signed Release file of each mirror, which is used only after its signature was
 * verified.
 */
import type { Downloader } from '../adapters/download.ts';
import {
  readKeyring,
  verifyDetached,
  verifyInline,
  type Keyring,
  type VerifiedText,
} from '../adapters/openpgp.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { encodePath } from '../domain/uri-path.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { Context } from '../../core/domain/progress.ts';
import { checkRelease } from '../domain/release-checks.ts';
import { parseRelease, type ReleaseFile } from '../domain/release-file.ts';
import type { SignedBy } from '../domain/host-key-policy.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';

let sealed: (parts: {
  mirror: Mirror;
  text: VerifiedText;
  release: ReleaseFile;
  warnings: readonly string[];
  releaseFiles: VerifiedRelease['releaseFiles'];
}) => VerifiedRelease;

/** A Release file that a certificate of the mirror's keyring signed. Only `verifySignedRelease` creates one. */
export class VerifiedRelease {
  readonly mirror: Mirror;
  readonly release: ReleaseFile;
  /** Warnings that apt would print, too. */
  readonly warnings: readonly string[];
  /** InRelease, or Release and Release.gpg, as fetched; paths relative to the snapshot. */
  readonly releaseFiles: readonly { path: string; data: Uint8Array }[];
  readonly #text: VerifiedText;

  static {
    sealed = (parts) => new VerifiedRelease(parts);
  }

  private constructor({ mirror, text, release, warnings, releaseFiles }: Parameters<typeof sealed>[0]) {
    this.mirror = mirror;
    this.release = release;
    this.warnings = warnings;
    this.releaseFiles = releaseFiles;
    this.#text = text;
  }

  /** SHA-256 of the signed text. */
  get textSha256(): string {
    return sha256Hex(this.#text.text);
  }

  /** Fingerprints of the primary keys whose signature was good, sorted. */
  get signers(): string[] {
    return this.#text.signers;
  }

  /** Certificates of those keys, as one binary keyring. */
  get certificates(): Uint8Array {
    return this.#text.certificates;
  }

  /** Facts by which the hosts' own verifiers judge. */
  get signed(): SignedBy {
    return this.#text;
  }
}

/** Debian's Release files have 150 kB; an endless body stops here. */
export const maxReleaseBytes = 32 * 1024 * 1024;

/** @throws PommgrError `trust.*` for a signature, `network.*`, `integrity.*` for a Release that makes no sense. */
export async function verifyReleases(
  mirrors: readonly Mirror[],
  downloader: Downloader,
  context: Context,
): Promise<VerifiedRelease[]> {
  context.progress.step(
    `Checking the signed Release files of ${mirrors.length === 1 ? '1 mirror' : `${mirrors.length} mirrors`}`,
  );
  return Promise.all(mirrors.map((mirror) => verifyRelease(mirror, downloader, context)));
}

async function verifyRelease(
  mirror: Mirror,
  downloader: Downloader,
  context: Context,
): Promise<VerifiedRelease> {
  const keyring = await readKeyring(mirror.keyring);
  const signed = await fetchRelease(mirror, downloader);
  const verified = await verifySignedRelease(mirror, signed, { keyring, now: context.now() });
  for (const warning of verified.warnings) context.progress.warn(warning);
  return verified;
}

/** Verifies one signed form of a Release and parses it; `uri` of its files is for messages. */
export async function verifySignedRelease(
  mirror: Mirror,
  signed: SignedRelease,
  { keyring, now }: { keyring: Keyring; now: Date },
): Promise<VerifiedRelease> {
  const { data, uri } = signed.release;
  const about = { where: `${uri} (mirror ${mirror.id})`, now };
  const text =
    signed.form === 'inline'
      ? await verifyInline(data, keyring, about)
      : await verifyDetached(data, keyring, { ...about, signature: signed.signature.data });
  const release = parseRelease(Buffer.from(text.text).toString('utf8'), uri);
  const warnings = checkRelease(mirror, release, now);
  const releaseFiles = signed.form === 'inline' ? [signed.release] : [signed.release, signed.signature];
  return sealed({
    ...{ mirror, text, release, warnings },
    releaseFiles: releaseFiles.map(({ path, data: bytes }) => ({ path, data: bytes })),
  });
}

interface SignedFile {
  path: string;
  uri: string;
  data: Uint8Array;
}

/** One of the two signed forms. */
export type SignedRelease =
  | { form: 'inline'; release: SignedFile }
  | { form: 'detached'; release: SignedFile; signature: SignedFile };

/**
 * One of the two signed forms is enough; the two parts of the inline form cannot get out of step between two requests.
 */
async function fetchRelease(mirror: Mirror, downloader: Downloader): Promise<SignedRelease> {
  const inline = await fetchFile(mirror, downloader, 'InRelease');
  if (inline !== undefined) return { form: 'inline', release: inline };
  const release = await fetchFile(mirror, downloader, 'Release');
  const signature = release === undefined ? undefined : await fetchFile(mirror, downloader, 'Release.gpg');
  if (release !== undefined && signature !== undefined) return { form: 'detached', release, signature };
  throw new PommgrError(
    'network.missing',
    `Mirror ${mirror.id}: ${mirror.uri}/${suiteDirectory(mirror.suite)} has neither InRelease nor Release with Release.gpg.`,
    {
      hints: ['Check uri and suite of this mirror in the config, and whether upstream still offers it.'],
      details: { mirror: mirror.id, uri: mirror.uri, suite: mirror.suite },
    },
  );
}

async function fetchFile(
  mirror: Mirror,
  downloader: Downloader,
  name: string,
): Promise<SignedFile | undefined> {
  const path = `${suiteDirectory(mirror.suite)}${name}`;
  const uri = `${mirror.uri}/${encodePath(path)}`;
  const data = await downloader.fetchSmall(uri, maxReleaseBytes);
  return data === undefined ? undefined : { path, uri, data };
}
