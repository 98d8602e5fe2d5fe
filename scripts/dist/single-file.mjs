/** pommgr as one readable module that needs nothing beside it but Node.js, made of dist/ and the packages it imports. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledPackages } from './bundled-packages.mjs';

/**
 * The text of `pommgr.mjs`, and the packages in it. `root` is a checkout after `npm run build`.
 * @param {string} root
 * @returns {Promise<{ text: string, packages: import('./bundled-packages.mjs').BundledPackage[] }>}
 */
export async function bundleSingleFile(root) {
  const inlined = await inlinedFiles(root);
  const manifest = /** @type {{ commands: Record<string, unknown> }} */ (
    JSON.parse(String(inlined['oclif.manifest.json']))
  );
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: {
      contents: entryModule(Object.keys(manifest.commands)),
      resolveDir: root,
      sourcefile: 'entry.mjs',
    },
    define: { pommgrInlinedFiles: JSON.stringify(inlined) },
    plugins: [{ name: 'packages', setup: choosePackageFiles }],
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

/** CommonJS packages ask for Node.js's modules with `require`, which a module has not. */
const requireLine =
  "import { createRequire as pommgrCreateRequire } from 'node:module';\n" +
  'const require = pommgrCreateRequire(import.meta.url);\n';

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

/**
 * @param {string[]} ids of commands, e.g. `mirror:list`
 */
function entryModule(ids) {
  const loaders = ids
    .toSorted()
    .map((id) => `  '${id}': () => import('./dist/commands/${id.replaceAll(':', '/')}.js'),`);
  return `
import { prepareProcess } from './bin/start.js';
import { ownPlace, readOwnFile } from './dist/core/adapters/own-files.js';

prepareProcess();
const { main } = await import('./dist/core/ui/main.js');
const { singleFileOptions } = await import('./dist/core/ui/single-file.js');
const { file } = ownPlace();
const options = singleFileOptions({
  directory: file.slice(0, file.lastIndexOf('/')),
  packageJson: JSON.parse(readOwnFile('package.json')),
  manifest: JSON.parse(readOwnFile('oclif.manifest.json')),
  loaders: {
${loaders.join('\n')}
  },
});
await main(process.argv.slice(2), options);
`;
}

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

/**
 * Whoever looks into the file shall be able to read it; zod's messages in other languages are no one's concern here,
 * and a third of zod. CycloneDX's library has optional plug-ins for XML and for schemas, which pommgr does not use: they
 * fail when they are loaded, as where their packages are not installed.
 * @param {import('esbuild').PluginBuild} builder
 */
function choosePackageFiles(builder) {
  builder.onLoad({ filter: /\.min\.[cm]?js$/ }, ({ path }) => ({
    errors: [{ text: `${path} is minified: take the readable build of that package` }],
  }));
  builder.onLoad({ filter: /\/cyclonedx-library\/.*\/_optPlug\.node\/__/ }, () => ({
    contents: "throw new Error('The optional plug-ins are left out.');",
  }));
  builder.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' }));
}
