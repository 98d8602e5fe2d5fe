/**
 * `npm run dist`: release/runtime/<version>/<platform>/, the Ansible collection beside it, and
 * release/pommgr_<version>_<architecture>.deb. The same checkout and SOURCE_DATE_EPOCH give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeCollection } from './ansible-collection.mjs';
import { licensesText } from './bundled-packages.mjs';
import { writeDebianPackage } from './debian-package.mjs';
import { fetchNodePackage, readNodeArchive, readNodePackages } from './node-program.mjs';
import { writeRuntime } from './runtime.mjs';
import { bundleSingleFile } from './single-file.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const { values: chosen } = parseArgs({
  options: {
    /** Where to; default: release/ of the checkout. */
    out: { type: 'string', default: join(root, 'release') },
    /** For instance linux-x64; default: all of node-packages.json. */
    platform: { type: 'string', multiple: true },
    /** Only fills .cache/, for later runs without network. */
    'fetch-only': { type: 'boolean', default: false },
  },
});

// Directories have the same modes whoever runs this.
process.umask(0o022);
await main();

async function main() {
  const { version: nodeVersion, platforms } = await readNodePackages();
  const names = chosen.platform ?? Object.keys(platforms);
  const archives = [];
  for (const name of names) {
    const wanted = platforms[name];
    if (wanted === undefined)
      throw new Error(`--platform ${name}: choose of ${Object.keys(platforms).join(', ')}`);
    const archive = await fetchNodePackage(wanted, {
      version: nodeVersion,
      cache: join(root, '.cache/node'),
    });
    archives.push({ name, archive, debianArchitecture: wanted.debianArchitecture });
  }
  if (chosen['fetch-only']) return;

  const out = resolve(chosen.out);
  const epoch = sourceDateEpoch();
  const { version } = /** @type {{ version: string }} */ (
    JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  );
  const { text: singleFile, packages } = await bundleSingleFile(root);
  const licenses = await licensesText(root, packages);
  const collection = join(out, 'runtime', version, 'ansible-collection/pommgr-pommgr.tar.gz');
  await writeCollection(collection, { root, epoch });
  await utimes(collection, epoch, epoch);
  console.log(collection);
  for (const { name, archive, debianArchitecture } of archives) {
    const runtime = join(out, 'runtime', version, name);
    await writeRuntime(runtime, { node: await readNodeArchive(archive), singleFile, licenses, epoch });
    console.log(runtime);
    const staging = join(out, `.staging-${debianArchitecture}`);
    try {
      const about = { version, platform: name, debianArchitecture, epoch };
      const options = { ...about, root, out, staging, runtime, collection };
      const file = await writeDebianPackage(options);
      console.log(file);
      // It travels on media beside the runtime, so that hosts can install it.
      const beside = join(out, 'runtime', version, `debian-${debianArchitecture}`);
      await mkdir(beside, { recursive: true });
      await copyFile(file, join(beside, 'pommgr.deb'));
      await utimes(join(beside, 'pommgr.deb'), epoch, epoch);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
}

/** Seconds; without the variable those of the commit. */
function sourceDateEpoch() {
  const given = process.env['SOURCE_DATE_EPOCH'] ?? '';
  const text = given === '' ? commitTime() : given;
  if (!/^\d{1,11}$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH must be whole seconds, found "${text}"`);
  return Number(text);
}

function commitTime() {
  return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();
}
