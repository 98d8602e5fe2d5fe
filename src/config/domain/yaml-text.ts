/**
 * Parses YAML as a config may use it: one document of plain maps, lists and scalars, each with its place in the text.
 * It refuses duplicate keys, tabs as indentation, several documents, anchors, aliases and tags.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, ParsedNode, YAMLParseError } from 'yaml';

/** Both count from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface YamlProblem extends Position {
  message: string;
}

export interface YamlText {
  /** Plain values; undefined when there are problems. */
  value: unknown;
  /** In the order of the text. */
  problems: YamlProblem[];
  /** Position of the value at `path`, or of its nearest parent that exists; with `key`, of the key itself. */
  locate(path: readonly PropertyKey[], key?: string): Position;
  /** What is written at `path`, in words: `the number 1.10`; undefined when nothing is there. */
  describe(path: readonly PropertyKey[]): string | undefined;
}

/** Parses by YAML 1.2's core schema: `on`, `yes` and dates stay text. Never throws for bad text. */
export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
    merge: false,
    logLevel: 'error',
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = [
    ...document.errors.map((error) => ({ ...position(error.pos[0]), message: errorMessage(error) })),
    ...refusedNodes(document).map(({ offset, message }) => ({ ...position(offset), message })),
  ].toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    value: problems.length > 0 ? undefined : document.toJS(),
    problems,
    locate: (path, key) => position(offsetOf(document.contents, path, key)),
    describe(path) {
      const node = nodeAt(document.contents, path);
      return node === undefined ? undefined : inWords(node);
    },
  };
}

function refusedNodes(document: Document.Parsed): { offset: number; message: string }[] {
  const refused: { offset: number; message: string }[] = [];
  visit(document, (_key, node) => {
    if (!isNode(node)) return;
    const offset = node.range?.[0] ?? 0;
    const refuse = (message: string): void => void refused.push({ offset, message });
    if (isAlias(node)) return refuse(`an alias ("*${node.source}") is not supported: write the value out`);
    if (node.anchor) refuse(`an anchor ("&${node.anchor}") is not supported: write the value out`);
    if (node.tag) refuse(`a tag ("${node.tag}") is not supported: write the plain value`);
  });
  return refused;
}

function errorMessage(error: YAMLParseError): string {
  if (error.code === 'DUPLICATE_KEY') return 'this setting is there twice: keep one of them';
  if (error.code === 'MULTIPLE_DOCS')
    return 'a second document begins here ("---"): keep one document in the file';
  if (error.code === 'TAB_AS_INDENT') return 'a tab is used to indent: use spaces';
  return `not valid YAML: ${error.message}`;
}

function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[], key: string | undefined): number {
  const node = nearestNode(root, path);
  if (key !== undefined && isMap(node)) {
    for (const pair of node.items) {
      if (isScalar(pair.key) && String(pair.key.value) === key) return pair.key.range?.[0] ?? 0;
    }
  }
  return node?.range?.[0] ?? 0;
}

function nearestNode(root: ParsedNode | null, path: readonly PropertyKey[]): Node | null {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

function nodeAt(root: ParsedNode | null, path: readonly PropertyKey[]): Node | undefined {
  let node: unknown = root;
  for (const part of path) {
    if (!isMap(node) && !isSeq(node)) return undefined;
    node = node.get(typeof part === 'symbol' ? String(part) : part, true);
  }
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}

function inWords(node: Node): string {
  if (isMap(node)) return 'a group of settings';
  if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  if (typeof node.value === 'string') return node.value === '' ? 'empty text' : quoted(node.value);
  return `the ${typeof node.value === 'boolean' ? 'truth value' : 'number'} ${node.source ?? JSON.stringify(node.value)}`;
}

/** Shortens the text, and removes what is before an `@` in a URI, because that may be a password. */
function quoted(text: string): string {
  const masked = text.replace(/\/\/[^/\s]*@/, '//***@');
  return JSON.stringify(masked.length > 100 ? `${masked.slice(0, 100)}…` : masked);
}
