/** What a Release file refers to, and which of it a mirror takes. */

/**
 * @typedef {import('./pool.mjs').Checksums} Checksums
 * @typedef {'Gzip' | 'Xz' | 'Bzip2'} Compression
 * @typedef {object} Reference
 * @property {string} path below the suite's directory
 * @property {string} component
 * @property {number} sizeBytes
 * @property {Checksums} checksums
 * @property {string} kind e.g. `Packages`
 * @property {string} [architecture]
 * @property {boolean} typed whether its kind knows a compression
 * @property {Compression} [compression]
 * @typedef {{ byHash: boolean, files: Map<string, Reference[]> }} Release references by path without compression
 */

/** @type {Record<string, Compression>} */
const compressions = { gz: 'Gzip', xz: 'Xz', bz2: 'Bzip2' };

/**
 * @param {string} text
 * @returns {Release}
 */
export function parseRelease(text) {
  /** @type {Map<string, { sizeBytes: number, checksums: Checksums }>} */
  const facts = new Map();
  let field = '';
  for (const line of text.split('\n')) {
    const head = /^([^\s:]+):/.exec(line);
    if (head?.[1] !== undefined) field = head[1].toLowerCase();
    if (field !== 'sha256' && field !== 'sha512') continue;
    const row = /^ ([0-9a-f]+)\s+(\d+)\s+(\S+)/.exec(line);
    if (row === null) continue;
    const [, digest = '', size = '', path = ''] = row;
    const fact = facts.get(path) ?? { sizeBytes: Number(size), checksums: {} };
    fact.checksums[field] = digest;
    facts.set(path, fact);
  }
  /** @type {Map<string, Reference[]>} */
  const files = new Map();
  for (const [path, fact] of facts) {
    const base = path.replace(/\.(?:gz|xz|bz2)$/, '');
    files.set(base, [...(files.get(base) ?? []), referenceOf(path, fact)]);
  }
  return { byHash: /^Acquire-By-Hash: *yes *$/im.test(text), files };
}

/**
 * `Packages("amd64", Some(Gzip))`.
 * @param {Reference} reference
 */
export function kindText({ kind, architecture, typed, compression }) {
  const parts = [];
  if (kind === 'PseudoRelease') parts.push(architecture === undefined ? 'None' : `Some("${architecture}")`);
  else if (architecture !== undefined) parts.push(`"${architecture}"`);
  if (typed) parts.push(compression === undefined ? 'None' : `Some(${compression})`);
  return parts.length === 0 ? kind : `${kind}(${parts.join(', ')})`;
}

/** @param {Reference} reference */
export function isPackageIndex({ kind }) {
  return kind === 'Packages' || kind === 'Sources';
}

/**
 * Whether a mirror passes over a reference.
 * @param {Reference} reference
 * @param {{ components: readonly string[], architectures: readonly string[], type: 'deb' | 'deb-src' }} wanted
 */
export function isSkipped(reference, { components, architectures, type }) {
  if (!components.includes(reference.component)) return true;
  if (reference.kind === 'Ignored' || reference.kind === 'PDiff') return true;
  if (reference.kind === 'Sources') return type !== 'deb-src';
  if (reference.architecture === undefined) return false;
  return type !== 'deb' || !architectures.includes(reference.architecture);
}

/**
 * @param {string} path
 * @param {{ sizeBytes: number, checksums: Checksums }} fact
 * @returns {Reference}
 */
function referenceOf(path, fact) {
  const slash = path.indexOf('/');
  const component = slash < 0 ? '' : path.slice(0, slash);
  const rest = path.slice(slash + 1);
  const extension = /\.(gz|xz|bz2)$/.exec(rest)?.[1];
  const compression = extension === undefined ? undefined : compressions[extension];
  return {
    path,
    component,
    ...fact,
    ...kindOf(extension === undefined ? rest : rest.slice(0, -extension.length - 1)),
    ...(compression === undefined ? {} : { compression }),
  };
}

/**
 * @param {string} name below the component, without compression
 * @returns {{ kind: string, typed: boolean, architecture?: string }}
 */
function kindOf(name) {
  if (name.endsWith('.diff/Index')) return { kind: 'PDiff', typed: false };
  const packages = /^binary-([^/]+)\/Packages$/.exec(name)?.[1];
  if (packages !== undefined) return { kind: 'Packages', typed: true, architecture: packages };
  const pseudo = /^binary-([^/]+)\/Release$/.exec(name)?.[1];
  if (pseudo !== undefined) return { kind: 'PseudoRelease', typed: false, architecture: pseudo };
  const udebs = /^Contents-udeb-([^/]+)$/.exec(name)?.[1];
  if (udebs !== undefined) return { kind: 'ContentsUdeb', typed: true, architecture: udebs };
  const contents = /^Contents-([^/]+)$/.exec(name)?.[1];
  if (contents !== undefined) return { kind: 'Contents', typed: true, architecture: contents };
  const commands = /^cnf\/Commands-([^/]+)$/.exec(name)?.[1];
  if (commands !== undefined) return { kind: 'Commands', typed: true, architecture: commands };
  if (name === 'source/Sources') return { kind: 'Sources', typed: true };
  if (name === 'source/Release') return { kind: 'PseudoRelease', typed: false };
  if (name.startsWith('i18n/Translation-')) return { kind: 'Translation', typed: true };
  if (name.startsWith('dep11/')) return { kind: 'Dep11', typed: true };
  return { kind: 'Ignored', typed: false };
}
