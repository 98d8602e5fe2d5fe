/**
 * Chooses what a TLS connection to a mirror trusts and presents, as apt does: the system's certificate store or the
 * mirror's caFile, and the mirror's client certificate. Invariant: a client certificate is presented only to the
 * mirror's own host.
 */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { AccessFile, Mirror } from '../../config/domain/mirror.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Environment } from './proxy.ts';

/** Paths of the systems' certificate stores: Debian (which GnuTLS and so apt reads), Red Hat, SUSE, Alpine. */
const systemStores = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** One set of TLS settings; connections of equal `name` may be shared. */
export interface TlsSettings {
  name: string;
  context: SecureContext;
}

/** Returns the settings for a request to `target` on behalf of the URI that was requested first. */
export type FindTls = (target: URL, asked: URL) => Promise<TlsSettings>;

type MirrorTls = Pick<Mirror, 'uri' | AccessFile>;

/**
 * Files are read when the first https connection needs them. A mirror's caFile replaces the system's store, as CaInfo
 * does in apt.conf; where the mirror redirects to another host, either may vouch for that host.
 * @throws PommgrError, from the function, `config.caFile`, `config.clientCertificate` for a file that cannot be used.
 */
export function createTlsFinder(mirrors: readonly MirrorTls[], environment: Environment): FindTls {
  const known = new Map<string, Promise<TlsSettings>>();
  let system: Promise<string[] | undefined> | undefined;

  async function settingsFor(
    name: string,
    { mirror, isOwnHost }: { mirror: MirrorTls | undefined; isOwnHost: boolean },
  ): Promise<TlsSettings> {
    const own = mirror?.caFile === undefined ? undefined : await readSetting(mirror.caFile, 'caFile', mirror);
    system ??= readSystemStore(environment);
    const trusted = own === undefined ? await system : isOwnHost ? [own] : [own, ...((await system) ?? [])];
    const certificate = isOwnHost ? mirror?.clientCertificate : undefined;
    return {
      name,
      context: createContext(
        {
          // GnuTLS also treats an intermediate certificate in the store as an anchor.
          allowPartialTrustChain: true,
          ...(trusted === undefined ? {} : { ca: trusted }),
          ...(certificate === undefined || mirror === undefined
            ? {}
            : {
                cert: await readSetting(certificate, 'clientCertificate', mirror),
                key: await readSetting(mirror.clientKey ?? certificate, 'clientKey', mirror),
              }),
        },
        mirror,
      ),
    };
  }

  return (target, asked) => {
    const mirror = mirrorOf(asked, mirrors);
    const isOwnHost = target.origin === asked.origin;
    const files = isOwnHost
      ? [mirror?.caFile, mirror?.clientCertificate, mirror?.clientKey]
      : [mirror?.caFile, 'elsewhere'];
    const name = files.every((file) => file === undefined) ? '' : JSON.stringify(files);
    const settings = known.get(name) ?? settingsFor(name, { mirror, isOwnHost });
    known.set(name, settings);
    return settings;
  };
}

/** Returns the mirror with the longest URI that is a prefix of `uri`. */
function mirrorOf(uri: URL, mirrors: readonly MirrorTls[]): MirrorTls | undefined {
  let best: MirrorTls | undefined;
  for (const mirror of mirrors) {
    if (!uri.href.startsWith(new URL(`${mirror.uri}/`).href)) continue;
    if (best === undefined || mirror.uri.length > best.uri.length) best = mirror;
  }
  return best;
}

/** Returns the first store that exists, and what NODE_EXTRA_CA_CERTS adds; undefined leaves the choice to Node.js. */
async function readSystemStore(environment: Environment): Promise<string[] | undefined> {
  for (const path of systemStores) {
    const store = await readIfThere(path);
    if (store === undefined || !store.includes('-----BEGIN')) continue;
    const extra = environment['NODE_EXTRA_CA_CERTS'];
    const more = extra === undefined || extra === '' ? undefined : await readIfThere(extra);
    return more === undefined ? [store] : [store, more];
  }
  return undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readPlainText(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function readSetting(
  path: string,
  setting: 'caFile' | 'clientCertificate' | 'clientKey',
  { uri }: MirrorTls,
): Promise<string> {
  try {
    const text = await readPlainText(path);
    if (text.includes('-----BEGIN')) return text;
  } catch (cause) {
    const why = systemErrorCode(cause);
    if (why === undefined) throw cause;
    throw unusable(`${path} cannot be read (${why})`, { path, setting, uri, cause });
  }
  throw unusable(`${path} holds nothing in PEM format`, { path, setting, uri });
}

function unusable(
  why: string,
  about: { path: string; setting: string; uri: string; cause?: unknown },
): PommgrError {
  const { path, setting, uri, cause } = about;
  const code = setting === 'caFile' ? 'config.caFile' : 'config.clientCertificate';
  return new PommgrError(code, `Mirror ${uri}, ${setting}: ${why}.`, {
    hints: [
      'Certificates and keys are read in PEM format, a key without a passphrase: openssl x509, openssl pkey.',
    ],
    details: { file: path, setting },
    cause,
  });
}

function createContext(
  options: Parameters<typeof createSecureContext>[0],
  mirror: MirrorTls | undefined,
): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    if (mirror === undefined || !(cause instanceof Error)) throw cause;
    const setting = mirror.clientCertificate === undefined ? 'caFile' : 'clientCertificate';
    const path = mirror.clientCertificate ?? mirror.caFile ?? '';
    throw unusable(`${path} cannot be used (${cause.message})`, { path, setting, uri: mirror.uri, cause });
  }
}
