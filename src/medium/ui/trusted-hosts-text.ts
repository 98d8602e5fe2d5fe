/** What `host trust`, `distrust` and `list` did and found, for people. */
import { formatFields, formatTable } from '../../core/ui/format.ts';

/** The shapes that the workflow returns. */
interface ShownTrust {
  outcome: 'trusted' | 'distrusted' | 'unchanged';
  keyId: string;
  fingerprint: string;
}

export function hostTrustText({ outcome, keyId, fingerprint }: ShownTrust): string {
  const lines = {
    trusted:
      'The receipts of this host count from now on. Compare the fingerprint with the one that\n"pommgr apply --receipt" showed on the host.',
    distrusted: 'The receipts of this host no longer count.',
    unchanged: 'The receipts of this host counted already.',
  };
  return `${lines[outcome]}\n${formatFields({ 'Key id': keyId, Fingerprint: fingerprint })}`;
}

export function trustedHostsText(list: {
  directory: string;
  keys: readonly { keyId: string; fingerprint: string }[];
  distrusted: readonly string[];
}): string {
  const rows = [
    ...list.keys.map(({ keyId, fingerprint }) => [keyId, 'trusted', fingerprint]),
    ...list.distrusted.map((fingerprint) => [fingerprint.slice(0, 16), 'distrusted', fingerprint]),
  ];
  if (rows.length === 0) return `No host is trusted: there is no key in ${list.directory}.`;
  return formatTable(['KEY ID', 'STATE', 'FINGERPRINT'], rows);
}
