/** Converts the URI of an apt source to that of a mirror: the same place, in the form that a config has. */

export type MirrorUri =
  | {
      uri: string;
      /** Login that was in the URI before the host, decoded. */
      login?: { user: string; password: string };
    }
  | { refusal: string };

export interface SourcePlace {
  /** The machine's own architecture, which `$(ARCH)` stands for. */
  architecture: string;
  /** The first URI of each list of mirrors that lies on the machine, by its path. */
  mirrorLists: ReadonlyMap<string, string>;
}

/** Schemes are compared without regard to case, as apt does. */
export function mirrorUri(written: string, place: SourcePlace): MirrorUri {
  const [, rawScheme = '', rest = ''] =
    /^([A-Za-z0-9+.-]+):(.*)$/.exec(withArchitecture(written, place.architecture)) ?? [];
  const scheme = rawScheme.toLowerCase();
  if (scheme === 'mirror+file') return fromMirrorList(rest, place);
  if (scheme === 'file' || scheme === 'copy') return localUri(rest);
  if (scheme !== 'http' && scheme !== 'https') {
    return {
      refusal: `a source of the kind "${scheme}" cannot be mirrored; name an http, https or file URI`,
    };
  }
  const [, userPart, location = ''] = /^\/\/(?:([^/@]*)@)?(.*)$/.exec(rest) ?? [];
  const uri = `${scheme}://${location.replace(/\/+$/, '')}`;
  if (!URL.canParse(uri) || /[?#]/.test(uri)) return { refusal: 'it is not a valid URI' };
  return userPart === undefined ? { uri } : withLogin(uri, userPart);
}

/** The URI that apt tries first (apt-transport-mirror(1)); undefined for a list without one. */
export function firstOfMirrorList(text: string): string | undefined {
  const mirrors = text.split('\n').flatMap((line) => {
    const [uri, ...options] = line.trim().split(/\s+/);
    if (uri === undefined || uri === '' || uri.startsWith('#')) return [];
    const priority = options.map((option) => /^priority:(\d+)$/.exec(option)?.[1]).find(Boolean);
    return [{ uri, priority: priority === undefined ? Infinity : Number(priority) }];
  });
  return mirrors.toSorted((a, b) => (a.priority === b.priority ? 0 : a.priority - b.priority))[0]?.uri;
}

/** `$(ARCH)` is all that apt replaces. */
export function withArchitecture(text: string, architecture: string): string {
  return text.replaceAll('$(ARCH)', architecture);
}

/** The URI without user and password, for messages. */
export function withoutLogin(uri: string): string {
  return uri.replace(/\/\/[^/\s]*@/, '//');
}

function fromMirrorList(rest: string, place: SourcePlace): MirrorUri {
  const path = rest.replace(/^\/\/(?=\/)/, '').replace(/\/+$/, '');
  const first = place.mirrorLists.get(path);
  if (first === undefined) return { refusal: `its list of mirrors, ${path}, names none or is not there` };
  if (/^mirror\+/i.test(first)) return { refusal: `its list of mirrors, ${path}, names another list` };
  return mirrorUri(first, place);
}

/** apt's file method takes a path after the colon, with or without the two slashes of an empty host. */
function localUri(rest: string): MirrorUri {
  const path = rest.replace(/^\/\/(?=\/)/, '').replace(/\/+$/, '');
  const uri = `file://${path}`;
  if (!/^\/[^/]/.test(path) || /[?#\s]/.test(path) || !URL.canParse(uri)) {
    return { refusal: 'it does not name a directory of this machine' };
  }
  return { uri };
}

/** A file in the format of apt_auth.conf(5) holds neither blanks nor an empty word. */
function withLogin(uri: string, userPart: string): MirrorUri {
  const colon = userPart.indexOf(':');
  const [user, password] = [
    userPart.slice(0, colon === -1 ? undefined : colon),
    colon === -1 ? '' : userPart.slice(colon + 1),
  ].map(decoded);
  if (user === undefined || password === undefined || !/^\S+$/.test(user) || !/^\S+$/.test(password)) {
    return {
      refusal: 'there is a login in its URI that apt_auth.conf(5) cannot hold; name a login file in authFile',
    };
  }
  return { uri, login: { user, password } };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
