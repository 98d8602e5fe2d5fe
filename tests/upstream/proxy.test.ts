import { describe, expect, test } from 'vitest';
import { chooseProxy } from '../../src/upstream/adapters/proxy.ts';

const http = 'http://http-proxy:3128';
const https = 'http://https-proxy:3128';
const all = 'http://all-proxy:3128';

describe('chooseProxy', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['http://deb.example/x', {}, undefined],
    ['http://deb.example/x', { http_proxy: http }, http],
    ['https://deb.example/x', { http_proxy: http }, undefined],
    ['https://deb.example/x', { HTTPS_PROXY: https }, https],
    ['http://deb.example/x', { http_proxy: http, HTTP_PROXY: https }, http],
    ['http://deb.example/x', { http_proxy: '', ALL_PROXY: all }, all],
    ['https://deb.example/x', { all_proxy: all, https_proxy: https }, https],
    ['http://deb.example/x', { http_proxy: 'proxy:3128' }, 'http://proxy:3128'],
  ])('for %s with %j gives %s', (uri, environment, expected) => {
    expect(chooseProxy(new URL(uri), environment)).toBe(expected);
  });

  test.each([
    ['http://deb.example/', '*', true],
    ['http://deb.example/', 'deb.example', true],
    ['http://DEB.example/', 'deb.EXAMPLE', true],
    ['http://a.deb.example/', 'deb.example', true],
    ['http://a.deb.example/', '.deb.example', true],
    ['http://a.deb.example/', '*.deb.example', true],
    ['http://xdeb.example/', 'deb.example', false],
    ['http://deb.example:8080/', 'deb.example', true],
    ['http://deb.example:8080/', 'deb.example:8080', true],
    ['http://deb.example/', 'deb.example:8080', false],
    ['http://deb.example/', 'deb.example:80', true],
    ['https://deb.example/', 'deb.example:443', true],
    ['http://deb.example/', 'other.example, deb.example', true],
    ['http://deb.example/', 'other.example deb.example', true],
    ['http://deb.example/', 'other.example', false],
    ['http://10.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/8', false],
    ['http://10.1.2.3/', '10.1.2.3', true],
    ['http://10.1.2.3/', '2.3', false],
    ['http://10.1.2.3/', '10.0.0.0/99', false],
    ['http://[fd00::1]/', 'fd00::/8', true],
    ['http://[fd00::1]/', 'fd00::1', true],
    ['http://[fd00::1]:81/', '[fd00::1]:80', false],
    ['http://deb.example/', '10.0.0.0/8', false],
  ])('%s with no_proxy %s: direct is %s', (uri, noProxy, direct) => {
    expect(chooseProxy(new URL(uri), { all_proxy: all, NO_PROXY: noProxy })).toBe(direct ? undefined : all);
  });

  test.each(['socks5://user:s3cret@proxy:1080', 'http://'])('refuses %s without showing it', (proxy) => {
    expect(() => chooseProxy(new URL('http://deb.example'), { http_proxy: proxy })).toThrow(
      expect.objectContaining({
        code: 'config.proxy',
        message: expect.not.stringContaining('s3cret') as string,
      }),
    );
  });
});
