/** Parses relationship fields of binary packages: clauses of alternatives, with versions (Debian Policy 7.1, 7.5). */
import { compareVersions } from './debian-version.ts';

export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>';

export interface Alternative {
  name: string;
  /** Text after a colon: `any`, `native` or an architecture; empty for none. */
  qualifier: string;
  /** Absent where every version satisfies it. */
  version?: { operator: VersionOperator; than: string };
}

/** Any one of the alternatives satisfies it; they are in the order of preference. */
export type Clause = readonly Alternative[];

const alternativePattern =
  /^([A-Za-z0-9][A-Za-z0-9+._-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?/;
/** dpkg still reads these two, with the meaning of their long forms. */
const oldOperators = new Map<string, VersionOperator>([
  ['<', '<='],
  ['>', '>='],
]);

/** Returns the clauses of a field's value; undefined or empty text has none. Malformed alternatives are left out. */
export function parseClauses(text: string | undefined): Clause[] {
  if (text === undefined || text === '') return [];
  return text.split(',').flatMap((part) => {
    const alternatives = part.split('|').flatMap((word) => parseAlternative(word.trim()));
    return alternatives.length === 0 ? [] : [alternatives];
  });
}

function parseAlternative(text: string): Alternative[] {
  const found = alternativePattern.exec(text);
  if (found === null) return [];
  const [, name = '', qualifier = '', operator, than = ''] = found;
  if (operator === undefined) return [{ name, qualifier }];
  return [
    {
      name,
      qualifier,
      version: { operator: oldOperators.get(operator) ?? (operator as VersionOperator), than },
    },
  ];
}

/** Returns whether the alternative is satisfied by a version (undefined for a Provides without one). */
export function satisfies(version: string | undefined, { version: wanted }: Alternative): boolean {
  if (wanted === undefined) return true;
  if (version === undefined) return false;
  const order = compareVersions(version, wanted.than);
  switch (wanted.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

/** Formats the alternatives as in a field. */
export function clauseText(clause: Clause): string {
  return clause
    .map(({ name, qualifier, version }) => {
      const full = qualifier === '' ? name : `${name}:${qualifier}`;
      return version === undefined ? full : `${full} (${version.operator} ${version.than})`;
    })
    .join(' | ');
}
