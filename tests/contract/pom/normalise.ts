/** What two runs of the same command may differ in is taken out of their output. */

/** How a transcript's output is compared; see `comparable`. */
export type Comparison = 'exact' | 'lines' | 'any order' | 'start' | 'start and end' | 'exit';

/** Digests, times, sizes, inodes, host facts and the order inside sets become the same words. */
function normalise(text: string): string {
  return text
    .replaceAll(/eyJ[A-Za-z0-9+/]{40,}=*/g, '<base64>')
    .replaceAll(/[0-9a-f]{128}/g, '<sha512>')
    .replaceAll(/[0-9a-f]{64}/g, '<sha256>')
    .replaceAll(/\b[0-9A-F]{40}\b/g, '<fingerprint>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
    .replaceAll(/("last-sync"|"checktime"):( ?)\d+/g, '$1:$2<seconds>')
    .replaceAll(/\.tmp_[A-Za-z0-9]{6}\b/g, '.tmp_<random>')
    .replaceAll(/ino#\d+/g, 'ino#<inode>')
    .replaceAll(/\b\d+b\b/g, '<size>b')
    .replaceAll(/(totalling|size|component): ?\d+$/gm, '$1 <size>')
    .replaceAll(/(totalling) \d+$/gm, '$1 <size>')
    .replaceAll(/\d+ bytes verified/g, '<size> bytes verified')
    .replaceAll(/^(\t?Progress:) .*$/gm, '$1 <counts>')
    .replaceAll(/^(Skipping \S+?)(?:\.xz|\.gz)?$/gm, '$1')
    .replaceAll(/(native-tls:) .*$/gm, '$1 <reason>')
    .replaceAll(/^thread 'main' \(\d+\) panicked/gm, "thread 'main' panicked")
    .replaceAll(/panicked at \S+:\d+:\d+:/g, 'panicked at <place>:')
    .replaceAll(/\{("[^{}]*")\}/g, (_, items: string) => `{${items.split(', ').toSorted().join(', ')}}`)
    .replaceAll(/\/libe(?=\/|$)/gm, '/l')
    .replaceAll(/[─═]+/g, '─')
    .replaceAll(/ *│ */g, '│')
    .split('\n')
    .map(listingLine)
    .join('\n');
}

/** Lines of `find -printf`, `find -ls` and the recorded web server's log. */
function listingLine(line: string): string {
  const log = /^[\d.]+ conn \d+ (GET \S+ \d+) \d+ \{'user-agent': '([^/]*)/.exec(line);
  if (log !== null) return `${log[1]} ${log[2]}`;
  const long = /^\s*\d+\s+\d+ (\S+)\s+\d+ \S+\s+\S+\s+\d+ \S+ +\d+ \S+ (\S+)$/.exec(line);
  if (long !== null) return `${long[1]} ${long[2]}`;
  const found = /^(?:\d+ )?([df])(?: ([67]\d\d))? (?:nlink=)?(\d+) \d+ (\S+)$/.exec(line);
  if (found === null) return line;
  const [, type, mode = '', links, path] = found;
  return [type, mode, type === 'd' ? '' : links, path].join(' ');
}

/**
 * The part of an output that a comparison looks at. POM goes through hash maps, so that `lines` knows no order but
 * that of the first paragraph before the rest; a run that ends early (`start`) has said something else before it.
 */
export function comparable(text: string, comparison: Comparison): unknown {
  const normal = normalise(text);
  const json = parsed(normal);
  if (json !== undefined) return json;
  const paragraphs = normal.split(/\n\n+/);
  const lines = normal.trimEnd().split('\n');
  switch (comparison) {
    case 'exact':
      return normal;
    case 'lines':
      return [sortedLines(paragraphs.slice(0, 1)), sortedLines(paragraphs.slice(1))];
    case 'any order':
      return sortedLines(paragraphs);
    case 'start':
      return paragraphs.slice(0, 2).map((paragraph) => sortedLines([paragraph]));
    case 'start and end':
      return [...paragraphs.slice(0, 2).map((paragraph) => sortedLines([paragraph])), lines.at(-1)];
    case 'exit':
      return undefined;
  }
}

function sortedLines(paragraphs: readonly string[]): string[] {
  return paragraphs
    .flatMap((paragraph) => paragraph.split('\n'))
    .filter((line) => line !== '')
    .toSorted();
}

/** JSON as text, its lists of objects in one order and its keys as printed. */
function parsed(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.replaceAll('<seconds>', '0'));
    const pretty = text.trimEnd().includes('\n');
    const end = text.endsWith('\n') ? '\n' : '';
    return `${JSON.stringify(inOneOrder(value), null, pretty ? 2 : 0)}${end}`;
  } catch {
    return undefined;
  }
}

function inOneOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(inOneOrder);
    const objects = items.every((item) => typeof item === 'object' && item !== null);
    return objects
      ? items.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOneOrder(item)]));
}
