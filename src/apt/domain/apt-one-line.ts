/** Parses the one-line format of apt's source lists: `deb [option=value …] URI suite [component …]`. */
import { PommgrError } from '../../core/domain/errors.ts';

/** A source from either format, before its values are checked. */
export interface RawSource {
  /** Number of its first line, from 1. */
  line: number;
  types: string[];
  uris: string[];
  suites: string[];
  components: string[];
  /** All other options by their deb822 name in lower case. */
  fields: Map<string, string>;
}

const fieldNames = new Map([
  ['arch', 'architectures'],
  ['lang', 'languages'],
  ['target', 'targets'],
]);
/** Names of deb822 that apt does not recognise here. */
const deb822Names = new Set(['architectures', 'languages', 'targets', 'enabled']);
const operators = new Map([
  ['+', '-add'],
  ['-', '-remove'],
]);

/** @throws PommgrError `config.apt-sources`, with the line. Lines that are commented out are no sources. */
export function parseOneLineSources(text: string, file: string): RawSource[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = withoutComment(raw).trim();
    if (line === '') return [];
    const source = parseLine(line, index + 1);
    if (source !== undefined) return [source];
    throw new PommgrError(
      'config.apt-sources',
      `${file}, line ${index + 1}: expected "deb [options] URI suite components", found ${JSON.stringify(line)}.`,
      { details: { file, line: index + 1 } },
    );
  });
}

/** A `#` inside brackets does not start a comment. */
function withoutComment(line: string): string {
  return /^(?:\[[^\]]*\]|[^#])*/.exec(line)?.[0] ?? '';
}

function parseLine(text: string, line: number): RawSource | undefined {
  const [, type, options = '', rest = ''] = /^(\S+)\s+(?:\[([^\]]*)\]\s+)?([^[].*)$/.exec(text) ?? [];
  const fields = parseOptions(options);
  const [uri, suite, ...components] = wordsIn(rest);
  if (type === undefined || fields === undefined || uri === undefined || suite === undefined) {
    return undefined;
  }
  const isFlat = suite.endsWith('/');
  if (!uri.includes(':') || isFlat !== (components.length === 0)) return undefined;
  return { line, types: [type], uris: [uri], suites: [suite], components, fields };
}

function parseOptions(text: string): Map<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const word of wordsIn(text)) {
    const [, name, operator = '', value] = /^([A-Za-z-]+?)([+-]?)=(.*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) return undefined;
    // apt ignores options in capitals, like every option that it does not know.
    if (name !== name.toLowerCase() || deb822Names.has(name)) continue;
    fields.set(`${fieldNames.get(name) ?? name}${operators.get(operator) ?? ''}`, value);
  }
  return fields;
}

/** Words may be quoted, and brackets keep blanks together too, as in `cdrom:[Debian 12]/`. */
function wordsIn(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|\[[^\]]*\]|[^\s"[])+/g)].map(([word]) => word.replaceAll('"', ''));
}
