/** `mirror snapshot …` and `mirror gc`. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { configPath, findSection, readConfig, sectionsOf } from './config-file.mjs';
import { osErrorText, PomError, quoted } from './errors.mjs';
import { say, sayData, warn } from './output.mjs';
import { openPool, withPool } from './pool.mjs';
import { collectGarbage, filesBelow } from './pool-gc.mjs';
import { loginFor } from './subscription.mjs';

/**
 * @typedef {import('./arguments.mjs').Arguments} Arguments
 * @typedef {import('./config-file.mjs').Section} Section
 */

/** @param {Arguments} args */
export async function create(args) {
  const sections = readConfig(configPath(args));
  const mirror = findSection(sections, 'mirror', String(args['id']));
  const login = loginFor(sections, mirror.properties['use-subscription']);
  // Loaded here: it brings the HTTP client, which no other command needs.
  const { createSnapshot } = await import('./snapshot-create.mjs');
  await createSnapshot(mirror, { login, dryRun: args['dry-run'] === true });
}

/** @param {Arguments} args */
export async function createAll(args) {
  const { createSnapshot } = await import('./snapshot-create.mjs');
  const sections = readConfig(configPath(args));
  /** @type {Map<string, string | undefined>} */
  const outcomes = new Map();
  for (const mirror of sectionsOf(sections, 'mirror')) {
    say(`\nCREATING SNAPSHOT FOR '${mirror.id}'..`);
    let login;
    try {
      login = loginFor(sections, mirror.properties['use-subscription']);
    } catch (error) {
      outcomes.set(mirror.id, messageOf(error));
      warn(`Skipping mirror '${mirror.id}' - ${messageOf(error)})`);
      continue;
    }
    try {
      await createSnapshot(mirror, { login, dryRun: args['dry-run'] === true });
      outcomes.set(mirror.id, undefined);
    } catch (error) {
      outcomes.set(mirror.id, messageOf(error));
      warn(`Failed to create snapshot for '${mirror.id}' - ${messageOf(error)}`);
    }
  }
  say('\nSUMMARY:');
  for (const [id, problem] of outcomes) {
    if (problem === undefined) say(`${id}: OK`);
    else warn(`${id}: ERR - ${problem}`);
  }
  if ([...outcomes.values()].some((problem) => problem !== undefined)) {
    throw new PomError('Failed to create snapshots for all configured mirrors.');
  }
}

/** @param {Arguments} args */
export function list(args) {
  const sections = readConfig(configPath(args));
  const only = args['id'];
  const mirrors =
    only === undefined ? sectionsOf(sections, 'mirror') : [findSection(sections, 'mirror', String(only))];
  /** @type {Record<string, string[]>} */
  const found = {};
  for (const { id, properties } of mirrors) {
    try {
      found[id] = snapshotsIn(openPool(String(properties['base-dir']), id).linkDirectory);
    } catch (error) {
      if (only !== undefined) throw error;
      warn(`Failed to list snapshots for ${id} - ${messageOf(error)}`);
    }
  }
  sayData(args['output-format'], found, () => {
    const texts = Object.entries(found)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(
        ([id, names]) => `${id} (${names.length} snapshots):\n${names.map((name) => `- ${name}\n`).join('')}`,
      );
    process.stdout.write(texts.join('\n'));
  });
}

/** @param {Arguments} args */
export async function remove(args) {
  const { pool } = mirrorPool(args);
  const path = join(pool.linkDirectory, String(args['snapshot']));
  await withPool(pool, () => {
    try {
      rmSync(path, { recursive: true });
    } catch (error) {
      throw new PomError(`Failed to remove ${quoted(path)} - ${osErrorText(error)}`);
    }
  });
}

/** @param {Arguments} args */
export async function diff(args) {
  const { pool } = mirrorPool(args);
  const [one, other] = [String(args['snapshot']), String(args['other_snapshot'])];
  const [before, after] = await withPool(pool, () => [
    filesByPath(join(pool.linkDirectory, one)),
    filesByPath(join(pool.linkDirectory, other)),
  ]);
  const added = [...after].filter(([path]) => !before.has(path));
  const removed = [...before].filter(([path]) => !after.has(path));
  const changed = [...before].filter(([path, file]) => (after.get(path)?.inode ?? file.inode) !== file.inode);
  say(`${other} added ${added.length} file(s)`);
  for (const [path, file] of added) say(`\t${quoted(path)}: +${file.sizeBytes}b`);
  say(`\n${other} removed ${removed.length} file(s)`);
  for (const [path, file] of removed) say(`\t${quoted(path)}: -${file.sizeBytes}b`);
  say(`\n ${changed.length} file(s) diff between ${one} and ${other}`);
  for (const [path, file] of changed) {
    say(`\t${quoted(path)}: +-${Math.abs(file.sizeBytes - (after.get(path)?.sizeBytes ?? 0))}b`);
  }
}

/** @param {Arguments} args */
export async function collect(args) {
  const sections = readConfig(configPath(args));
  if (args['id'] !== undefined) {
    const { pool } = mirrorPool(args);
    const { count, sizeBytes } = await withPool(pool, () => collectGarbage(pool));
    say(`Removed ${count} files totalling ${sizeBytes}b`);
    return;
  }
  let count = 0;
  let sizeBytes = 0;
  const done = new Set();
  for (const { id, properties } of sectionsOf(sections, 'mirror')) {
    const base = String(properties['base-dir']);
    if (done.has(base)) {
      say(`${id}: base dir '${base}' already GCed\n`);
      continue;
    }
    const pool = openPool(base, id);
    const removed = await withPool(pool, () => collectGarbage(pool));
    done.add(base);
    say(`${id}: removed ${removed.count} files totalling ${removed.sizeBytes}b\n`);
    count += removed.count;
    sizeBytes += removed.sizeBytes;
  }
  say(`Removed ${count} files totalling ${sizeBytes}b`);
}

/**
 * The finished snapshots in a mirror's directory, oldest first.
 * @param {string} directory
 */
export function snapshotsIn(directory) {
  return readdirSync(directory)
    .filter((name) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(name))
    .filter((name) => statSync(join(directory, name)).isDirectory())
    .toSorted();
}

/**
 * The files below a directory by relative path, sorted.
 * @param {string} directory
 */
export function filesByPath(directory) {
  const files = filesBelow(directory).map(
    (file) => /** @type {const} */ ([relative(directory, file.path), file]),
  );
  return new Map(files.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** @param {Arguments} args */
function mirrorPool(args) {
  const mirror = findSection(readConfig(configPath(args)), 'mirror', String(args['id']));
  return { mirror, pool: openPool(String(mirror.properties['base-dir']), mirror.id) };
}

/** @param {unknown} error */
function messageOf(error) {
  if (error instanceof PomError) return error.message;
  throw error;
}
