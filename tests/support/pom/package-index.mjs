/** The files that a Packages or Sources index lists. */
import { PomError } from './errors.mjs';

/**
 * @typedef {object} ListedFile
 * @property {string} name of the package
 * @property {string} section
 * @property {string} path below the repository
 * @property {number} sizeBytes
 * @property {import('./pool.mjs').Checksums} checksums
 * @typedef {{ packages: number, files: ListedFile[] }} PackageIndex
 */

/**
 * @param {string} kind `Packages` or `Sources`
 * @param {Buffer} data
 * @returns {PackageIndex}
 */
export function parsePackageIndex(kind, data) {
  const stanzas = readable(
    kind,
    data
      .toString('utf8')
      .split(/\n\n+/)
      .filter((stanza) => stanza.trim() !== ''),
  );
  return {
    packages: stanzas.length,
    files: stanzas.flatMap((stanza) => (kind === 'Sources' ? sourceFiles(stanza) : [binaryFile(stanza)])),
  };
}

const required = [
  'Package',
  'Version',
  'Priority',
  'Architecture',
  'Maintainer',
  'Description',
  'Filename',
  'Size',
];
const known = new Set([
  ...required,
  ...['Source', 'Section', 'Essential', 'Depends', 'Recommends', 'Suggests', 'Breaks', 'Conflicts'],
  ...['Installed-Size', 'Multi-Arch', 'MD5sum', 'SHA1', 'SHA256', 'SHA512', 'Description-md5'],
]);

/**
 * The stanzas that POM reads: it ends at one that lacks a field, without a word, and fails at one that has a field
 * twice.
 * @param {string} kind
 * @param {string[]} stanzas
 */
function readable(kind, stanzas) {
  if (kind === 'Sources') return stanzas;
  const read = [];
  for (const stanza of stanzas) {
    const names = [...stanza.matchAll(/^([^\s:]+):/gm)].map(([, name]) => name ?? '');
    const twice = names.find((name, index) => known.has(name) && names.indexOf(name) !== index);
    if (twice !== undefined) throw new PomError(`duplicate field \`${twice}\``);
    if (!required.every((name) => names.includes(name))) break;
    read.push(stanza);
  }
  return read;
}

/**
 * @param {string} stanza
 * @returns {ListedFile}
 */
function binaryFile(stanza) {
  return {
    name: field(stanza, 'Package') ?? '',
    section: field(stanza, 'Section') ?? '',
    path: field(stanza, 'Filename') ?? '',
    sizeBytes: Number(field(stanza, 'Size')),
    checksums: { sha256: field(stanza, 'SHA256'), sha512: field(stanza, 'SHA512') },
  };
}

/**
 * @param {string} stanza
 * @returns {ListedFile[]}
 */
function sourceFiles(stanza) {
  const common = {
    name: field(stanza, 'Package') ?? '',
    section: field(stanza, 'Section') ?? '',
  };
  const directory = field(stanza, 'Directory') ?? '';
  const sha512 = new Map(checksumRows(stanza, 'Checksums-Sha512').map((row) => [row.file, row.digest]));
  return checksumRows(stanza, 'Checksums-Sha256').map(({ file, digest, sizeBytes }) => ({
    ...common,
    path: `${directory}/${file}`,
    sizeBytes,
    checksums: { sha256: digest, sha512: sha512.get(file) },
  }));
}

/**
 * @param {string} stanza
 * @param {string} name
 */
function checksumRows(stanza, name) {
  const block = new RegExp(`^${name}:[^\\n]*\\n((?: [^\\n]*(?:\\n|$))*)`, 'm').exec(stanza)?.[1] ?? '';
  return [...block.matchAll(/^ ([0-9a-f]+) +(\d+) +(\S+)$/gm)].map((row) => ({
    digest: row[1] ?? '',
    sizeBytes: Number(row[2]),
    file: row[3] ?? '',
  }));
}

/**
 * @param {string} stanza
 * @param {string} name
 */
function field(stanza, name) {
  const lead = `${name}: `;
  const at = stanza.startsWith(lead) ? 0 : stanza.indexOf(`\n${lead}`) + 1;
  if (at === 0 && !stanza.startsWith(lead)) return undefined;
  const end = stanza.indexOf('\n', at);
  return stanza.slice(at + lead.length, end < 0 ? undefined : end).trim();
}
