/** What the bundles of dist/ share: that of `npm run build`, and the single file of `npm run dist`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** CommonJS packages ask for Node.js's modules with `require`, which a module has not. */
export const requireLine =
  "import { createRequire as pommgrCreateRequire } from 'node:module';\n" +
  'const require = pommgrCreateRequire(import.meta.url);\n';

/**
 * The module `program`, whose runProgram() runs the command that the arguments name. `root` is a checkout with dist/ and
 * oclif.manifest.json.
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
export function programModule(root) {
  return {
    name: 'program',
    setup(builder) {
      builder.onResolve({ filter: /^program$/ }, () => ({ path: 'program', namespace: 'program' }));
      builder.onLoad({ filter: /^program$/, namespace: 'program' }, async () => ({
        contents: programText(await readFile(join(root, 'oclif.manifest.json'), 'utf8')),
        resolveDir: root,
      }));
    },
  };
}

/** @param {string} manifest */
function programText(manifest) {
  const { commands } = /** @type {{ commands: Record<string, unknown> }} */ (JSON.parse(manifest));
  const loaders = Object.keys(commands)
    .toSorted()
    .map((id) => `  '${id}': () => import('./dist/commands/${id.replaceAll(':', '/')}.js'),`);
  return `
import { ownDirectory, readOwnFile } from './dist/core/adapters/own-files.js';
import { main } from './dist/core/ui/main.js';
import { bundledOptions } from './dist/core/ui/bundled-options.js';

export async function runProgram() {
  const options = bundledOptions({
    directory: ownDirectory(),
    packageJson: JSON.parse(readOwnFile('package.json')),
    manifest: JSON.parse(readOwnFile('oclif.manifest.json')),
    loaders: {
${loaders.join('\n')}
    },
  });
  await main(process.argv.slice(2), options);
}
`;
}

/**
 * Whoever looks into a bundle shall be able to read it; zod's messages in other languages are no one's concern here,
 * and a third of zod. CycloneDX's library has optional plug-ins for XML and for schemas, which pommgr does not use: they
 * fail when they are loaded, as where their packages are not installed.
 * @type {import('esbuild').Plugin}
 */
export const choosePackageFiles = {
  name: 'packages',
  setup(builder) {
    builder.onLoad({ filter: /\.min\.[cm]?js$/ }, ({ path }) => ({
      errors: [{ text: `${path} is minified: take the readable build of that package` }],
    }));
    builder.onLoad({ filter: /\/cyclonedx-library\/.*\/_optPlug\.node\/__/ }, () => ({
      contents: "throw new Error('The optional plug-ins are left out.');",
    }));
    builder.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' }));
  },
};
