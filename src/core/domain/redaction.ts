/** Texts of other programs without the secrets that they may hold. */

const replacements: [pattern: RegExp, replacement: string][] = [
  // A login in a URI, also in one that is malformed.
  [/(\b[a-z][a-z0-9+.-]*(?::\/{0,3}|\/\/))[^\s/@'"]+@/gi, '$1***@'],
  // A subscription key, no part of a path: its kind stays, so that one knows which it was.
  [/(?<![\w./-])(pom-|pve\d+[a-z]-|pbs[a-z]-|pmg[a-z]-)[A-Za-z0-9_-]+/g, '$1***'],
  // A server ID, which is a key's password. Longer digests are none.
  [/(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])/g, '***'],
  // A subscription info: base64 of a JSON object.
  [/\beyJ[A-Za-z0-9+/]{20,}={0,2}/g, '***'],
];

/** Logins in URIs, subscription keys, server IDs and subscription infos become `***`. */
export function redactSecrets(text: string): string {
  let shown = text;
  for (const [pattern, replacement] of replacements) shown = shown.replace(pattern, replacement);
  return shown;
}
