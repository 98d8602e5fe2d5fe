/** Signatures of Release files, checked by the real gpgv against one certificate after the other, as POM does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PomError } from './errors.mjs';
import { certificatesOf, rsaBits } from './openpgp-packets.mjs';
import { say, warn } from './output.mjs';

/**
 * @typedef {object} SignatureRequest
 * @property {Buffer} content `Release` or `InRelease`
 * @property {Buffer} [signature] of `Release`
 * @property {Buffer} key content of the key file
 * @property {string} [weakCrypto] the mirror's option
 */

/**
 * The signed text, or POM's error.
 * @param {SignatureRequest} request
 * @returns {Buffer}
 */
export function verifySignature({ content, signature, key, weakCrypto = '' }) {
  const directory = mkdtempSync(join(tmpdir(), 'pom-standin-'));
  try {
    writeFileSync(join(directory, 'content'), content);
    if (signature !== undefined) writeFileSync(join(directory, 'signature'), signature);
    for (const certificate of certificatesOf(key)) {
      writeFileSync(join(directory, 'keyring'), certificate);
      const problems = check(directory, { certificate, weakCrypto, detached: signature !== undefined });
      if (problems.length === 0) {
        if (signature !== undefined) return content;
        const text = withoutLastNewline(readFileSync(join(directory, 'text')));
        say(`${text.length} bytes verified`);
        return text;
      }
      warnOf(problems);
    }
    throw new PomError('No valid signature found.');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {Buffer} content */
function malformed(content) {
  return content.includes('-----BEGIN PGP')
    ? 'Malformed Message: Malformed OpenPGP message'
    : 'unexpected EOF';
}

/**
 * What is wrong with each signature; nothing when one of them is good.
 * @param {string} directory
 * @param {{ certificate: Buffer, weakCrypto: string, detached: boolean }} options
 */
function check(directory, { certificate, weakCrypto, detached }) {
  rmSync(join(directory, 'text'), { force: true });
  const files = detached ? ['signature', 'content'] : ['--output', 'text', 'content'];
  const options = ['--homedir', directory, '--keyring', join(directory, 'keyring'), '--status-fd', '1'];
  const result = spawnSync('gpgv', [...options, ...files], { cwd: directory, encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  /** @type {string[]} */
  const problems = [];
  let good = false;
  let expired = false;
  for (const line of result.stdout.split('\n')) {
    const [, status, ...words] = line.split(' ');
    if (status === 'NODATA') throw new PomError(malformed(readFileSync(join(directory, 'content'))));
    if (status === 'ERRSIG') problems.push(`Missing key: ${words[6] ?? words[0]}`);
    if (status === 'BADSIG') problems.push('Bad signature: Message has been manipulated');
    if (status === 'NEWSIG') expired = false;
    if (status === 'EXPKEYSIG' || status === 'REVKEYSIG' || status === 'EXPSIG') {
      expired = true;
      problems.push(`Bad key: ${status}`);
    }
    if (status === 'VALIDSIG' && !expired) {
      const weakness = policyProblem({ digest: words[7] ?? '', bits: rsaBits(certificate), weakCrypto });
      if (weakness === undefined) good = true;
      else problems.push(weakness);
    }
  }
  if (good) return [];
  return problems.length > 0 ? problems : ['Bad signature: Message has been manipulated'];
}

/**
 * @param {{ digest: string, bits: number | undefined, weakCrypto: string }} facts `digest` as OpenPGP numbers it
 */
function policyProblem({ digest, bits, weakCrypto }) {
  const allowed = new Map(
    weakCrypto.split(',').map((part) => [part.split('=')[0], part.split('=')[1] ?? '']),
  );
  const smallest = Number(allowed.get('min-rsa-key-size') ?? 2048);
  if (bits !== undefined && bits < smallest)
    return `Bad key: Policy rejected asymmetric algorithm RSA${bits}`;
  if (digest === '1' || digest === '3') return 'Bad signature: Policy rejected hash algorithm';
  if (digest === '2' && !/^(?:1|true|on|yes)$/.test(allowed.get('allow-sha1') ?? '')) {
    return 'Bad signature: Policy rejected SHA1';
  }
  return undefined;
}

/** @param {readonly string[]} problems */
function warnOf(problems) {
  if (problems.length > 1) warn(`\nEncountered ${problems.length} errors:`);
  for (const [index, problem] of problems.entries()) {
    warn(problems.length > 1 ? `\nSignature #${index}: ${problem}` : `\n${problem}`);
  }
  warn('');
}

/** @param {Buffer} text */
function withoutLastNewline(text) {
  return text.at(-1) === 0x0a ? text.subarray(0, -1) : text;
}
