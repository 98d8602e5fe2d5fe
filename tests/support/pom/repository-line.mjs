/** One repository in the one-line format of sources.list. */
import { Panic, PomError } from './errors.mjs';

/**
 * @typedef {object} RepositoryLine
 * @property {'deb' | 'deb-src'} type
 * @property {string[]} options as written, e.g. `arch=amd64`
 * @property {string} uri
 * @property {string} suite
 * @property {string[]} components
 */

/**
 * @param {string} line
 * @returns {RepositoryLine}
 */
export function parseRepositoryLine(line) {
  const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(.*)$/.exec(line);
  // What is no repository at all gives an empty list, and POM takes its first element.
  if (match === null)
    throw new Panic('src/lib.rs:123:31', 'index out of bounds: the len is 0 but the index is 0');
  const [, type, options = '', uri = '', suite = '', rest = ''] = match;
  const components = rest.split(/\s+/).filter((word) => word !== '');
  if (components.length === 0 && !suite.endsWith('/')) {
    throw new PomError("proxmox-apt error for '' - check for repository 1 - missing component(s)");
  }
  return {
    type: type === 'deb' ? 'deb' : 'deb-src',
    options: options.split(/\s+/).filter((word) => word !== ''),
    uri,
    suite,
    components,
  };
}

/**
 * The line for a host that reads a snapshot from a medium.
 * @param {string} line the mirror's own
 * @param {string} directory of the snapshot
 */
export function mediumRepositoryLine(line, directory) {
  const { type, options, suite, components } = parseRepositoryLine(line);
  const uri = directory.includes(' ') ? `"file://${directory}"` : `file://${directory}`;
  return [type, '[', ...options, 'check-valid-until=false', ']', uri, suite, ...components].join(' ');
}
