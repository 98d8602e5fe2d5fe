import { expect, it } from 'vitest';
import { clauseText, parseClauses, satisfies } from '../../src/apt/domain/relations.ts';

it('reads clauses, alternatives, versions and architectures, and writes them again', () => {
  const text = 'libc6 (>= 2.36), default-mta | mail-transport-agent, perl:any, gcc:amd64 (= 4:12.2.0-3)';

  expect(parseClauses(text).map(clauseText)).toEqual([
    'libc6 (>= 2.36)',
    'default-mta | mail-transport-agent',
    'perl:any',
    'gcc:amd64 (= 4:12.2.0-3)',
  ]);
  expect(parseClauses('a(<<1) ,b ( > 2 )|c(<3)').map(clauseText)).toEqual([
    'a (<< 1)',
    'b (>= 2) | c (<= 3)',
  ]);
  expect(parseClauses(undefined)).toEqual([]);
  expect(parseClauses(' , ')).toEqual([]);
});

it('compares versions as dpkg does, and takes no version for none', () => {
  const answers = (['<<', '<=', '=', '>=', '>>'] as const).map((operator) => {
    const alternative = { name: 'a', qualifier: '', version: { operator, than: '1.0-1' } };
    return ['1.0~rc1', '1.0-01', '1:0', undefined].map((version) => satisfies(version, alternative));
  });

  expect(answers).toEqual([
    [true, false, false, false],
    [true, true, false, false],
    [false, true, false, false],
    [false, true, true, false],
    [false, false, true, false],
  ]);
  expect(satisfies(undefined, { name: 'a', qualifier: '' })).toBe(true);
});
