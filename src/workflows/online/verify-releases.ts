/** Step 1 of `snapshot`: the signed Release file of each mirror, believed only after its signature was good. */
import type { Downloader } from '../../adapters/download.ts';
import { readKeyring, verifyDetached, verifyInline } from '../../adapters/openpgp.ts';
import { sha256Hex } from '../../domain/digest.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Mirror } from '../../domain/mirror.ts';
import type { Context } from '../../domain/progress.ts';
import { checkRelease } from '../../domain/release-checks.ts';
import { parseRelease } from '../../domain/release-file.ts';
import type { VerifiedRelease } from './steps.ts';

/** Debian's are 150 kB; an endless body stops here. */
const maxReleaseBytes = 32 * 1024 * 1024;

/** @throws PommgrError `trust.*` for a signature, `network.*`, `integrity.*` for a Release that makes no sense. */
export async function verifyReleases(
  mirrors: readonly Mirror[],
  downloader: Downloader,
  context: Context,
): Promise<VerifiedRelease[]> {
  context.progress.step(`Checking the signed Release files of ${mirrors.length} mirrors`);
  return Promise.all(mirrors.map((mirror) => verifyRelease(mirror, downloader, context)));
}

async function verifyRelease(
  mirror: Mirror,
  downloader: Downloader,
  context: Context,
): Promise<VerifiedRelease> {
  const now = context.now();
  const keyring = await readKeyring(mirror.keyring);
  const fetched = await fetchRelease(mirror, downloader);
  const { data, uri } = fetched.release;
  const about = { where: `${uri} (mirror ${mirror.id})`, now };
  const signed =
    fetched.form === 'inline'
      ? await verifyInline(data, keyring, about)
      : await verifyDetached(data, keyring, { ...about, signature: fetched.signature.data });
  const release = parseRelease(Buffer.from(signed.text).toString('utf8'), uri);
  checkRelease(mirror, release, now);
  const releaseFiles = fetched.form === 'inline' ? [fetched.release] : [fetched.release, fetched.signature];
  return {
    mirror,
    release,
    textSha256: sha256Hex(signed.text),
    signers: signed.signers,
    certificates: signed.certificates,
    releaseFiles: releaseFiles.map(({ path, data }) => ({ path, data })),
  };
}

interface FetchedFile {
  path: string;
  uri: string;
  data: Uint8Array;
}

type FetchedRelease =
  | { form: 'inline'; release: FetchedFile }
  | { form: 'detached'; release: FetchedFile; signature: FetchedFile };

/** One of the two signed forms is enough; the inline one cannot come apart between two requests. */
async function fetchRelease(mirror: Mirror, downloader: Downloader): Promise<FetchedRelease> {
  const inline = await fetchFile(mirror, downloader, 'InRelease');
  if (inline !== undefined) return { form: 'inline', release: inline };
  const release = await fetchFile(mirror, downloader, 'Release');
  const signature = release === undefined ? undefined : await fetchFile(mirror, downloader, 'Release.gpg');
  if (release !== undefined && signature !== undefined) return { form: 'detached', release, signature };
  throw new PommgrError(
    'network.missing',
    `Mirror ${mirror.id}: ${mirror.uri}/dists/${mirror.suite}/ has neither InRelease nor Release with Release.gpg.`,
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
): Promise<FetchedFile | undefined> {
  const path = `dists/${mirror.suite}/${name}`;
  const uri = `${mirror.uri}/${path}`;
  const data = await downloader.fetchSmall(uri, maxReleaseBytes);
  return data === undefined ? undefined : { path, uri, data };
}
