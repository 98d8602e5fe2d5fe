/** Makes mirror ids from a repository's address and suite: short, valid in POM, and unique. */

const longestId = 32;
/** Last parts of a path that do not describe the repository. */
const plainParts = new Set([
  '',
  'apt',
  'deb',
  'debian',
  'debian-security',
  'linux',
  'packages',
  'repo',
  'stable',
  'ubuntu',
]);

/** Returns a function that names mirrors, `debian-bookworm-security`, and adds `-2`, `-3` … to a name that is taken. */
export function createMirrorNames(): (uri: string, suite: string) => string {
  const taken = new Set<string>();
  return (uri, suite) => {
    const base = baseName(uri, suite);
    let id = base;
    for (let number = 2; taken.has(id); number++) id = `${base.slice(0, longestId - 4)}-${number}`;
    taken.add(id);
    return id;
  };
}

/** The suite is kept whole where it can be: it tells mirrors of one host apart. */
function baseName(uri: string, suite: string): string {
  const suitePart = legal(suite.replaceAll('/', '-'))
    .replace(/^[._-]+$/, '')
    .slice(0, longestId - 8);
  const site = legal(siteName(uri)).slice(0, longestId - 1 - suitePart.length);
  // A flat repository at the URI itself has a suite of dots and slashes only.
  const name = suitePart === '' ? site : `${site}-${suitePart}`;
  return name.replace(/^[.-]+/, '').padEnd(3, '_');
}

/** `pve` of `…proxmox.com/debian/pve`, `debian` of `ftp.debian.org/debian`, `local` of a file URI. */
function siteName(uri: string): string {
  const { hostname, pathname } = new URL(uri);
  const last = pathname.split('/').findLast((part) => part !== '') ?? '';
  if (!plainParts.has(last.toLowerCase())) return last;
  if (hostname === '') return 'local';
  if (/^[\d.]+$|:/.test(hostname)) return hostname;
  const labels = hostname.split('.');
  return labels.at(-2) ?? hostname;
}

function legal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
}
