/** What can be answered before the rest of pommgr is loaded, with the very words that it would have. */

/**
 * What it needs of pommgr's own files: texts, by their paths in the package, and two modules.
 * @typedef {{
 *   read: (path: string) => string,
 *   lastCheck: () => Promise<typeof import('../src/snapshot/adapters/last-check.ts')>,
 *   unchangedText: () => Promise<typeof import('../src/snapshot/ui/unchanged-text.ts')>,
 * }} OwnFiles
 */

/**
 * False where it was not that.
 * @param {string[]} argv
 * @param {OwnFiles} own
 */
export async function answerQuickly(argv, own) {
  const [command, ...rest] = argv;
  if (command === '--version' && rest.length === 0) return show(versionLine(own));
  if (command === '--help' && rest.length === 0) return showHelp(own);
  if (command === 'snapshot') return await showUnchanged(rest, own);
  return false;
}

/** As oclif has it. */
function versionLine(/** @type {OwnFiles} */ own) {
  const { name, version } = packageFacts(own);
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
}

function show(/** @type {string} */ text) {
  process.stdout.write(text);
  return true;
}

/** What `npm run build` kept of it; a terminal gets its titles in bold from oclif. */
function showHelp(/** @type {OwnFiles} */ own) {
  if (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined) return false;
  return show(own.read('dist/help.txt').replace('@VERSION@', versionLine(own).trim()));
}

function packageFacts(/** @type {OwnFiles} */ own) {
  return /** @type {{ name: string, version: string }} */ (JSON.parse(own.read('package.json')));
}

/**
 * `pommgr snapshot` where upstream has nothing new; with other flags than these a whole run must tell.
 * @param {string[]} flags
 * @param {OwnFiles} own
 */
async function showUnchanged(flags, own) {
  const asked = readFlags(flags);
  if (asked === undefined) return false;
  const { findUnchanged } = await own.lastCheck();
  const { version: tool } = packageFacts(own);
  const found = await findUnchanged(asked.config, { environment: process.env, tool });
  if (found === undefined) return false;
  const { unchangedText, unchangedDocument } = await own.unchangedText();
  const text = asked.isJson ? unchangedDocument(found) : unchangedText(found.baseline);
  process.stdout.write(`${text}\n`);
  return true;
}

/** Undefined where one is another. */
function readFlags(/** @type {string[]} */ flags) {
  /** @type {{ config: string | undefined, isJson: boolean }} */
  const asked = { config: undefined, isJson: false };
  const left = [...flags];
  for (let flag = left.shift(); flag !== undefined; flag = left.shift()) {
    if (flag === '--json') asked.isJson = true;
    else if (flag === '--config' && asked.config === undefined && left[0] !== undefined)
      asked.config = left.shift();
    else if (flag !== '-q' && flag !== '--quiet') return undefined;
  }
  return asked;
}
