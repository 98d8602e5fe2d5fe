/**
 * OpenPGP keys and signatures for fixtures, made by the real gpg in a private GNUPGHOME.
 * The home and its agent end with the test file that imported this.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dir } from 'tmp-promise';
import { afterTestFile } from './file-end.ts';
import { run } from '../../src/core/adapters/process.ts';

export interface SigningIdentity {
  name: string;
  /** 40 upper-case hex digits of the primary key. */
  fingerprint: string;
  /** Path of the public certificate as a binary keyring. */
  binaryKeyring: string;
  /** Path of the same, armored. */
  armoredKeyring: string;
}

export interface IdentityOptions {
  name: string;
  /** As `gpg --quick-generate-key` takes it: `ed25519` (default), `rsa2048`, `rsa1024`, … */
  algorithm?: string;
  /** Default: 2020-01-01. */
  created?: Date;
  /** Default: never. */
  expires?: Date;
  /** Digest of the self-signatures. Default: as gpg likes it. */
  bindingDigest?: string;
}

export interface SignOptions {
  /** Time of the signature. Default: the present. */
  signedAt?: Date;
  /** `SHA1`, `SHA224`, `SHA256`, `SHA512` (default). */
  digestAlgorithm?: string;
}

let home: string | undefined;

afterTestFile(async () => {
  if (home === undefined) return;
  await run('gpgconf', ['--homedir', home, '--kill', 'all']);
  await rm(home, { recursive: true, force: true });
  home = undefined;
});

/** Makes a key that can sign, and exports its public certificate. */
export async function createSigningIdentity(options: IdentityOptions): Promise<SigningIdentity> {
  const created = options.created ?? new Date('2020-01-01T00:00:00Z');
  const userId = `${options.name} <${options.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}@example.invalid>`;
  const expires = options.expires === undefined ? 'never' : gpgTime(options.expires);
  const { stdout } = await gpg(
    [
      '--status-fd',
      '1',
      '--yes',
      ...(options.bindingDigest === undefined ? [] : ['--cert-digest-algo', options.bindingDigest]),
      '--quick-generate-key',
      userId,
      options.algorithm ?? 'ed25519',
      'sign',
      expires,
    ],
    created,
  );
  const fingerprint = /KEY_CREATED . ([0-9A-F]+)/.exec(stdout)?.[1];
  if (fingerprint === undefined) throw new Error(`gpg made no key:\n${stdout}`);
  const binaryKeyring = join(await gnupgHome(), `${fingerprint}.gpg`);
  const armoredKeyring = join(await gnupgHome(), `${fingerprint}.asc`);
  await gpg(['--output', binaryKeyring, '--export', fingerprint]);
  await gpg(['--armor', '--output', armoredKeyring, '--export', fingerprint]);
  return { name: options.name, fingerprint, binaryKeyring, armoredKeyring };
}

/** Writes one keyring file with the certificates of several identities, one after the other. */
export async function writeKeyring(
  path: string,
  identities: readonly SigningIdentity[],
  { armored = false } = {},
): Promise<void> {
  const parts: Buffer[] = [];
  for (const identity of identities) {
    parts.push(await readFile(armored ? identity.armoredKeyring : identity.binaryKeyring));
  }
  await writeFile(path, Buffer.concat(parts));
}

/** The armored revocation certificate that gpg made with the key. */
export async function revocationOf(identity: SigningIdentity): Promise<Buffer> {
  const file = join(await gnupgHome(), 'openpgp-revocs.d', `${identity.fingerprint}.rev`);
  const text = await readFile(file, 'utf8');
  return Buffer.from(text.slice(text.indexOf(':-----BEGIN') + 1));
}

/** Revokes the key, which signs no more, and writes its certificate with the revocation. */
export async function writeRevokedKeyring(path: string, identity: SigningIdentity): Promise<void> {
  await gpg(['--import'], undefined, await revocationOf(identity));
  await gpg(['--output', path, '--export', identity.fingerprint]);
}

/** The text with its signatures inside one cleartext block, as an `InRelease` file. */
export async function signInline(
  text: string | Uint8Array,
  signers: readonly SigningIdentity[],
  options: SignOptions = {},
): Promise<Buffer> {
  return await sign('--clearsign', text, { signers, ...options });
}

/** Armored signatures apart from the text, as a `Release.gpg` file. */
export async function signDetached(
  text: string | Uint8Array,
  signers: readonly SigningIdentity[],
  options: SignOptions = {},
): Promise<Buffer> {
  return await sign('--detach-sign', text, { signers, ...options });
}

async function sign(
  mode: '--clearsign' | '--detach-sign',
  text: string | Uint8Array,
  options: SignOptions & { signers: readonly SigningIdentity[] },
): Promise<Buffer> {
  const output = join(await gnupgHome(), 'signed.out');
  const users = options.signers.flatMap((signer) => ['--local-user', signer.fingerprint]);
  const digest = options.digestAlgorithm ?? 'SHA512';
  await gpg(
    ['--yes', '--armor', '--allow-weak-digest-algos', '--digest-algo', digest, ...users].concat([
      '--output',
      output,
      mode,
    ]),
    options.signedAt,
    text,
  );
  return await readFile(output);
}

async function gpg(args: readonly string[], at?: Date, input?: string | Uint8Array) {
  return await run(
    'gpg',
    [
      '--homedir',
      await gnupgHome(),
      '--batch',
      '--no-tty',
      '--quiet',
      '--trust-model',
      'always',
      '--no-auto-check-trustdb',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      ...(at === undefined ? [] : ['--faked-system-time', `${gpgTime(at)}!`]),
      ...args,
    ],
    input === undefined ? {} : { input },
  );
}

async function gnupgHome(): Promise<string> {
  home ??= (await dir({ prefix: 'pommgr-gpg-', mode: 0o700 })).path;
  return home;
}

/** `YYYYMMDDTHHMMSS`, UTC. */
function gpgTime(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
}
