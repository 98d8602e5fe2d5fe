/** POM's config file: sections of mirrors, media and subscriptions. One property that POM does not know spoils all. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { booleanOf } from './arguments.mjs';
import { anyOrder } from './environment.mjs';
import { PomError, quoted } from './errors.mjs';
import { withLock } from './lock.mjs';
import { mediumProperties, mirrorProperties, subscriptionProperties } from './parameters.mjs';

/**
 * @typedef {Record<string, string | boolean | string[]>} Properties
 * @typedef {'mirror' | 'medium' | 'subscription'} SectionType
 * @typedef {{ type: SectionType, id: string, properties: Properties }} Section
 */

const sectionTypes = {
  mirror: {
    properties: mirrorProperties,
    required: ['architectures', 'base-dir', 'key-path', 'repository', 'sync', 'verify'],
  },
  medium: { properties: mediumProperties, required: ['mirrors', 'mountpoint', 'sync', 'verify'] },
  subscription: { properties: subscriptionProperties, required: ['server-id'] },
};

/** @param {import('./arguments.mjs').Arguments} args */
export function configPath(args) {
  const given = args['config'] ?? process.env['PROXMOX_OFFLINE_MIRROR_CONFIG'];
  return typeof given === 'string' ? given : '/etc/proxmox-offline-mirror.cfg';
}

/**
 * Changes the config under its lock.
 * @param {import('./arguments.mjs').Arguments} args
 * @param {(sections: Section[]) => Promise<void> | void} change
 */
export async function changeConfig(args, change) {
  const path = configPath(args);
  await withLock(join(dirname(path), `.${basename(path)}.lock`), 10, async () => {
    const sections = readConfig(path);
    await change(sections);
    writeConfig(path, sections);
  });
}

/**
 * The sections in the file's order; none when there is no file.
 * @param {string} path
 * @returns {Section[]}
 */
export function readConfig(path) {
  if (!existsSync(path)) return [];
  /** @type {Section[]} */
  const sections = [];
  /** @type {Section | undefined} */
  let section;
  const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    /** @param {string} why */
    const fail = (why) => new PomError(`parsing ${quoted(path)} failed: line ${index + 1} - ${why}`);
    if (line.trim() === '') {
      if (section !== undefined) finish(section, fail);
      section = undefined;
    } else if (section === undefined) {
      section = sectionOf(line, fail);
      sections.push(section);
    } else addProperty(section, line, fail);
  }
  if (section !== undefined) {
    // A section that the file ends with is judged on its last line, not on a blank one after it.
    const place = `parsing ${quoted(path)} failed: line ${lines.length} - `;
    finish(section, (why) => new PomError(`${place}${why}`));
  }
  return sections;
}

/**
 * The section of that name, or POM's error.
 * @param {readonly Section[]} sections
 * @param {SectionType} type
 * @param {string} id
 */
export function findSection(sections, type, id) {
  const section = sections.find((candidate) => candidate.id === id);
  if (section === undefined) throw new PomError(`no such ${type} '${id}'`);
  if (section.type !== type) {
    throw new PomError(`got unexpected type '${section.type}' for ${type} '${id}'`);
  }
  return section;
}

/**
 * All sections of a type in the order of a hash map.
 * @param {readonly Section[]} sections
 * @param {SectionType} type
 */
export function sectionsOf(sections, type) {
  return anyOrder(sections.filter((section) => section.type === type));
}

/**
 * @param {string} line
 * @param {(why: string) => PomError} fail
 * @returns {Section}
 */
function sectionOf(line, fail) {
  const header = /^(\S+): (.*\S)\s*$/.exec(line);
  if (header === null) throw fail('syntax error (expected header)');
  const [, type = '', id = ''] = header;
  if (type !== 'mirror' && type !== 'medium' && type !== 'subscription') {
    throw fail(`unknown section type '${type}'`);
  }
  return { type, id, properties: {} };
}

/**
 * @param {Section} section
 * @param {string} line
 * @param {(why: string) => PomError} fail
 */
function addProperty(section, line, fail) {
  const match = /^\s+(\S+)(?:\s+(.*?))?\s*$/.exec(line);
  if (match === null) throw fail('syntax error (expected section properties)');
  const [, name = '', value = ''] = match;
  const parameter = sectionTypes[section.type].properties[name];
  if (parameter === undefined) throw fail(`unknown property '${name}'`);
  if (parameter.list === true) {
    section.properties[name] = [.../** @type {string[]} */ (section.properties[name] ?? []), value];
  } else if (parameter.type === 'boolean') section.properties[name] = booleanOf(value) === true;
  else section.properties[name] = value;
}

/**
 * @param {Section} section
 * @param {(why: string) => PomError} fail
 */
function finish(section, fail) {
  for (const name of sectionTypes[section.type].required) {
    if (name in section.properties) continue;
    throw fail(`property '${name}' is missing and it is not optional.`);
  }
  if (section.type === 'mirror') section.properties['ignore-errors'] ??= false;
}

/**
 * @param {string} path
 * @param {readonly Section[]} sections
 */
function writeConfig(path, sections) {
  const text = sections.map((section) => sectionText(path, section)).join('\n');
  const temporary = `${path}.tmp_${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o644 });
  renameSync(temporary, path);
}

/**
 * @param {string} path
 * @param {Section} section
 */
function sectionText(path, { type, id, properties }) {
  let text = `${type}: ${id}\n`;
  for (const name of Object.keys(properties).toSorted()) {
    const value = properties[name] ?? '';
    for (const item of Array.isArray(value) ? value : [String(value)]) {
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      if (/[\u0000-\u001f\u007f]/.test(item)) {
        const what = `detected unexpected control character in section '${id}' key '${name}'`;
        throw new PomError(`writing ${quoted(path)} failed: ${what}`);
      }
      text += `\t${name} ${item}\n`;
    }
  }
  return text;
}
