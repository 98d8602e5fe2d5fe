/** The texts of the Debian package that follow a format of Debian's (Debian Policy 4.4, 5, 12.5). */

const maintainer = 'The pommgr authors <pommgr@localhost>';

/**
 * @param {{ version: string, debianArchitecture: string, installedKib: number }} options
 */
export function control({ version, debianArchitecture, installedKib }) {
  return `Package: pommgr
Version: ${debianVersion(version)}
Architecture: ${debianArchitecture}
Maintainer: ${maintainer}
Installed-Size: ${installedKib}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6
Recommends: bash-completion
Suggests: openssl, proxmox-offline-mirror
Section: admin
Priority: optional
Description: one package baseline for Proxmox sites without internet
 Online, one command ties the snapshots of all mirrors together as a baseline:
 a versioned and reproducible manifest of every package. A second packs it as a
 signed bundle on any medium. Offline, one command checks every byte, makes a
 host's apt see exactly that baseline, and shows what an upgrade would do.
 .
 This package brings its own Node.js, in /usr/lib/pommgr, which also travels on
 the media.
`;
}

const changelogColumns = 76;

/**
 * CHANGELOG.md's newest section as deb-changelog(5) has it.
 * @param {string} text
 * @param {{ version: string, date: Date }} options
 */
export function changelog(text, { version, date }) {
  const newest = text.split(/^## .*$/m)[1] ?? '';
  const items = newest
    .split(/^- /m)
    .slice(1)
    .map((item) => `  * ${wrap(item.replaceAll('`', '')).join('\n    ')}\n`);
  if (items.length === 0) throw new Error('CHANGELOG.md has no items in its newest section');
  const time = date.toUTCString().replace('GMT', '+0000');
  return `pommgr (${debianVersion(version)}) stable; urgency=medium\n\n${items.join('')}\n -- ${maintainer}  ${time}\n`;
}

/**
 * @param {string} license pommgr's, whole
 * @param {string} installed where the runtime is
 */
export function copyright(license, installed) {
  const [, holder = '', ...rest] = license.split('\n\n');
  const text = rest.join('\n\n').trim().split('\n');
  const indented = text.map((line) => (line === '' ? ' .' : ` ${line}`)).join('\n');
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: pommgr
Comment: pommgr.mjs holds the packages that it imports, their licenses are in
 /${installed}/LICENSES.txt.
 Those of Node.js are in
 /${installed}/LICENSE.node.txt.

Files: *
Copyright: ${holder.replace(/^Copyright \(c\) /, '')}
License: Expat

License: Expat
${indented}
`;
}

/**
 * The lines of a paragraph.
 * @param {string} text
 */
function wrap(text) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const line = [lines.at(-1), word].filter(Boolean).join(' ');
    if (lines.length > 0 && line.length <= changelogColumns) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

/**
 * A prerelease sorts before its release.
 * @param {string} version
 */
function debianVersion(version) {
  return version.replace('-', '~');
}
