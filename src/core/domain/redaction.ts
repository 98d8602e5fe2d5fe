/** Removes secrets from the output of other programs. */

const replacements: [pattern: RegExp, replacement: string][] = [
  // Matches a login in a URI, even in a malformed one.
  [/(\b[a-z][a-z0-9+.-]*(?::\/{0,3}|\/\/))[^\s/@'"]+@/gi, '$1***@'],
  // Matches a subscription key that is not part of a path. Its kind is kept, so that a reader can tell which key it
  // was.
  [/(?<![\w./-])(pom-|pve\d+[a-z]-|pbs[a-z]-|pmg[a-z]-)[A-Za-z0-9_-]+/g, '$1***'],
  // Matches a server ID, which is a key's password, but no longer digests.
  [/(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])/g, '***'],
  // Matches a subscription info: base64 of a JSON object.
  [/\beyJ[A-Za-z0-9+/]{20,}={0,2}/g, '***'],
];

/** Replaces logins in URIs, subscription keys, server IDs and subscription infos by `***`. */
export function redactSecrets(text: string): string {
  let shown = text;
  for (const [pattern, replacement] of replacements) shown = shown.replace(pattern, replacement);
  return shown;
}
