/**
 * The Ansible collection as a file that "ansible-galaxy collection install FILE --offline" takes: MANIFEST.json, FILES.json
 * and the files of ansible/. Invariant: same files, same epoch, same bytes.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { parse } from 'yaml';

/** Written by tools beside the sources, or only of use to build it. */
const leftOut = ['__pycache__', 'galaxy.yml'];

/**
 * Writes the collection. Links are followed: what they lead to is packed.
 * @param {string} file
 * @param {{ root: string, epoch: number }} options `root`: of the checkout
 */
export async function writeCollection(file, { root, epoch }) {
  const source = join(root, 'ansible');
  const files = new Map(await readTree(source));
  const about = /** @type {Record<string, unknown>} */ (
    parse(await readFile(join(source, 'galaxy.yml'), 'utf8'))
  );
  const listed = filesDocument(files);
  const manifest = manifestDocument(about, listed);
  const entries = new Map([
    ['MANIFEST.json', Buffer.from(manifest)],
    ['FILES.json', Buffer.from(listed)],
    ...files,
  ]);
  const staging = await mkdtemp(join(tmpdir(), 'pommgr-collection-'));
  try {
    for (const [name, bytes] of entries) {
      await mkdir(dirname(join(staging, name)), { recursive: true });
      await writeFile(join(staging, name), bytes);
    }
    await mkdir(dirname(file), { recursive: true });
    const options = { file, cwd: staging, gzip: { level: 9 }, portable: true, noDirRecurse: true };
    await create(
      {
        ...options,
        mtime: new Date(epoch * 1000),
        onWriteEntry(entry) {
          if (entry.stat === undefined) return;
          entry.stat.mode = entry.type === 'Directory' ? 0o40755 : 0o100644;
        },
      },
      ['MANIFEST.json', 'FILES.json', ...directoriesOf(files), ...[...files.keys()].toSorted()].toSorted(
        (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
      ),
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** @param {string} name */
function rank(name) {
  return name === 'MANIFEST.json' ? 0 : name === 'FILES.json' ? 1 : 2;
}

/**
 * Relative paths with their bytes.
 * @param {string} directory
 * @param {string} prefix
 * @returns {Promise<[string, Buffer][]>}
 */
async function readTree(directory, prefix = '') {
  /** @type {[string, Buffer][]} */
  const found = [];
  for (const entry of (await readdir(directory, { withFileTypes: true })).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (leftOut.includes(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) found.push(...(await readTree(path, `${prefix}${entry.name}/`)));
    else found.push([`${prefix}${entry.name}`, await readFile(path)]);
  }
  return found;
}

/** @param {ReadonlyMap<string, Buffer>} files */
function directoriesOf(files) {
  const all = new Set();
  for (const name of files.keys())
    for (let parent = dirname(name); parent !== '.'; parent = dirname(parent)) all.add(parent);
  return /** @type {string[]} */ ([...all]).toSorted();
}

/** @param {ReadonlyMap<string, Buffer>} files */
function filesDocument(files) {
  const directory = (/** @type {string} */ name) => ({
    ...{ name, ftype: 'dir', chksum_type: null, chksum_sha256: null, format: 1 },
  });
  const entries = [
    ...['.', ...directoriesOf(files)].map(directory),
    ...[...files].map(([name, bytes]) => ({
      ...{ name, ftype: 'file', chksum_type: 'sha256', chksum_sha256: sha256(bytes), format: 1 },
    })),
  ];
  return text({ files: entries, format: 1 });
}

/**
 * @param {Record<string, unknown>} about
 * @param {string} listed
 */
function manifestDocument(about, listed) {
  const { license_file: licenseFile, ...rest } = about;
  const { namespace, name, version, authors, readme, tags, description, dependencies, repository } = rest;
  return text({
    collection_info: {
      ...{ namespace, name, version, authors, readme, tags, description },
      ...{ license: [], license_file: licenseFile, dependencies, repository },
      ...{ documentation: null, homepage: null, issues: null },
    },
    file_manifest_file: {
      ...{ name: 'FILES.json', ftype: 'file', chksum_type: 'sha256' },
      ...{ chksum_sha256: sha256(Buffer.from(listed)), format: 1 },
    },
    format: 1,
  });
}

/** @param {unknown} document */
function text(document) {
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
