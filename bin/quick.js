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
  const text = readFileSync(own('package.json'), 'utf8');
  const { name, version } = /** @type {{ name: string, version: string }} */ (JSON.parse(text));
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

/** `pommgr snapshot` where upstream has nothing new; with other flags than these a whole run must tell. */
async function showUnchanged(/** @type {string[]} */ flags) {
  const config = flags[0] === '--config' ? flags[1] : undefined;
  const others = config === undefined ? flags : flags.slice(2);
  if (others.some((flag) => flag !== '-q' && flag !== '--quiet')) return false;
  const { findUnchanged } = /** @type {typeof import('../src/snapshot/adapters/last-check.ts')} */ (
    await import(own('dist/snapshot/adapters/last-check.js').href)
  );
  const baseline = await findUnchanged(config, process.env);
  if (baseline === undefined) return false;
  const { unchangedText } = /** @type {typeof import('../src/snapshot/ui/unchanged-text.ts')} */ (
    await import(own('dist/snapshot/ui/unchanged-text.js').href)
  );
  process.stdout.write(`${unchangedText(baseline)}\n`);
  return true;
}
