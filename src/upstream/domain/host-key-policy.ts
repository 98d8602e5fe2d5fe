/**
 * Decides which signatures the hosts' own apt accepts, by Debian release: gpgv with apt 2.6 on Debian 12, and sqv with
 * the dates of /usr/share/apt/default-sequoia.config on Debian 13. openpgp-judgement.ts has what pommgr itself refuses.
 */

import { compareText } from '../../core/domain/canonical-json.ts';

/** The properties of a signing certificate that a verifier's policy checks. */
export interface SignerKey {
  fingerprint: string;
  /** Algorithms of the primary key and of the key that signed, e.g. `RSA 2048`. */
  algorithms: string[];
  /** Hash algorithms with which each necessary binding of the certificate exists; one of each must be accepted. */
  bindings: string[][];
}

/** Says who signed a verified Release. */
export interface SignedBy {
  signerKeys: readonly SignerKey[];
  isFirstBlockGood: boolean;
  hasRefusedSignature: boolean;
}

interface Refusal {
  /** First day on which hosts refuse it. */
  since: string;
  why: string;
}

const hashesUntil = new Map([
  ['SHA-1', '2026-02-01'],
  ['SHA-224', '2026-02-01'],
  ['MD5', '2004-02-01'],
  ['RIPEMD-160', '2013-02-01'],
]);
/** A date that is closer than this is announced before it comes. */
const noticeDays = 365;

const newKey = 'Ask the owner of the repository for a renewed key.';
const ownPolicy =
  'Until there is one, a host that must have it anyway needs a later date in its own /etc/crypto-policies/back-ends/apt-sequoia.config, a copy of /usr/share/apt/default-sequoia.config.';

/** Returns why hosts of that release refuse the mirror's signature, now or soon; in words, with what to do. */
export function hostKeyWarnings(
  mirror: string,
  signed: SignedBy,
  { codename, now }: { codename: string; now: Date },
): string[] {
  if (codename === 'bookworm' && signed.hasRefusedSignature) {
    return [
      `Mirror ${mirror}: hosts of bookworm refuse this repository (apt 2.6): one of its signatures is expired or made with a weak hash. Ask its owner to leave that signature out.`,
    ];
  }
  if (codename !== 'trixie') return [];
  if (!signed.isFirstBlockGood) {
    return [
      `Mirror ${mirror}: hosts of trixie refuse this repository (apt 3.0 with sqv): only the first of its signature blocks counts there, and that is not by a key of this mirror. Add the key that made it to the keyring of this mirror.`,
    ];
  }
  const refusals = signed.signerKeys.map((signer) => refusalOf(signer));
  // One signer that the hosts accept is enough.
  if (refusals.some((refusal) => refusal === undefined)) return [];
  const last = refusals
    .filter((one) => one !== undefined)
    .toSorted((a, b) => (a.since < b.since ? 1 : -1))[0];
  if (last === undefined) return [];
  const days = (Date.parse(last.since) - now.getTime()) / 86_400_000;
  if (days > noticeDays) return [];
  const when =
    days > 0
      ? `will refuse this repository from ${last.since} on`
      : `refuse this repository since ${last.since}`;
  return [
    `Mirror ${mirror}: hosts of trixie ${when} (apt 3.0 with sqv): ${last.why}. ${newKey} ${ownPolicy}`,
  ];
}

/** Returns from which day on sqv refuses a key, by the earliest reason; undefined where there is none. */
export function refusalOf({ fingerprint, algorithms, bindings }: SignerKey): Refusal | undefined {
  const refusals = [...algorithms.map(algorithmRefusal), ...bindings.map(bindingRefusal)];
  const [first] = refusals
    .filter((one) => one !== undefined)
    .toSorted((a, b) => (a.since < b.since ? -1 : 1));
  return first && { ...first, why: `the key ${fingerprint} ${first.why}` };
}

function algorithmRefusal(name: string): Refusal | undefined {
  const [family = '', bits = ''] = name.split(' ');
  const size = Number(bits);
  const why = `is ${name}`;
  if (family === 'DSA') return { since: '2024-02-01', why };
  if (family === 'RSA' && size < 2048) return { since: '2014-02-01', why };
  if (family === 'RSA' && size < 3072) return { since: '2030-02-01', why };
  return name.startsWith('brainpool') ? { since: '2028-02-01', why } : undefined;
}

function bindingRefusal(found: readonly string[]): Refusal | undefined {
  const until = found.map((hash) => hashesUntil.get(hash));
  const known = until.filter((date) => date !== undefined);
  const latest = known.length < until.length ? undefined : known.toSorted(compareText).at(-1);
  return latest === undefined
    ? undefined
    : { since: latest, why: `is bound by ${found.join(' and ')} self-signatures alone` };
}
