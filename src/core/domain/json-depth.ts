/** Limits the nesting of JSON: code that walks a value recursively must not exhaust its stack. */

/** No document that pommgr reads is deeper. */
const maxDepth = 64;

/** Returns whether brackets nest deeper than in any document of ours. Text that is not JSON gets an answer, too. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') index = stringEnd(text, index);
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

/** Returns the index of the quote that ends the string which begins there, or the end of the text. */
function stringEnd(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
}
