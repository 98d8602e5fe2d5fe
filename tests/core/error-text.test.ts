import { expect, it } from 'vitest';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { printable, printableName } from '../../src/core/domain/printable.ts';
import { errorText } from '../../src/core/ui/error-text.ts';
import { knownError } from '../../src/core/ui/known-error.ts';

it('says what happened, then what to do', () => {
  const error = new PommgrError('trust.signature', 'The signature is bad.', { hints: ['Get a good copy.'] });

  expect(errorText(error)).toBe('Error: The signature is bad.\n  -> Get a good copy.\n');
});

it('shows no control characters of others', () => {
  expect(printable('a\u001b[31mb\rc\u0000d\u009be\nf')).toBe('a\\x1b[31mb\\rc\\x00d\\x9be\nf');
});

it('shows a name in one line, and never backwards', () => {
  expect(printableName('a\nb\u2028c\u202ed\u001b[2J')).toBe('a\\nb\\u2028c\\u202ed\\x1b[2J');
});

it.each([
  ['ENAMETOOLONG', 'state.name', 8],
  ['ELOOP', 'state.missing', 8],
  ['ENOSPC', 'state.space', 8],
  ['EROFS', 'state.read-only', 8],
  ['EACCES', 'state.permission', 8],
  ...['EIO', 'ENOTCONN', 'ENODEV', 'ENXIO', 'ESTALE', 'EHOSTDOWN', 'ETIMEDOUT', 'ESHUTDOWN'].map(
    (code) => [code, 'state.medium-gone', 8] as [string, string, number],
  ),
  ['EXDEV', 'state.system', 8],
  ['EOVERFLOW', 'state.system', 8],
  ['EFBIG', 'state.file-size', 8],
])('knows the system error %s as %s', (systemCode, code, exitCode) => {
  const error = knownError(Object.assign(new Error(`${systemCode}: it failed, write`), { code: systemCode }));

  expect(error).toMatchObject({ code, exitCode });
  expect(error.hints.length).toBeGreaterThan(0);
});

it('calls anything else a bug, with exit code 70 and no stack', () => {
  const error = knownError(new TypeError('x is not a function'));

  expect(error).toMatchObject({ code: 'bug.unexpected', exitCode: 70 });
  expect(errorText(error)).not.toMatch(/ at .*:\d+:\d+/);
});

it('calls an abort an interruption', () => {
  const controller = new AbortController();
  controller.abort();

  expect(knownError(controller.signal.reason)).toMatchObject({ code: 'interrupted.signal', exitCode: 130 });
});
