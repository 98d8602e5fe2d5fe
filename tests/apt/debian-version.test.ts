import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { compareVersions } from '../../src/apt/domain/debian-version.ts';

describe('compareVersions', () => {
  test.each([
    ['1.0', '<', '1.1'],
    ['1.9', '<', '1.10'],
    ['1.0~rc1', '<', '1.0'],
    ['1.0~~', '<', '1.0~'],
    ['1.0-1', '=', '1.0-01'],
    ['1.0', '=', '1.0-0'],
    ['0:1.0', '=', '1.0'],
    ['1:0.1', '>', '9.9'],
    ['2:1', '<', '10:1'],
    ['1.0-1-2', '>', '1.0-1-1'],
    ['1.0-2-1', '<', '1.0-10-1'],
    ['1.0+b1', '>', '1.0'],
    ['1.0a', '<', '1.0+'],
    ['1.0A', '<', '1.0a'],
    ['6.8.12-9-pve', '<', '6.8.12-10-pve'],
    ['99999999999999999998', '<', '99999999999999999999'],
    ['1:1:1', '>', '1:1'],
  ])('%s %s %s', (a, sign, b) => {
    expect(signOf(compareVersions(a, b))).toBe(sign);
    expect(signOf(compareVersions(b, a))).toBe({ '<': '>', '=': '=', '>': '<' }[sign]);
  });

  test('agrees with dpkg on 5,400 generated pairs', () => {
    const pairs = generatePairs(5400);
    const asked = pairs.map(([a, b]) => `${a} ${operators[signOf(compareVersions(a, b))]} ${b}`);

    const disagreed = askDpkg(asked);

    expect(disagreed).toEqual([]);
    // The pairs are no good if one answer is rare.
    for (const operator of Object.values(operators)) {
      expect(asked.filter((line) => line.includes(` ${operator} `)).length).toBeGreaterThan(500);
    }
  });
});

const operators = { '<': 'lt', '=': 'eq', '>': 'gt' } as const;

function signOf(order: number): '<' | '=' | '>' {
  return order < 0 ? '<' : order > 0 ? '>' : '=';
}

/** Each line is `a operator b`; gives those that dpkg denies or calls malformed. */
function askDpkg(lines: string[]): string[] {
  const script =
    'while read -r a operator b; do dpkg --compare-versions "$a" "$operator" "$b" || echo "$a $operator $b"; done';
  const output = execFileSync('sh', ['-c', script], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

/** Pairs of valid versions that differ little, with all that is hard in them; the same ones each time. */
function generatePairs(count: number): [string, string][] {
  const random = createRandom(20_260_912);
  const pick = (choices: readonly string[]): string => choices[random(choices.length)] as string;
  const pieces = [
    '0',
    '00',
    '1',
    '01',
    '10',
    '9',
    '2',
    '~',
    '~~',
    '.',
    '+',
    'a',
    'Z',
    'rc',
    'b1',
    '.0',
    '0.',
    '-',
    '-0',
  ];
  const epochs = ['', '', '', '0:', '00:', '1:', '01:', '10:'];
  const revisions = ['', '', '-0', '-00', '-1', '-01', '-1~', '-0~', '-~', '-1+b1', '-a', '-1.1', '-0.0'];
  const version = (): string => {
    const epoch = pick(epochs);
    const parts = Array.from({ length: random(5) }, () => pick(epoch === '' ? pieces : [...pieces, ':']));
    const revision = pick(revisions);
    const upstream = pick(['0', '1', '01', '2']) + parts.join('');
    // Without a revision, a hyphen would begin one.
    return epoch + (revision === '' ? upstream.replaceAll('-', '') : upstream) + revision;
  };
  return Array.from({ length: count }, (_, index): [string, string] => {
    const first = version();
    return index % 3 === 0 ? [first, version()] : [first, vary(first, random)];
  });
}

/** The same version with a small change, often one that dpkg does not see. */
function vary(version: string, random: (limit: number) => number): string {
  const at = 1 + random(version.length);
  const variants = [
    `${version}~`,
    `${version}0`,
    version.replace(/\d+/g, (digits) => `0${digits}`),
    version.replace(/(?<!\d)0+(?=\d)/g, ''),
    version.includes(':') ? version : `0:${version}`,
    /-[^:]*$/.test(version) ? version : `${version}-0`,
    `${version.slice(0, at)}~${version.slice(at)}`,
    `${version.slice(0, at)}+${version.slice(at)}`,
  ];
  const variant = variants[random(variants.length)] as string;
  return /^\d+(:\d|(?!.*:))/.test(variant) ? variant : version;
}

/** A linear congruential generator (Numerical Recipes' constants). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
