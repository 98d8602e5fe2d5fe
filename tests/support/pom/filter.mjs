/** `skip-sections` and `skip-packages`. */
import { PomError } from './errors.mjs';

/** @typedef {{ glob: string, pattern: RegExp }} Glob */

/**
 * @param {readonly string[]} globs
 * @returns {Glob[]}
 */
export function parseGlobs(globs) {
  return globs.map((glob) => ({ glob, pattern: new RegExp(`^${patternOf(glob)}$`, 's') }));
}

/**
 * Why a package is skipped; undefined when it is not.
 * @param {import('./package-index.mjs').ListedFile} file
 * @param {{ component: string, sections: readonly string[], globs: readonly Glob[] }} filter
 */
export function skipReason(file, { component, sections, globs }) {
  if (sections.some((section) => file.section === section || file.section === `${component}/${section}`)) {
    return `section '${file.section}'`;
  }
  const matching = globs.filter(({ pattern }) => pattern.test(file.name));
  if (matching.length === 0) return undefined;
  return `package glob(s): ${matching.map(({ glob }) => glob).join(', ')}`;
}

/** @param {string} glob */
function patternOf(glob) {
  let pattern = '';
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index] ?? '';
    if (character === '*') pattern += '.*';
    else if (character === '?') pattern += '.';
    else if (character === '{') pattern += '(?:';
    else if (character === '}') pattern += ')';
    else if (character === ',' && glob.lastIndexOf('{', index) >= 0) pattern += '|';
    else if (character === '[') {
      const end = glob.indexOf(']', index + 2);
      if (end < 0) throw new PomError(`error parsing glob '${glob}': unclosed character class; missing ']'`);
      pattern += `[${glob
        .slice(index + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`;
      index = end;
    } else pattern += character.replaceAll(/[\\^$.|+()]/g, '\\$&');
  }
  return pattern;
}
