/** The part of the table of error codes (error-codes.ts) for signatures, signers, approvals, and what a host must not believe. */
export const trustErrorMeanings = {
  'trust.approval': 'An approver signed something that is no approval. Find out what, and remove it.',
  'trust.approval-bundle':
    'Only other bundles are approved. Have the one on the medium approved, or bring the right medium.',
  'trust.approval-expired': 'The approval has expired. Have the bundle approved again.',
  'trust.approval-missing': 'No approver approved the bundle. "pommgr approve" does that.',
  'trust.approval-report':
    'The report that was approved or read is not the one on the medium. Read that, and approve it.',
  'trust.approval-threshold': 'Too few approvers approved the bundle. Have another one approve it.',
  'trust.approval-time': 'An approval is dated in the future. Set the clock.',
  'trust.approval-withdrawn': 'The approval was withdrawn. Do not apply the bundle; ask the approver.',
  'trust.approvals': 'There are too many approvals of a bundle. Remove those that nobody needs.',
  'trust.approver': "A key is a signer's and an approver's. Take another one for the approver.",
  'trust.expired': 'A Release file is past its Valid-Until. Try again later, or another server.',
  'trust.expired-upstream':
    "Upstream's key has expired since. --trust-expired-upstream takes the lists all the same.",
  'trust.host-lock':
    "No trusted host signed a lock that says whom subscription keys are encrypted to. Bring its signature, and trust the host's key.",
  'trust.jump': 'A baseline is too far ahead of the last one. Check who made it.',
  'trust.key-directory':
    'The directory of trusted keys can be written by others. Correct its mode and owner.',
  'trust.known-name':
    'A baseline of a known name has another digest. A baseline never changes: find out why.',
  'trust.no-approvers':
    "The host requires more approvals than it has approvers' keys. Bring their public keys by a way of their own.",
  'trust.no-keys': 'This machine trusts no signing key. Bring one by a way of its own.',
  'trust.not-yet-valid': 'A Release file is from the future. Set the clock.',
  'trust.older': 'The baseline is older than the one applied. --allow-older takes it, on record.',
  'trust.purpose': 'A signed directory lies in the place of another. Do not use the medium.',
  'trust.rotation': 'A statement about a new signing key is not right. Take it again.',
  'trust.rotations': 'There are too many statements about new signing keys. Remove those that nobody needs.',
  'trust.sequence':
    'The sequence number of a baseline is far ahead of what this host knows. Check who made it; --accept-sequence takes it.',
  'trust.signature': 'A signature is not good. The message says by whom and why.',
  'trust.signatures': 'There are too many signatures. Remove those that nobody needs.',
  'trust.store':
    'Others than root may write the store, or a part of it is no directory. Correct owner and mode.',
  'trust.subscription-architecture': 'The subscription key is for machines of another architecture.',
  'trust.subscription-choice': 'Two subscription keys fit the host equally well. Take one away.',
  'trust.subscription-expired': 'The subscription info has expired. Refresh the key on the online side.',
  'trust.subscription-info': 'The subscription info cannot be used. The message says why.',
  'trust.subscription-key-shape': 'The subscription key does not have the form that the product requires.',
  'trust.subscription-malformed': 'The subscription info is malformed.',
  'trust.subscription-mirror-key': 'The key is that of the mirror itself, and not for hosts.',
  'trust.subscription-missing': 'There is no usable subscription info for the host. The message says why.',
  'trust.subscription-never-checked': 'The subscription key was never checked with the shop. Refresh it.',
  'trust.subscription-no-info': 'Proxmox Offline Mirror has no info for the key. Refresh it.',
  'trust.subscription-no-key': 'There is no subscription key for the host.',
  'trust.subscription-not-yet-valid': 'The subscription info is from the future. Set the clock of the host.',
  'trust.subscription-other-key':
    'The product holds a subscription key other than the one that was brought. Compare them.',
  'trust.subscription-product': 'The subscription infos for this server are for another product.',
  'trust.subscription-runs-out': 'The subscription key runs out before the next visit.',
  'trust.subscription-server': 'The subscription infos are for other servers. Compare the server IDs.',
  'trust.subscription-signature': 'The subscription info has a bad signature. Refresh the key.',
  'trust.subscription-signature-unchecked':
    "The signature of the subscription info could not be checked. Install Proxmox's public key.",
  'trust.subscription-sockets': 'The subscription key covers fewer sockets than the host has.',
  'trust.subscription-status': 'The shop says that the subscription is not active.',
  'trust.subscription-unsigned': 'The subscription info is not signed: it is not for offline use.',
  'trust.suite': 'A Release file is for another suite. Correct the mirror, or do not trust the server.',
  'trust.target': 'No target, or more than one, fits the host. Choose one with --target, or have one made.',
  'trust.threshold': 'Too few trusted keys signed. Have the other one sign.',
  'trust.track': 'The baseline is of another track. --switch-track changes it, on record.',
  'trust.unknown-signer': 'No trusted key signed. Ask the online side for its fingerprint.',
  'trust.unsigned': 'There is no signature. Pack the baseline again.',
} as const;
