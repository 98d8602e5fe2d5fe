/**
 * The licenses that a package names in its copyright file (machine-readable debian/copyright, version 1.0). Invariant:
 * nothing is guessed from prose: a file in no such format names no license.
 */
import type { ComponentLicenses } from './sbom.ts';

const formatPattern = /^Format:\s*https?:\/\/\S+\/copyright-format\/1\.0\/?\s*$/im;

/** Short names of the format, in lower case, with those of SPDX. */
const spdxNames = new Map([
  ['apache-2.0', 'Apache-2.0'],
  ['artistic', 'Artistic-1.0'],
  ['artistic-2.0', 'Artistic-2.0'],
  ['bsd-2-clause', 'BSD-2-Clause'],
  ['bsd-3-clause', 'BSD-3-Clause'],
  ['cc0-1.0', 'CC0-1.0'],
  ['expat', 'MIT'],
  ['isc', 'ISC'],
  ['mpl-1.1', 'MPL-1.1'],
  ['mpl-2.0', 'MPL-2.0'],
  ['zlib', 'Zlib'],
]);
const gnuNames = new Map([
  ['agpl-3', 'AGPL-3.0'],
  ['gpl-1', 'GPL-1.0'],
  ['gpl-2', 'GPL-2.0'],
  ['gpl-3', 'GPL-3.0'],
  ['lgpl-2', 'LGPL-2.0'],
  ['lgpl-2.1', 'LGPL-2.1'],
  ['lgpl-3', 'LGPL-3.0'],
]);

/** Returns the licenses of all files together; null where the text names none. */
export function copyrightLicenses(text: string): ComponentLicenses | null {
  if (!formatPattern.test(text)) return null;
  const lines = [...text.matchAll(/^License:[ \t]*(\S.*)$/gim)].map(([, line = '']) => line.trim());
  if (lines.length === 0) return null;
  const named = new Map<string, string>();
  const parts = [...new Set(lines.map((line) => expressionOf(line, named)))].toSorted();
  return {
    expression: joined(parts, 'AND'),
    named: [...named].map(([ref, name]) => ({ ref, name })),
  };
}

/** "and" binds more closely than "or", except after a comma. */
function expressionOf(line: string, named: Map<string, string>): string {
  const all = line.split(/,\s+and\s+/i).map((alternatives) =>
    joined(
      alternatives.split(/,?\s+or\s+/i).map((both) =>
        joined(
          both.split(/\s+and\s+/i).map((name) => licenseOf(name.trim(), named)),
          'AND',
        ),
      ),
      'OR',
    ),
  );
  return joined(all, 'AND');
}

function licenseOf(name: string, named: Map<string, string>): string {
  const lower = name.toLowerCase();
  const [, version = '', later] = /^(.*?)(?:\.0)?(\+?)$/.exec(lower) ?? [];
  const gnu = gnuNames.get(version);
  const known = spdxNames.get(lower) ?? (gnu && `${gnu}-${later === '+' ? 'or-later' : 'only'}`);
  if (known !== undefined) return known;
  const ref = `LicenseRef-debian-${lower.replaceAll(/[^a-z0-9.]+/g, '-')}`;
  named.set(ref, name);
  return ref;
}

function joined(parts: readonly string[], operator: 'AND' | 'OR'): string {
  const unique = [...new Set(parts)];
  if (unique.length === 1) return unique[0] ?? '';
  return unique.map((part) => (part.includes(' ') ? `(${part})` : part)).join(` ${operator} `);
}
