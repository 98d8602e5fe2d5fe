import { describe, expect, test } from 'vitest';
import { findLogin, parseLogins } from '../../src/config/domain/login.ts';

function userFor(text: string, uri: string): string | undefined {
  return findLogin(parseLogins(text), new URL(uri))?.user;
}

describe('parseLogins', () => {
  test('reads one line, several lines, and passes over what it does not know', () => {
    const entries = parseLogins(
      '# machine commented login no password no\n' +
        'machine example.org login a password b\n' +
        'machine https://Example.net:8443/deb\n\tlogin c\n\taccount x\n  password machine\n',
    );

    expect(entries).toEqual([
      { protocol: undefined, host: 'example.org', path: '', user: 'a', password: 'b' },
      { protocol: 'https', host: 'example.net:8443', path: '/deb', user: 'c', password: 'machine' },
    ]);
  });
});

describe('findLogin', () => {
  // The first block is the example of apt_auth.conf(5).
  test.each([
    ['machine example.org', 'https://example.org/debian', true],
    ['machine example.org/deb', 'https://example.org/debian', true],
    ['machine example.org/debian', 'https://example.org/debian', true],
    ['machine example.org/debian/', 'https://example.org/debian/', true],
    ['machine example.org:8443', 'https://example.org/debian', false],
    ['machine example.org/deb/', 'https://example.org/debian', false],
    ['machine example.org/ubuntu', 'https://example.org/debian', false],
    ['machine example.orga', 'https://example.org/debian', false],
    ['machine example.net', 'https://example.org/debian', false],
    ['machine example.org', 'https://example.org:8443/debian', true],
    ['machine example.org:8443', 'https://example.org:8443/debian', true],
    ['machine EXAMPLE.org', 'https://example.ORG/debian', true],
    ['machine example.org', 'http://example.org/debian', false],
    ['machine http://example.org', 'http://example.org/debian', true],
    ['machine http://example.org', 'https://example.org/debian', false],
    ['machine https://example.org', 'https://example.org/debian', true],
    ['machine example.org/a b', 'https://example.org/a%20b', true],
    ['', 'https://example.org/debian', false],
  ])('"%s" for %s: %s', (machine, uri, fits) => {
    expect(userFor(`${machine} login user password secret\n`, uri)).toBe(fits ? 'user' : undefined);
  });

  test('takes the first that fits', () => {
    const text =
      'machine a.b/x login one password 1\nmachine a.b login two password 2\nmachine a.b login three password 3';

    expect(userFor(text, 'https://a.b/x/y')).toBe('one');
    expect(userFor(text, 'https://a.b/y')).toBe('two');
  });
});
