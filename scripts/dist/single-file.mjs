/** pommgr as one readable module that needs nothing beside it but Node.js, made of dist/ and the packages it imports. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { choosePackageFiles, programModule, requireLine } from '../build/program-module.mjs';
import { bundledPackages } from './bundled-packages.mjs';

/**
 * The text of `pommgr.mjs`, and the packages in it. `root` is a checkout after `npm run build`.
 * @param {string} root
 * @returns {Promise<{ text: string, packages: import('./bundled-packages.mjs').BundledPackage[] }>}
 */
export async function bundleSingleFile(root) {
  const inlined = await inlinedFiles(root);
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: {
      contents: startModule,
      resolveDir: root,
      sourcefile: 'entry.mjs',
    },
    define: { pommgrInlinedFiles: JSON.stringify(inlined) },
    plugins: [programModule(root), choosePackageFiles],
    bundle: true,
    charset: 'utf8',
    format: 'esm',
    legalComments: 'inline',
    logLevel: 'error',
    metafile: true,
    platform: 'node',
    target: 'node20',
    treeShaking: true,
    write: false,
  });
  const code = outputFiles[0]?.text ?? '';
  const packages = await bundledPackages(root, Object.keys(metafile.inputs));
  const { version } = /** @type {{ version: string }} */ (JSON.parse(String(inlined['package.json'])));
  return { text: `${header(version, packages)}${code}`, packages };
}

/**
 * @param {string} version
 * @param {import('./bundled-packages.mjs').BundledPackage[]} packages
 */
function header(version, packages) {
  const lines = packages.map(({ name, version: number, license }) => ` *   ${name} ${number} (${license})`);
  return [
    '/*!',
    ` * pommgr ${version}, with every package that it imports. License: MIT; those of the packages, whose texts are in`,
    ' * LICENSES.txt:',
    ...lines,
    ' */',
    requireLine,
  ].join('\n');
}

/** Runs before the rest is evaluated, as bin/pommgr.js does. */
const startModule = `
import { prepareProcess } from './bin/start.js';
import { answerQuickly } from './bin/quick.js';
import { readOwnFile as read } from './dist/core/adapters/own-files.js';

prepareProcess();
const modules = {
  lastCheck: () => import('./dist/snapshot/adapters/last-check.js'),
  unchangedText: () => import('./dist/snapshot/ui/unchanged-text.js'),
};
if (!(await answerQuickly(process.argv.slice(2), { read, ...modules }))) {
  const { runProgram } = await import('program');
  await runProgram();
}
`;

/**
 * What src/core/adapters/own-files.ts gives in the single file.
 * @param {string} root
 * @returns {Promise<Record<string, string>>}
 */
async function inlinedFiles(root) {
  const { name, version, description, oclif } = /** @type {Record<string, unknown>} */ (
    JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  );
  /** @type {Record<string, string>} */
  const files = { 'package.json': JSON.stringify({ name, version, description, oclif, type: 'module' }) };
  const manifest = /** @type {unknown} */ (
    JSON.parse(await readFile(join(root, 'oclif.manifest.json'), 'utf8'))
  );
  files['oclif.manifest.json'] = JSON.stringify(manifest);
  files['dist/help.txt'] = await readFile(join(root, 'dist/help.txt'), 'utf8');
  for (const path of ['core/adapters/hash-worker.js', 'upstream/adapters/fetch-worker.js'])
    files[path] = await bundleThread(join(root, 'dist', path));
  const templates = await readdir(join(root, 'templates'), { recursive: true, withFileTypes: true });
  for (const entry of templates.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[path.slice(root.length + 1)] = await readFile(path, 'utf8');
  }
  return Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A thread's module with those that it imports, as one text.
 * @param {string} path
 */
async function bundleThread(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    charset: 'utf8',
    format: 'esm',
    logLevel: 'error',
    platform: 'node',
    target: 'node20',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
