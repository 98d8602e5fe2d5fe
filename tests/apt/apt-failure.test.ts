/** What apt said in each of these failures on Debian 12 and 13, and the one hint that fits. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchLists } from '../../src/apt/adapters/apt-lists.ts';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { aptFailureHints } from '../../src/apt/domain/apt-failure.ts';
import { createHost, writeBelow } from '../support/offline.ts';

const failed = 'E: Failed to fetch http://store.example:8743/baselines/p-1/debian/dists/trixie/InRelease ';

test.each([
  [
    'a held lock',
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)\nE: Unable to lock directory /var/lib/apt/lists/',
    /^Another apt or dpkg runs \(process 4711, apt-get\)/,
  ],
  [
    "dpkg's lock",
    'E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)',
    /^Another apt/,
  ],
  ['a full disk', 'E: Write error - write (28: No space left on device)', /^A file system is full/],
  [
    'a proxy that is not there',
    `${failed} Could not connect to 10.0.0.9:3128 (10.0.0.9). - connect (111: Connection refused)`,
    /^apt asks a proxy/,
  ],
  [
    'a proxy that is not there, as apt tells it of lists',
    "E: The repository 'http://store.example:8743/x trixie Release' does not have a Release file.\nErr:2 http://store.example:8743/x trixie Release\n  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)",
    /^apt asks a proxy/,
  ],
  [
    'a proxy with a name that nobody knows',
    `${failed} Could not resolve 'proxy.example'`,
    /^apt asks a proxy/,
  ],
  [
    'a proxy that wants a login',
    `${failed} 407  Proxy Authentication Required [IP: 10.0.0.9 3128]`,
    /^apt asks a proxy/,
  ],
  [
    'a store with a name that nobody knows',
    `${failed} Could not resolve 'store.example'`,
    /^The host name store\.example cannot be resolved/,
  ],
  [
    'a name server that is not there',
    `${failed} Temporary failure resolving 'store.example'`,
    /^The host name store\.example/,
  ],
  [
    'a store that does not run',
    `${failed} Could not connect to store.example:8743 (192.0.2.1). - connect (111: Connection refused)`,
    /^The other host does not answer/,
  ],
  [
    'a clock that is behind',
    'E: Release file for file:/x/dists/trixie/InRelease is not valid yet (invalid for another 3d 2h). Updates for this repository will not be applied.',
    /^The clock of this host is behind/,
  ],
  [
    'a clock that is behind, with sqv',
    'E: OpenPGP signature verification failed: file:/x: Sub-process /usr/bin/sqv returned an error code (1), error message is: Verifying signature: Not live until 2026-11-28T00:00:00Z',
    /^The clock of this host is behind/,
  ],
  [
    'a key that has expired',
    'W: GPG error: file:/x InRelease: The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF Someone',
    /^The key of upstream has expired/,
  ],
  [
    'a key that is not there',
    "W: GPG error: file:/x InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 2C60676CBEEB6004",
    /^The signature of a Release file/,
  ],
  [
    'a Release file that was changed',
    "E: The repository 'file:/x InRelease' is not signed.",
    /^The signature of a Release file/,
  ],
  [
    'a directory that _apt may not enter',
    "W: The key(s) in the keyring /srv/k.gpg are ignored as the file is not readable by user '_apt' executing apt-key.",
    /^Check that every directory above the store/,
  ],
  [
    'two sources that contradict',
    'E: Conflicting values set for option Signed-By regarding source file:/x/ trixie: /a.gpg != /b.gpg',
    /^Two sources name one repository/,
  ],
  ['anything else', 'E: Something else', /^Run "apt-get update" by hand/],
])('for %s', (_, said, expected) => {
  const hints = aptFailureHints(said);
  expect(hints[0]).toMatch(expected);
  expect(hints.length).toBeLessThan(3);
});

test('the apt of this machine, with a proxy that is not there', async () => {
  const root = await createHost([]);
  await writeBelow(root, 'etc/apt/apt.conf.d/76pveproxy', 'Acquire::http::Proxy "http://127.0.0.1:9";\n');
  const sources = join(root, 'one.sources');
  await writeFile(sources, 'Types: deb\nURIs: http://192.0.2.1/x\nSuites: x\nComponents: main\n');

  await expect(fetchLists(await openAptRoot(root), { sources })).rejects.toMatchObject({
    code: 'tool.apt',
    hints: [expect.stringMatching(/^apt asks a proxy/), expect.stringContaining('DIRECT')],
  });
});
