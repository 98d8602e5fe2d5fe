/**
 * Orders Debian versions as dpkg does (deb-version(7)). It works on character codes in place, because sorting a package
 * list compares a million times.
 */

/**
 * Returns a number below 0, 0 or above 0, as `dpkg --compare-versions` orders: `1.0-1` equals `1.0-01`, `1.0~rc1` is
 * before `1.0`.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const epoch = compareParts(epochOf(a), epochOf(b));
  if (epoch !== 0) return epoch;
  const upstream = compareParts(upstreamOf(a), upstreamOf(b));
  if (upstream !== 0) return upstream;
  return compareParts(revisionOf(a), revisionOf(b));
}

function epochOf(version: string): string {
  return version.slice(0, Math.max(0, version.indexOf(':')));
}

function upstreamOf(version: string): string {
  const end = version.lastIndexOf('-');
  return version.slice(version.indexOf(':') + 1, end === -1 ? version.length : end);
}

function revisionOf(version: string): string {
  const hyphen = version.lastIndexOf('-');
  return hyphen === -1 ? '' : version.slice(hyphen + 1);
}

/**
 * Compares texts and numbers in turn: `~` before the end, the end before letters, letters before the rest; numbers by
 * value.
 */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = orderAt(a, i) - orderAt(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    while (i < a.length && a.charCodeAt(i) === zero) i++;
    while (j < b.length && b.charCodeAt(j) === zero) j++;
    let firstDifference = 0;
    while (isDigit(a, i) && isDigit(b, j)) {
      if (firstDifference === 0) firstDifference = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    // More remaining digits make the greater number.
    if (isDigit(a, i)) return 1;
    if (isDigit(b, j)) return -1;
    if (firstDifference !== 0) return firstDifference;
  }
  return 0;
}

const zero = 48;
const nine = 57;
const tilde = 126;

/** Returns false past the end. */
function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= zero && code <= nine;
}

/** Returns the weight of a character that is not a digit; a digit and the end weigh 0. */
function orderAt(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0;
  const code = text.charCodeAt(index);
  if (code === tilde) return -1;
  return isLetter(code) ? code : code + 256;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
