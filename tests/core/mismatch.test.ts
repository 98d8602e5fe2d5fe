import { expect, test } from 'vitest';
import { isAbsent, hasNoPath, ifPresent } from '../../src/core/adapters/system-error.ts';
import { digestMismatch, sizeMismatch, tooLarge } from '../../src/core/domain/mismatch.ts';

test('bytes that are not what was signed are told in one wording', () => {
  const hints = ['Copy it again.'];
  expect(digestMismatch('/mnt/a', { expected: 'aa', found: 'bb', hints })).toMatchObject({
    code: 'integrity.digest',
    message: '/mnt/a: SHA-256 mismatch: expected aa, found bb.',
    hints,
    details: { file: '/mnt/a', expected: 'aa', found: 'bb' },
  });
  expect(digestMismatch('a', { what: 'MD5', expected: 'aa', found: 'bb' }).message).toBe(
    'a: MD5 mismatch: expected aa, found bb.',
  );
  expect(sizeMismatch('/mnt/a', { expected: 3, found: 4, hints })).toMatchObject({
    code: 'integrity.size',
    message: '/mnt/a: size mismatch: expected 3 bytes, found 4.',
    details: { file: '/mnt/a', expected: 3, found: 4 },
  });
  expect(tooLarge('/mnt/a', { expected: 3, found: 4 }).message).toBe(
    '/mnt/a is too large: expected at most 3 bytes, found 4.',
  );
  expect(tooLarge('/mnt/a', { expected: 3, found: undefined }).message).toBe(
    '/mnt/a is too large: expected at most 3 bytes, found more.',
  );
});

test('only what is not there is absent, and every other error stays one', async () => {
  const failed = (code: string) => Object.assign(new Error(code), { code });
  await expect(ifPresent(Promise.resolve(1))).resolves.toBe(1);
  await expect(ifPresent(Promise.reject(failed('ENOENT')))).resolves.toBeUndefined();
  for (const code of ['ENOTDIR', 'EACCES', 'EIO', 'ELOOP'])
    await expect(ifPresent(Promise.reject(failed(code))), code).rejects.toThrow(code);
  await expect(ifPresent(Promise.reject(failed('ENOTDIR')), hasNoPath)).resolves.toBeUndefined();
  await expect(ifPresent(Promise.reject(failed('EACCES')), hasNoPath)).rejects.toThrow('EACCES');
  expect([isAbsent('ENOENT'), isAbsent(new Error('ENOENT'))]).toEqual([false, false]);
});
