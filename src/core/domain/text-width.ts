/** Measures text in columns of a terminal or a text file, and wraps it; Japanese characters count double. */

/** East Asian wide and full-width characters (Unicode TR 11), as far as they occur in our texts and in names. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
/** Characters that must not begin a line, and those that must not end one (JIS X 4051). */
const noBeginning = /[、。，．・：；？！ー）」』】〕〉》ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ)\].,:;!?]/u;
const noEnd = /[（「『【〔〈《([]/u;

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : 1;
  return width;
}

/** Breaks at spaces, and beside wide characters; a word wider than the line gets a line of its own. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text)) {
    if (line !== '' && textWidth(line + piece.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else {
      line += piece;
    }
  }
  return line.trimEnd() === '' ? lines : [...lines, line.trimEnd()];
}

/** Prefix of a line before its text: a mark (`-> `, `| `, `- `), or a name (`Digest:   `) near the margin. */
const lineStart = /^ *(?:-> |- |\| *)|^ {0,2}\p{Lu}[^:."]{0,30}: +|^ */u;

/**
 * Breaks every line wider than `columns`, never inside a word; continuation lines are aligned with the text of the
 * first. A word wider than the line gets a line of its own.
 */
export function fitText(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (textWidth(line) <= columns ? line : fitLine(line, columns)))
    .join('\n');
}

function fitLine(line: string, columns: number): string {
  const [start = ''] = lineStart.exec(line) ?? [];
  const rest = line.slice(start.length);
  // Quoted foreign lines keep their mark.
  const below = start.includes('|') ? start : ' '.repeat(textWidth(start));
  const longest = Math.max(...rest.split(' ').map(textWidth));
  const width = textWidth(start);
  if (width + longest <= columns) {
    const [first = '', ...further] = wrapText(rest, columns - width);
    return [start + first, ...further.map((one) => below + one)].join('\n');
  }
  if (start.includes('|') || start.trim() === '') {
    const lines = wrapText(rest, columns - width);
    return lines.map((one) => below + one).join('\n');
  }
  const indented = `${/^ */.exec(line)?.[0] ?? ''}  `;
  const lines = wrapText(rest, columns - indented.length).map((one) => indented + one);
  return [start.trimEnd(), ...lines].join('\n');
}

/** Joins lines of a paragraph with a blank, but not between wide characters, which have none between words. */
export function joinLines(lines: readonly string[]): string {
  return lines.reduce((text, line) => {
    const [before, after] = [text.slice(-1), line.slice(0, 1)];
    return wide.test(before) || wide.test(after) ? text + line : `${text} ${line}`;
  });
}

/** Splits text into unbreakable pieces, each with the blanks after it. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let piece = '';
  let before = '';
  for (const character of text) {
    if (piece !== '' && mayBreak(before, character)) {
      found.push(piece);
      piece = '';
    }
    piece += character;
    before = character;
  }
  return piece === '' ? found : [...found, piece];
}

function mayBreak(before: string, after: string): boolean {
  if (after === ' ') return false;
  if (before === ' ') return true;
  return (wide.test(before) || wide.test(after)) && !noEnd.test(before) && !noBeginning.test(after);
}
