/** What can be answered before the rest of pommgr is loaded, with the very words that it would have. */
import { existsSync, readFileSync } from 'node:fs';

const own = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);

/** False where it was not that. */
export async function answerQuickly(/** @type {string[]} */ argv) {
  const [command, ...rest] = argv;
  if (command === '--version' && rest.length === 0) return show(versionLine());
  if (command === '--help' && rest.length === 0) return showHelp();
  if (command === 'snapshot') return await showUnchanged(rest);
  return false;
}

/** As oclif has it. */
function versionLine() {
  const { name, version } = packageFacts();
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
}

function show(/** @type {string} */ text) {
  process.stdout.write(text);
  return true;
}

/** What `npm run build` kept of it; a terminal gets its titles in bold from oclif. */
function showHelp() {
  const path = own('dist/help.txt');
  if (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined || !existsSync(path)) return false;
  return show(readFileSync(path, 'utf8').replace('@VERSION@', versionLine().trim()));
}

function packageFacts() {
  const text = readFileSync(own('package.json'), 'utf8');
  return /** @type {{ name: string, version: string }} */ (JSON.parse(text));
}

/** `pommgr snapshot` where upstream has nothing new; with other flags than these a whole run must tell. */
async function showUnchanged(/** @type {string[]} */ flags) {
  const asked = readFlags(flags);
  if (asked === undefined) return false;
  const { findUnchanged } = /** @type {typeof import('../src/snapshot/adapters/last-check.ts')} */ (
    await import(own('dist/snapshot/adapters/last-check.js').href)
  );
  const { version: tool } = packageFacts();
  const found = await findUnchanged(asked.config, { environment: process.env, tool });
  if (found === undefined) return false;
  const { unchangedText, unchangedDocument } =
    /** @type {typeof import('../src/snapshot/ui/unchanged-text.ts')} */ (
      await import(own('dist/snapshot/ui/unchanged-text.js').href)
    );
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
