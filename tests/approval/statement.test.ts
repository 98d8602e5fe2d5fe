import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import {
  checkDecision,
  fitted,
  maxNameBytes,
  maxStatementBytes,
  maxWordsBytes,
  parseStatement,
  statementText,
  type Statement,
} from '../../src/approval/domain/statement.ts';

const root = 'a1'.repeat(32);
const report = '0f'.repeat(32);
const at = '2026-11-28T14:54:03Z';
const until = '2026-12-28T14:54:03Z';
const approval = (words = 'approved', by = 'alice'): Statement => ({
  ...{ decision: 'approve', root, report, at, until, by, words: { text: words } },
});
const parse = (text: string): Statement => parseStatement(Buffer.from(text), 'it');

describe('a statement', () => {
  it('is these lines, which name bundle and report by their digests in Base64', () => {
    expect(statementText(approval())).toBe(
      [
        'pommgr-approval/v1 approve',
        `root ${Buffer.from(root, 'hex').toString('base64')}`,
        `report ${Buffer.from(report, 'hex').toString('base64')}`,
        'at 20261128T145403Z',
        'until 20261228T145403Z',
        'by alice',
        'words approved',
        '',
      ].join('\n'),
    );
    const withdrawal: Statement = { decision: 'withdraw', root, at, by: 'alice', words: { text: 'no' } };
    expect(statementText(withdrawal)).not.toMatch(/report|until/);
    for (const statement of [approval(), withdrawal]) {
      expect(parse(statementText(statement))).toEqual(statement);
    }
  });

  it.each([
    { words: 'ok', by: 'a', kept: true },
    { words: 'x'.repeat(maxWordsBytes), by: 'a', kept: false },
    { words: '承認'.repeat(20), by: '山'.repeat(maxNameBytes / 3), kept: false },
    { words: 'x'.repeat(49), by: 'y'.repeat(maxNameBytes), kept: true },
    { words: 'x'.repeat(50), by: 'y'.repeat(maxNameBytes), kept: false },
  ])('has at most 256 bytes: $by, $words.length characters', ({ words, by, kept }) => {
    checkDecision({ by, words });
    const statement = fitted(approval(words, by));
    expect(Buffer.byteLength(statementText(statement))).toBeLessThanOrEqual(maxStatementBytes);
    expect(statement.words).toEqual(kept ? { text: words } : { sha256: sha256Hex(words) });
    expect(parse(statementText(statement))).toEqual(statement);
  });

  it.each([
    ['', 'a name that is empty'],
    ['y'.repeat(maxNameBytes + 1), 'a name that is too long'],
    ['a\nroot x', 'a line break'],
    ['\u202eecila', 'a change of direction'],
    [' alice', 'a blank at an end'],
  ])('refuses %j: %s', (text) => {
    expect(() => checkDecision({ by: text, words: 'ok' })).toThrow(
      expect.objectContaining({ code: 'usage.approval' }) as Error,
    );
    if (text.length > maxNameBytes) return;
    expect(() => checkDecision({ by: 'alice', words: text })).toThrow(
      expect.objectContaining({ code: 'usage.approval' }) as Error,
    );
  });

  const good = statementText(approval());
  it.each([
    ['a list of digests', `${root}  bundle.json\n`],
    ['another version', good.replace('/v1', '/v2')],
    ['another decision', good.replace(' approve\n', ' maybe\n')],
    ['a line more', `${good}more x\n`],
    ['a line twice', good.replace('by alice\n', 'by alice\nby alice\n')],
    ['another order', good.replace(/(at .*\n)(until .*\n)/, '$2$1')],
    ['no end', good.slice(0, -1)],
    ['a carriage return', good.replaceAll('\n', '\r\n')],
    ['a digest in hex', good.replace(/root .*/, `root ${root}`)],
    ['a digest that is not canonical', good.replace(/root (.*).=/, 'root $1B=')],
    ['a day that is none', good.replace('20261128', '20261131')],
    ['no expiry', good.replace(/until .*\n/, '')],
    ['no name', good.replace('by alice', 'by ')],
    ['no words', good.replace(/words .*\n/, '')],
    ['both words and their digest', `${good}sha256 ${Buffer.from(root, 'hex').toString('base64')}\n`],
    ['bytes beyond 256', good.replace('approved', 'x'.repeat(200))],
    ['a withdrawal with an expiry', good.replace(' approve\n', ' withdraw\n')],
    ['nothing', ''],
  ])('is not %s', (_what, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'trust.approval', exitCode: 4 }) as Error,
    );
  });

  it('is not text that is no UTF-8', () => {
    const bytes = Buffer.from(good);
    bytes[good.indexOf('alice')] = 0xff;
    expect(() => parseStatement(bytes, 'it')).toThrow(
      expect.objectContaining({ code: 'trust.approval' }) as Error,
    );
  });
});
