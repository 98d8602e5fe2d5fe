/**
 * Parses deb822 text (deb822(5)): stanzas of `Field: value`, for files that are small enough for memory. Field names
 * are case-insensitive; a repeated field in a stanza is an error except in apt's own files.
 */
import { PommgrError, type ErrorCode } from '../../core/domain/errors.ts';

export interface Stanza {
  /** Line of its first field, from 1. */
  line: number;
  /** By lower-case name; read it through `fieldOf`. */
  fields: ReadonlyMap<string, string>;
}

export interface Deb822Options {
  /** Names the text in messages. */
  file: string;
  /**
   * Whether it is one of apt's own files: lines that start with `#` and carriage returns at the end of lines are
   * ignored, and of a repeated field in a stanza the last one counts.
   */
  comments: boolean;
  /** Code of the errors. Default `config.deb822`. */
  code?: ErrorCode;
}

/**
 * Returns the stanzas of a text, without the empty ones. A value keeps its line breaks: each further line follows a
 * `\n`, without the one blank at its start.
 * @throws PommgrError `options.code`, with the line, for what is not deb822.
 */
export function parseStanzas(text: string, options: Deb822Options): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let name = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = options.comments ? raw.replace(/\r+$/, '') : raw;
    const refuse = (why: string): PommgrError => malformed(why, { ...options, line: index + 1, text: line });
    if (options.comments && line.startsWith('#')) continue;
    if (line === '') {
      fields = new Map();
      continue;
    }
    const control = controlCharacter.exec(line);
    if (control !== null) throw refuse(`a control character (${codePointText(control[0])})`);
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (fields.size === 0) throw refuse('a continuation line without a field before it');
      fields.set(name, `${fields.get(name) ?? ''}\n${line.slice(1).trimEnd()}`);
      continue;
    }
    const field = fieldLine.exec(line);
    if (field === null) throw refuse('no "Field: value"');
    name = (field[1] ?? '').toLowerCase();
    if (fields.has(name) && !options.comments)
      throw refuse(`the field ${field[1]} a second time in one stanza`);
    if (fields.size === 0) stanzas.push({ line: index + 1, fields });
    fields.set(name, (field[2] ?? '').trim());
  }
  return stanzas;
}

/**
 * Returns the first stanza of an upstream text, by the rules of apt's own reader: of a repeated field the last one
 * counts, and a line without a colon belongs to the name of the next field. Returns undefined where apt finds no
 * stanza.
 */
export function parseFirstStanza(text: string): Stanza | undefined {
  const fields = new Map<string, string>();
  let name = '';
  let unfinished = '';
  // The text is read line by line, because a Release file may have hundreds of thousands of lines.
  for (const raw of linesOf(text)) {
    const line = raw.replace(/\r+$/, '');
    if (unfinished === '' && line === '') {
      if (fields.size === 0) continue;
      break;
    }
    if (unfinished === '' && /^\s/.test(line)) {
      if (fields.size > 0) fields.set(name, `${fields.get(name) ?? ''}\n${line.trim()}`);
      continue;
    }
    const found = unfinished + line;
    const colon = found.indexOf(':');
    unfinished = colon === -1 ? `${found}\n` : '';
    if (colon === -1) continue;
    name = found.slice(0, colon).trimEnd().toLowerCase();
    fields.set(name, found.slice(colon + 1).trim());
  }
  return unfinished !== '' || fields.size === 0 ? undefined : { line: 1, fields };
}

function* linesOf(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end === -1 ? text.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}

/** Returns the value of a field, whatever the case of its name; undefined where the stanza lacks it. */
export function fieldOf(stanza: Stanza, name: string): string | undefined {
  return stanza.fields.get(name.toLowerCase());
}

/** Returns the words of a field, separated by white space; none where the stanza lacks it. */
export function wordsOf(stanza: Stanza, name: string): string[] {
  return (fieldOf(stanza, name) ?? '').split(/\s+/).filter((word) => word !== '');
}

// Policy 5.1: printable ASCII without blank and colon, and no "#" or "-" at the start.
// apt takes blanks before the colon.
const fieldLine = /^([!"$-,.-9;-~][!-9;-~]*)[ \t]*:(.*)$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function codePointText(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function malformed(why: string, at: Deb822Options & { line: number; text: string }): PommgrError {
  const found = JSON.stringify(at.text.length > 80 ? `${at.text.slice(0, 80)}…` : at.text);
  return new PommgrError(at.code ?? 'config.deb822', `${at.file}, line ${at.line}: ${why}; found ${found}.`, {
    details: { file: at.file, line: at.line },
  });
}
