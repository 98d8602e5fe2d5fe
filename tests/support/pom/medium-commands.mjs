/** `medium status`, `medium diff`, `medium gc`. */
import { join } from 'node:path';
import { configPath, findSection, readConfig } from './config-file.mjs';
import { anyOrder, rfc3339 } from './environment.mjs';
import { PomError } from './errors.mjs';
import { checkMountpoint, readState, withMedium } from './medium-state.mjs';
import { say, setText } from './output.mjs';
import { openPool, withPool } from './pool.mjs';
import { collectGarbage } from './pool-gc.mjs';
import { diffPools, sizesOf } from './pool-sync.mjs';
import { mediumRepositoryLine } from './repository-line.mjs';
import { filesByPath, snapshotsIn } from './snapshot-commands.mjs';

/** @typedef {import('./arguments.mjs').Arguments} Arguments */

/** @param {Arguments} args */
export function status(args) {
  const { sections, mountpoint, ids } = mediumOf(args);
  checkMountpoint(mountpoint);
  const state = readState(mountpoint);
  if (state === undefined) throw new PomError("No status available - statefile doesn't exist.");
  const synced = anyOrder(Object.keys(state.mirrors));
  say(`Last sync timestamp: ${rfc3339(state['last-sync'])}`);
  say(`Already synced mirrors: ${setText(synced)}`);
  const missing = ids.filter((id) => !synced.includes(id));
  if (missing.length > 0) say(`Missing mirrors: ${setText(missing)}`);
  const dropped = synced.filter((id) => !ids.includes(id));
  if (dropped.length > 0) say(`To-be-removed mirrors: ${setText(dropped)}`);
  for (const id of anyOrder(synced)) {
    say(`\nMirror '${id}'`);
    const { properties } = findSection(sections, 'mirror', id);
    const line = String(properties['repository']);
    const source = openPool(String(properties['base-dir']), id).linkDirectory;
    say(`Source:\n\t${snapshotsText(snapshotsIn(source))}`);
    say(`\trepository config: '${line}'`);
    const directory = join(mountpoint, id);
    const there = snapshotsIn(directory);
    say(`Medium:\n\t${snapshotsText(there)}`);
    const last = there.at(-1);
    const synchronised = state.mirrors[id]?.repository ?? line;
    if (last !== undefined)
      say(`\trepository config: ${mediumRepositoryLine(synchronised, join(directory, last))}`);
  }
}

/** @param {Arguments} args */
export async function diff(args) {
  const { sections, mountpoint, ids } = mediumOf(args);
  const verbose = args['verbose'] === true;
  await withMedium(mountpoint, async () => {
    const state = readState(mountpoint);
    if (state === undefined) throw new PomError('Medium not yet initializes.');
    const texts = [];
    for (const id of anyOrder(new Set([...ids, ...Object.keys(state.mirrors)]))) {
      const base = String(findSection(sections, 'mirror', id).properties['base-dir']);
      const source = openPool(base, id);
      // A mirror that is not on both sides is shown as missing, whatever the medium holds.
      const info = ids.includes(id) ? state.mirrors[id] : undefined;
      const difference = info
        ? await diffPools(source, openPool(mountpoint, id, info.pool))
        : { onlyThere: [], onlyHere: sizesOf([...filesByPath(source.linkDirectory)]), changed: [] };
      texts.push(diffText(id, difference, verbose));
    }
    process.stdout.write(texts.join('\n'));
  });
}

/** @param {Arguments} args */
export async function collect(args) {
  const { mountpoint } = mediumOf(args);
  await withMedium(mountpoint, async () => {
    say('Loading state..');
    const state = readState(mountpoint);
    if (state === undefined) throw new PomError('Cannot GC empty medium - no statefile found.');
    say(`Last sync timestamp: ${rfc3339(state['last-sync'])}`);
    let count = 0;
    let sizeBytes = 0;
    for (const [id, info] of anyOrder(Object.entries(state.mirrors))) {
      say(`\nGC for '${id}'`);
      const pool = openPool(mountpoint, id, info.pool);
      const removed = await withPool(pool, () => collectGarbage(pool));
      say(`removed ${removed.count} files (${removed.sizeBytes}b)`);
      count += removed.count;
      sizeBytes += removed.sizeBytes;
    }
    say(`GC removed ${count} files (${sizeBytes}b)`);
  });
}

/**
 * @param {string} id
 * @param {Awaited<ReturnType<typeof diffPools>>} difference
 * @param {boolean} verbose
 */
function diffText(id, { onlyThere, onlyHere, changed }, verbose) {
  /** @param {[string, number][]} files @param {string} sign */
  const lines = (files, sign) =>
    verbose ? files.map(([path, size]) => `\t\t${JSON.stringify(path)}: ${sign}${size}b\n`).join('') : '';
  /** @param {[string, number][]} files */
  const total = (files) => files.reduce((sum, [, size]) => sum + size, 0);
  return [
    `Mirror '${id}'\n\t${onlyThere.length} file(s) only on medium:\n${lines(onlyThere, '+')}`,
    `\tTotal size: +${total(onlyThere)}b\n\n`,
    `\t${onlyHere.length} file(s) missing on medium:\n${lines(onlyHere, '-')}`,
    `\tTotal size: -${total(onlyHere)}b\n\n`,
    `\t${changed.length} file(s) diff between source and medium:\n${lines(changed, '+-')}`,
    `\tSum of size differences: +-${total(changed)}b\n`,
  ].join('');
}

/**
 * `1 snapshot: X`, `2 snapshots: 'X..Y'`.
 * @param {readonly string[]} names
 */
export function snapshotsText(names) {
  const [first] = names;
  if (first === undefined) return 'No snapshots.';
  return names.length === 1
    ? `1 snapshot: ${first}`
    : `${names.length} snapshots: '${first}..${names.at(-1)}'`;
}

/** @param {Arguments} args */
function mediumOf(args) {
  const sections = readConfig(configPath(args));
  const { properties } = findSection(sections, 'medium', String(args['id']));
  return {
    sections,
    mountpoint: String(properties['mountpoint']),
    ids: /** @type {string[]} */ (properties['mirrors']),
  };
}
