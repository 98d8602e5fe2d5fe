/** `config mirror …` and `config media …`. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { changeConfig, configPath, findSection, readConfig, sectionsOf } from './config-file.mjs';
import { osErrorText, ParameterError, PomError } from './errors.mjs';
import { sayData, sayProperties, sayTable } from './output.mjs';
import { createPool, destroyPool, openPool } from './pool.mjs';

/**
 * @typedef {import('./arguments.mjs').Arguments} Arguments
 * @typedef {import('./config-file.mjs').Section} Section
 */

/** @param {Arguments} args */
export async function addMirror(args) {
  const id = String(args['id']);
  await changeConfig(args, (sections) => {
    if (sections.some((section) => section.id === id)) {
      throw new ParameterError([['name', `mirror config entry '${id}' already exists.`]]);
    }
    createPool(String(args['base-dir']), id);
    sections.push({ type: 'mirror', id, properties: { 'ignore-errors': false, ...propertiesOf(args) } });
  });
}

/** @param {Arguments} args */
export function listMirrors(args) {
  const mirrors = sectionsOf(readConfig(configPath(args)), 'mirror');
  sayData(args['output-format'], mirrors.map(dataOf), () =>
    sayTable(
      ['ID', 'repository', 'base-dir', 'verify', 'sync'],
      byId(mirrors).map(({ id, properties }) => [
        id,
        properties['repository'],
        properties['base-dir'],
        properties['verify'],
        properties['sync'],
      ]),
    ),
  );
}

/** @param {Arguments} args */
export function showMirror(args) {
  const section = findSection(readConfig(configPath(args)), 'mirror', String(args['id']));
  const shown = ['architectures', 'base-dir', 'id', 'key-path', 'repository', 'sync', 'verify'];
  shown.push('ignore-errors', 'use-subscription', 'weak-crypto', 'skip-packages', 'skip-sections');
  show(args, section, shown);
}

/** @param {Arguments} args */
export async function updateMirror(args) {
  await changeConfig(args, (sections) => {
    const section = findSection(sections, 'mirror', String(args['id']));
    const changes = propertiesOf(args);
    // POM takes this option and forgets it.
    delete changes['use-subscription'];
    section.properties = { ...section.properties, ...changes };
  });
}

/** @param {Arguments} args */
export async function removeMirror(args) {
  const id = String(args['id']);
  await changeConfig(args, async (sections) => {
    const index = sections.findIndex((section) => section.id === id);
    const section = sections[index];
    if (section === undefined) {
      throw new ParameterError([['id', `mirror config entry '${id}' does not exist!`]]);
    }
    // The data goes first, and then its directory, which is gone by then: so the entry stays.
    if (args['remove-data'] === true) await destroyPool(openPool(String(section.properties['base-dir']), id));
    sections.splice(index, 1);
  });
}

/** @param {Arguments} args */
export async function addMedium(args) {
  const id = String(args['id']);
  await changeConfig(args, (sections) => {
    if (sections.some((section) => section.id === id)) {
      throw new ParameterError([['name', `config section '${id}' already exists.`]]);
    }
    sections.push({ type: 'medium', id, properties: propertiesOf(args) });
  });
}

/** @param {Arguments} args */
export function listMedia(args) {
  const media = sectionsOf(readConfig(configPath(args)), 'medium');
  sayData(args['output-format'], media.map(dataOf), () =>
    sayTable(
      ['ID', 'mountpoint', 'mirrors', 'verify', 'sync'],
      byId(media).map(({ id, properties }) => [
        id,
        properties['mountpoint'],
        properties['mirrors'],
        properties['verify'],
        properties['sync'],
      ]),
    ),
  );
}

/** @param {Arguments} args */
export function showMedium(args) {
  const section = findSection(readConfig(configPath(args)), 'medium', String(args['id']));
  show(args, section, ['id', 'mirrors', 'mountpoint', 'sync', 'verify']);
}

/** @param {Arguments} args */
export async function updateMedium(args) {
  await changeConfig(args, (sections) => {
    const section = findSection(sections, 'medium', String(args['id']));
    section.properties = { ...section.properties, ...propertiesOf(args) };
  });
}

/** @param {Arguments} args */
export async function removeMedium(args) {
  const id = String(args['id']);
  await changeConfig(args, (sections) => {
    const index = sections.findIndex((section) => section.id === id);
    const section = sections[index];
    if (section === undefined) throw new ParameterError([['id', `config section '${id}' does not exist!`]]);
    if (args['remove-data'] === true) removeEverything(String(section.properties['mountpoint']));
    sections.splice(index, 1);
  });
}

/**
 * All that is below a mount point, whoever put it there, then the directory itself.
 * @param {string} directory
 */
function removeEverything(directory) {
  try {
    for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
    rmSync(directory, { recursive: true });
  } catch (error) {
    throw new PomError(osErrorText(error));
  }
}

/**
 * @param {Arguments} args
 * @param {Section} section
 * @param {readonly string[]} names in the order of the table
 */
function show(args, section, names) {
  const data = dataOf(section);
  sayData(args['output-format'], data, () => sayProperties(names.map((name) => [name, data[name]])));
}

/**
 * @param {Section} section
 * @returns {Record<string, unknown>}
 */
function dataOf({ id, properties }) {
  return { ...properties, id };
}

/**
 * @param {Arguments} args
 * @returns {Arguments}
 */
function propertiesOf(args) {
  const others = ['config', 'id', 'output-format'];
  return Object.fromEntries(Object.entries(args).filter(([name]) => !others.includes(name)));
}

/** @param {readonly Section[]} sections */
function byId(sections) {
  return sections.toSorted((left, right) => (left.id < right.id ? -1 : 1));
}
