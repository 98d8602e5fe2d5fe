/** Formats the results of the `signing-key` commands for people. */
import { formatFields, formatTable } from '../../core/ui/format.ts';

/** The shapes that the workflow returns. */
interface ShownKey {
  keyId: string;
  fingerprint: string;
  pem: string;
  privateKeyFile: string;
  publicKeyFile: string;
}

export function createdKeyText(key: ShownKey & { isEncrypted: boolean }): string {
  return [
    'Made a signing key. Bring the public key to each host by a way of its own, not on the media that it signs,',
    'run "pommgr signing-key trust FILE" there, and compare the fingerprint. The private key stays here.',
    keyFields(key),
    key.isEncrypted
      ? 'The private key is encrypted; "pommgr pack" asks for the passphrase.'
      : 'The private key has no passphrase: whoever copies the file can sign.',
  ].join('\n');
}

export function shownKeysText({ keys }: { keys: readonly ShownKey[] }): string {
  return keys.map((key) => `${keyFields(key)}\n${key.pem.trimEnd()}`).join('\n\n');
}

export function rotatedKeyText(rotation: {
  from: { fingerprint: string; privateKeyFile: string };
  to: ShownKey;
  statementFile: string;
}): string {
  return [
    'Made a new signing key; the old one vouches for it.',
    formatFields({
      'Old key': rotation.from.fingerprint,
      'New key': rotation.to.fingerprint,
      'Old private key': rotation.from.privateKeyFile,
      'New private key': rotation.to.privateKeyFile,
      Statement: rotation.statementFile,
    }),
    '"pommgr pack" copies the statement to each medium. When every host has applied a bundle of the new key,',
    'run "pommgr signing-key distrust" with the id of the old one there.',
  ].join('\n');
}

export function trustedKeysText(list: {
  directory: string;
  keys: readonly { keyId: string; fingerprint: string; file: string }[];
  distrusted: readonly string[];
}): string {
  const rows = [
    ...list.keys.map(({ keyId, fingerprint }) => [keyId, 'trusted', fingerprint]),
    ...list.distrusted.map((fingerprint) => [fingerprint.slice(0, 16), 'distrusted', fingerprint]),
  ];
  if (rows.length === 0) return `No key is trusted: there is none in ${list.directory}.`;
  return formatTable(['KEY ID', 'STATE', 'FINGERPRINT'], rows, { lead: ['KEY ID', 'STATE'] });
}

export function trustText({
  outcome,
  keyId,
  fingerprint,
  launcher = null,
}: {
  outcome: 'trusted' | 'distrusted' | 'unchanged';
  keyId: string;
  fingerprint: string;
  launcher?: string | null;
}): string {
  const lines = {
    trusted: "This machine now trusts what this key signed. Compare the fingerprint with its owner's.",
    distrusted: 'This machine no longer trusts what this key signed.',
    unchanged: 'This machine trusted this key already.',
  };
  return [
    lines[outcome],
    formatFields({ 'Key id': keyId, Fingerprint: fingerprint }),
    ...(launcher === null ? [] : [`Installed ${launcher}, which runs the pommgr of a medium.`]),
  ].join('\n');
}

function keyFields(key: ShownKey): string {
  return formatFields({
    'Key id': key.keyId,
    Fingerprint: key.fingerprint,
    'Private key': key.privateKeyFile,
    'Public key': key.publicKeyFile,
  });
}
