/** Parses logins in the format of apt_auth.conf(5), and chooses the one that apt would send to a URI. */

export interface Login {
  user: string;
  password: string;
}

/** One `machine` token with its login. */
export interface LoginEntry extends Login {
  /** `http`, `https`; without one the entry is for https alone. */
  protocol: string | undefined;
  /** `host[:port]`, lower case. */
  host: string;
  /** With its leading slash; empty where the entry is for the whole host. */
  path: string;
}

/** Parses the text. Unknown tokens are ignored, as in apt; so are lines that begin with `#`. */
export function parseLogins(text: string): LoginEntry[] {
  const entries: LoginEntry[] = [];
  const tokens = text.replaceAll(/^\s*#.*$/gm, '').split(/\s+/);
  for (let index = 0; index < tokens.length; index += 1) {
    const [token, value] = [tokens[index], tokens[index + 1] ?? ''];
    const entry = entries.at(-1);
    if (token === 'machine') entries.push(startEntry(value));
    else if (token === 'login' && entry !== undefined) entry.user = value;
    else if (token === 'password' && entry !== undefined) entry.password = value;
    else continue;
    index += 1;
  }
  return entries;
}

function startEntry(machine: string): LoginEntry {
  const [, protocol, host, path] = /^(?:([a-z+]+):\/\/)?([^/]*)(.*)$/i.exec(machine) ?? [];
  return {
    protocol: protocol?.toLowerCase(),
    host: (host ?? '').toLowerCase(),
    path: path ?? '',
    user: '',
    password: '',
  };
}

/**
 * The login of the first entry that fits: same host, the port where the entry names one, and a path that begins as
 * the entry's does. An entry without a protocol is never sent over plain http.
 */
export function findLogin(entries: readonly LoginEntry[], uri: URL): Login | undefined {
  const entry = entries.find((candidate) => fits(candidate, uri));
  return entry === undefined ? undefined : { user: entry.user, password: entry.password };
}

function fits(entry: LoginEntry, uri: URL): boolean {
  if (`${entry.protocol ?? 'https'}:` !== uri.protocol) return false;
  const port = uri.port || (uri.protocol === 'https:' ? '443' : '80');
  if (entry.host !== uri.hostname && entry.host !== `${uri.hostname}:${port}`) return false;
  return decodeURIComponent(uri.pathname).startsWith(entry.path);
}
