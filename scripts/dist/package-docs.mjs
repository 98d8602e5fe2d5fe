/** What the Debian package has in /usr/share/doc/pommgr: README, documents, examples, and the sample config. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const documents = ['README.md', 'SECURITY.md'];

/**
 * Texts by their path in the package. Links between them stay what they are in the source tree.
 * @param {string} root
 * @returns {Promise<[string, string][]>}
 */
export async function packageDocs(root) {
  const pages = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const entries = await readdir(join(root, 'examples'), { recursive: true, withFileTypes: true });
  const examples = entries
    .filter((entry) => entry.isFile() && /\.(?:md|yaml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const paths = [...documents, ...pages.map((name) => `docs/${name}`), ...examples].toSorted();
  /** @type {[string, string][]} */
  const files = [];
  for (const path of paths) {
    files.push([`usr/share/doc/pommgr/${path}`, await readFile(join(root, path), 'utf8')]);
  }
  return [...files, ['usr/share/doc/pommgr/examples/pommgr.yaml', sampleConfig]];
}

/** For /etc/pommgr/pommgr.yaml: what the timer takes snapshots of. */
export const sampleConfig = `# A config for /etc/pommgr/pommgr.yaml, with its data in /var/lib/pommgr. "pommgr init
# --config /etc/pommgr/pommgr.yaml --preset NAME" writes a longer one, with comments; every setting
# is in pommgr.yaml(5).
schema: pommgr/config/v1
track: debian-trixie
baseDir: /var/lib/pommgr/mirror
stateDir: /var/lib/pommgr/state
signing:
  privateKeys: [/etc/pommgr/signing-key.pem]
mirrors:
  - id: debian-trixie
    uri: http://ftp.debian.org/debian
    suite: trixie
    components: [main, contrib, non-free-firmware]
    keyring: /usr/share/keyrings/debian-archive-keyring.gpg
  - id: debian-trixie-updates
    uri: http://ftp.debian.org/debian
    suite: trixie-updates
    components: [main, contrib, non-free-firmware]
    keyring: /usr/share/keyrings/debian-archive-keyring.gpg
  - id: debian-trixie-security
    uri: http://security.debian.org/debian-security
    suite: trixie-security
    components: [main, contrib, non-free-firmware]
    keyring: /usr/share/keyrings/debian-archive-keyring.gpg
targets:
  - name: debian-trixie
    mirrors: [debian-trixie, debian-trixie-updates, debian-trixie-security]
    products: [debian]
    codename: trixie
    closure:
      install: []
`;

/** For /etc/pommgr/config.yaml, on a host. */
export const sampleHostConfig = `# Settings of a host: /etc/pommgr/config.yaml. Every setting is in pommgr-config.yaml(5).
schema: pommgr/host-config/v1
store: /var/lib/pommgr
signing:
  threshold: 1
`;
