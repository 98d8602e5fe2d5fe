/**
 * The list that debsecan(1) reads, version 1: names of issues, then issues by package, then the binary packages of each
 * source package, each part ending with an empty line. Invariant: what it says of a package is what debsecan says.
 */
import { packageVersionPattern } from '../../apt/domain/package-entry.ts';
import type { Issue, Urgency } from './issue.ts';

export interface DebsecanList {
  issues: Issue[];
  /** Binary packages of each source package in the release. */
  binaries: Map<string, string[]>;
}

/** Thrown for a text that is no such list; the message says what is wrong, as the end of a sentence. */
export class MalformedList extends Error {}

const urgencyLetters = new Map<string, Urgency>([
  [' ', 'unknown'],
  ['L', 'low'],
  ['M', 'medium'],
  ['H', 'high'],
]);
const remoteLetters = new Map<string, boolean | null>([
  ['?', null],
  ['R', true],
  [' ', false],
]);

/** Keeps the issues of the packages that `isWanted` accepts. @throws MalformedList */
export function parseDebsecanList(text: string, isWanted: (name: string) => boolean): DebsecanList {
  const lines = text.split('\n').values();
  const first = lines.next().value ?? '';
  if (first !== 'VERSION 1')
    throw new MalformedList(
      `expected the first line "VERSION 1", found ${JSON.stringify(first.slice(0, 40))}`,
    );
  const names: [id: string, description: string][] = [];
  for (const line of part(lines)) {
    const [id = '', , ...description] = line.split(',');
    if (description.length === 0) throw unreadable(line);
    names.push([id, description.join(',')]);
  }
  const issues: Issue[] = [];
  for (const line of part(lines)) {
    const issue = issueOf(line, names);
    if (isWanted(issue.package)) issues.push(issue);
  }
  const binaries = new Map<string, string[]>();
  for (const line of part(lines)) {
    const [source = '', packages, ...rest] = line.split(',');
    if (packages === undefined || rest.length > 0) throw unreadable(line);
    if (isWanted(source)) binaries.set(source, packages === '' ? [] : packages.split(' '));
  }
  if (names.length === 0) throw new MalformedList('it has no issue');
  return { issues, binaries };
}

/** Yields the lines up to the empty one that ends the part. */
function* part(lines: Iterator<string>): Generator<string> {
  for (let next = lines.next(); next.done !== true; next = lines.next()) {
    if (next.value === '') return;
    yield next.value;
  }
  throw new MalformedList('it ends before its last part does');
}

function issueOf(line: string, names: readonly [string, string][]): Issue {
  const [name = '', number = '', flags = '', unstable = '', ...others] = line.split(',');
  const [id, description] = names[Number(number)] ?? [];
  const urgency = urgencyLetters.get(flags[1] ?? '');
  const isRemote = remoteLetters.get(flags[2] ?? '');
  if (id === undefined || description === undefined || urgency === undefined || isRemote === undefined)
    throw unreadable(line);
  if (others.length === 0 || !/^[0-9]+$/.test(number)) throw unreadable(line);
  const unaffected = others
    .join(',')
    .split(' ')
    .filter((version) => version !== '');
  for (const version of [...unaffected, ...(unstable === '' ? [] : [unstable])])
    if (!packageVersionPattern.test(version)) throw unreadable(line);
  return {
    ...{ id, aliases: [], package: name, isBinary: flags[0] === 'B', affected: [], unaffected },
    ranges: [{ introduced: null, fixed: unstable === '' ? null : unstable }],
    // The list says that there is a fix in the release, and not which one.
    fixed: null,
    ...{ urgency, isRemote, decision: null, isUndetermined: false, description },
  };
}

function unreadable(line: string): MalformedList {
  return new MalformedList(`it has a line that cannot be read: ${JSON.stringify(line.slice(0, 80))}`);
}
