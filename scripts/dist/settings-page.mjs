/** pommgr.yaml(5) and pommgr-config.yaml(5): every setting of a config file, made of its schema (man(7)). */
import { z } from 'zod';
import { escape } from './man-page.mjs';

/**
 * @typedef {object} SettingSchema as much of a JSON schema as is read
 * @property {string} [description]
 * @property {string | string[]} [type]
 * @property {unknown} [default]
 * @property {string | number | boolean} [const]
 * @property {unknown[]} [enum]
 * @property {SettingSchema} [items]
 * @property {SettingSchema[]} [anyOf]
 * @property {Record<string, SettingSchema>} [properties]
 * @property {string[]} [required]
 *
 * @typedef {{ path: string, kind: string, preset: unknown, isRequired: boolean, text: string }} Setting
 *
 * @typedef {object} PageAbout
 * @property {string} title name of the page, e.g. `pommgr.yaml`
 * @property {string} name what it is, in a line
 * @property {string[]} description paragraphs
 * @property {string} example a whole file
 * @property {string} version
 * @property {string} date `2026-11-23`
 */

/**
 * Every setting of a file, in the order of its schema: `download.retries`, `mirrors[].id`.
 * @param {import('zod').ZodType} schema
 * @returns {Setting[]}
 * @throws Error for a setting that has no description
 */
export function listSettings(schema) {
  return settingsOf(/** @type {SettingSchema} */ (z.toJSONSchema(schema, { io: 'input' })), '');
}

/**
 * @param {SettingSchema} schema
 * @param {string} prefix
 * @returns {Setting[]}
 */
function settingsOf({ properties = {}, required = [] }, prefix) {
  return Object.entries(properties).flatMap(([name, setting]) => {
    const path = `${prefix}${name}`;
    const { description: text } = setting;
    if (text === undefined || text === '') throw new Error(`The setting ${path} has no description.`);
    const below = setting.properties ? setting : objectOf(setting.items);
    const further = below?.properties ? settingsOf(below, `${path}${setting.items ? '[]' : ''}.`) : [];
    const preset = further.length > 0 && !setting.items ? undefined : setting.default;
    return [{ path, kind: kindOf(setting), preset, isRequired: required.includes(name), text }, ...further];
  });
}

/** @param {SettingSchema} [schema] @returns {SettingSchema | undefined} the one of several forms that has settings */
function objectOf(schema) {
  return schema?.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
}

/** @param {SettingSchema} setting @returns {string} */
function kindOf({ type, items, anyOf, enum: values, const: only }) {
  if (only !== undefined) return String(only);
  if (values !== undefined) return values.map(String).join(' | ');
  if (anyOf !== undefined) return anyOf.map(kindOf).join(' or ');
  if (items !== undefined) return items.properties ? 'list' : `list of: ${kindOf(items)}`;
  switch (type) {
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true | false';
    case 'object':
      return 'settings';
    default:
      return type === 'string' ? 'text' : String(type);
  }
}

/**
 * @param {import('zod').ZodType} schema
 * @param {PageAbout} about
 */
export function settingsPage(schema, { title, name, description, example, version, date }) {
  return `${[
    `.TH "${escape(title.toUpperCase())}" 5 "${date}" "pommgr ${version}" "File Formats"`,
    '.SH NAME',
    `${escape(title)} ${String.raw`\-`} ${escape(name)}`,
    '.SH DESCRIPTION',
    ...description.flatMap((text, index) => [...(index === 0 ? [] : ['.PP']), escape(text)]),
    '.SH SETTINGS',
    ...listSettings(schema).flatMap(settingLines),
    '.SH EXAMPLE',
    '.nf',
    ...example.trimEnd().split('\n').map(escape),
    '.fi',
    '.SH SEE ALSO',
    '.BR pommgr (1)',
  ].join('\n')}\n`;
}

/** @param {Setting} setting */
function settingLines({ path, kind, preset, isRequired, text }) {
  const facts = [
    ...(isRequired ? ['Required.'] : []),
    ...(preset === undefined || isEmpty(preset) ? [] : [`Default: ${presetText(preset)}.`]),
  ];
  return ['.TP', String.raw`\fB${escape(path)}\fR (${escape(kind)})`, escape([text, ...facts].join(' '))];
}

/** @param {unknown} preset */
function isEmpty(preset) {
  return Array.isArray(preset) && preset.length === 0;
}

/** @param {unknown} preset @returns {string} */
function presetText(preset) {
  return Array.isArray(preset) ? preset.map(String).join(', ') : String(preset);
}
