/**
 * A step of `npm run build`: puts dist/ and the packages that it imports into fewer and larger modules, in
 * dist/program/code, which start in half of the time that a thousand need. They lie as deep in dist/ as the modules that
 * find pommgr's own files (own-files.ts).
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { choosePackageFiles, programModule, requireLine } from './program-module.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * esbuild gives a CommonJS package that is loaded when it is needed no other export than `default`: such packages are
 * loaded by a module that names what Node.js finds in them.
 * @type {import('esbuild').Plugin}
 */
const namedExports = {
  name: 'named exports',
  setup(builder) {
    builder.onResolve({ filter: /^[a-z@]/ }, ({ path, kind }) =>
      kind === 'dynamic-import' && packagesInCommonJs.has(path)
        ? { path, namespace: 'named-exports' }
        : undefined,
    );
    builder.onLoad({ filter: /./, namespace: 'named-exports' }, async ({ path }) => {
      const names = Object.keys(/** @type {object} */ (await import(path)));
      const named = names.filter((name) => name !== 'default' && name !== 'module.exports').join(', ');
      return {
        contents: `import whole from '${path}';\nexport default whole;\nexport const { ${named} } = whole;\n`,
        resolveDir: root,
      };
    });
  },
};

const packagesInCommonJs = new Set(['send', 'tmp-promise', 'undici']);

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [{ in: 'program', out: 'program' }],
  outdir: 'dist/program/code',
  plugins: [programModule(root), namedExports, choosePackageFiles],
  banner: { js: requireLine },
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  legalComments: 'none',
  metafile: true,
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
  platform: 'node',
  splitting: true,
  target: 'node20',
  treeShaking: true,
});

for (const [from, { imports }] of Object.entries(metafile.inputs)) {
  for (const { path, kind } of imports) {
    if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs')
      throw new Error(`${from} loads ${path}, which is CommonJS: add its package to packagesInCommonJs`);
  }
}
