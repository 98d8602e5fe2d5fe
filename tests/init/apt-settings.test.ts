import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { readAptSetup } from '../../src/init/adapters/apt-setup.ts';
import { draftFromSources } from '../../src/init/domain/apt-draft.ts';
import { renderConfig } from '../../src/init/domain/config-text.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** What a config made on a machine with this apt.conf says of three mirrors. */
async function draftWith(aptConf: string) {
  const root = await scratchDirectory();
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('etc/apt/apt.conf.d/50tls', aptConf);
  const uris = [
    'https://one.example/debian',
    'https://two.example:8443/debian',
    'http://three.example/debian',
  ];
  await write(
    'etc/apt/sources.list',
    uris.map((uri) => `deb [signed-by=/k.gpg] ${uri} stable main\n`).join(''),
  );
  const { warnings, ...draft } = draftFromSources(await readAptSetup(root));
  const { mirrors } = parseConfig(renderConfig(draft), 'pommgr.yaml');
  const files = mirrors.map(({ caFile, clientCertificate, clientKey }) =>
    [caFile, clientCertificate, clientKey].map((file) => file?.replace(root, '')),
  );
  return { files, warnings };
}

const none = [undefined, undefined, undefined];

describe('settings of apt.conf', () => {
  test.each([
    ['none', '', [none, none, none]],
    [
      'a CA for all',
      'Acquire::https::CaInfo "/ca.pem";',
      [['/ca.pem', undefined, undefined], ['/ca.pem', undefined, undefined], none],
    ],
    [
      'a client certificate for one host, in blocks and other letters',
      'acquire { HTTPS { CaInfo "/ca.pem"; one.example { SSLCert "/c.pem"; sslkey "/c.key"; }; }; };',
      [['/ca.pem', '/c.pem', '/c.key'], ['/ca.pem', undefined, undefined], none],
    ],
    [
      'a host that has another CA than all',
      'Acquire::https::CaInfo "/ca.pem";\nAcquire::https::two.example::CaInfo "/two.pem";',
      [['/ca.pem', undefined, undefined], ['/two.pem', undefined, undefined], none],
    ],
    ['a key without a certificate', 'Acquire::https::SslKey "/c.key";', [none, none, none]],
    ['one that is commented out', '// Acquire::https::CaInfo "/ca.pem";\n#clear x;', [none, none, none]],
  ])('for TLS are taken over: %s', async (_what, aptConf, expected) => {
    expect((await draftWith(aptConf)).files).toEqual(expected);
  });

  test('that a config does not have are named', async () => {
    const { warnings } = await draftWith(`
Acquire::http::Proxy "http://user:geheim@proxy.example:3142";
Acquire::https::Proxy "DIRECT";
Acquire::https::one.example::Verify-Peer "false";
APT::Default-Release "bookworm";
`);
    expect(warnings).toEqual([
      expect.stringMatching(/^APT::Default-Release is "bookworm"/),
      expect.stringMatching(/^Acquire::http::Proxy is http:\/\/proxy\.example:3142 .*http_proxy/),
      expect.stringMatching(/^Acquire::https::one\.example::Verify-Peer switches a check of TLS off/),
    ]);
    expect(warnings.join()).not.toContain('geheim');
  });
});
