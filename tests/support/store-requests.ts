/** A store with something of everything in it, and what may and may not be got of it by HTTP. */
import { chmod, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { storeAt, type Store } from '../../src/store/adapters/store.ts';
import { scratchDirectory } from './scratch.ts';

const files: Record<string, string> = {
  'baselines/index.json': 'the index',
  'baselines/test-1/SHA256SUMS': 'the root',
  'baselines/test-1/SHA256SUMS.0123456789abcdef.sig': 'a signature',
  'baselines/test-1/bundle.json': 'the bundle',
  'baselines/test-1/baseline.json': 'the baseline',
  'baselines/test-1/packages.jsonl': 'the packages',
  'baselines/test-1/keyrings/debian.gpg': 'a keyring',
  'baselines/test-1/debian/dists/trixie/InRelease': 'a release',
  'baselines/test-1/debian/pool/a/a+b~1_amd64.deb': '0123456789',
  'baselines/test-1/debian/elsewhere.deb': 'not below pool',
  'baselines/test-1/debian/pool/a/100%25.deb': 'a percent sign',
  'baselines/test-1/debian/pool/.hidden': 'HIDDEN',
  'baselines/test-1/.SHA256SUMS.0123456789ab.tmp': 'HIDDEN',
  'baselines/test-1/other.json': 'HIDDEN',
  'baselines/test-2.tmp/SHA256SUMS': 'HIDDEN',
  'baselines/test-2.tmp/debian/pool/a.deb': 'HIDDEN',
  'baselines/README': 'HIDDEN',
  'medium/POMMGR.txt': 'the text',
  'medium/pommgr': 'the launcher',
  'medium/runtime-versions.txt': '1.0.0',
  'medium/tool/SHA256SUMS': 'the list of tool',
  'medium/tool/SHA256SUMS.0123456789abcdef.sig': 'the signature of tool',
  'medium/tool/PURPOSE': 'the purpose of tool',
  'medium/tool/verify.sh': 'the script',
  'medium/tool/other.sh': 'HIDDEN',
  'medium/runtime/1.0.0/SHA256SUMS': 'the list of 1.0.0',
  'medium/runtime/1.0.0/SHA256SUMS.0123456789abcdef.sig': 'the signature of 1.0.0',
  'medium/runtime/1.0.0/PURPOSE': 'the purpose of 1.0.0',
  'medium/runtime/1.0.0/linux-x64/node': 'Node.js',
  'medium/runtime/1.0.0/debian-amd64/pommgr.deb': 'the package',
  'medium/runtime/1.0.0/linux-x64/.hidden': 'HIDDEN',
  'medium/runtime/1.0.0/linux-x64/deep/file': 'HIDDEN',
  'medium/runtime/1.0.0/README': 'HIDDEN',
  'medium/bundles/test-1/SHA256SUMS': 'HIDDEN',
  'medium.tmp/pommgr': 'HIDDEN',
  'remotes/test-3/SHA256SUMS': 'HIDDEN',
  'pool/0123': 'HIDDEN',
  'secrets/subscription': 'HIDDEN',
  'state.json': 'HIDDEN',
  'journal.json': 'HIDDEN',
  'audit.jsonl': 'HIDDEN',
  '.lock': 'HIDDEN',
  'index.html': 'HIDDEN',
};

/** Readable by everybody, as the server is not the one who wrote it. */
export async function storeToServe(): Promise<Store> {
  const directory = await scratchDirectory();
  await chmod(directory, 0o755);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const mirror = join(directory, 'baselines/test-1/debian');
  await symlink('../../../secrets/subscription', join(mirror, 'link.deb'));
  await symlink('../../../secrets', join(mirror, 'links'));
  await symlink('pool', join(mirror, 'inside'));
  await symlink('../test-1', join(directory, 'baselines/test-4'));
  await symlink('../../../../secrets/subscription', join(directory, 'medium/runtime/1.0.0/linux-x64/link'));
  await symlink('1.0.0', join(directory, 'medium/runtime/2.0.0'));
  await link(join(mirror, 'elsewhere.deb'), join(mirror, 'hard.deb'));
  return storeAt(directory);
}

/** Target as it is sent, and the body that comes back. */
export const allowed: [string, string][] = [
  ['/baselines/index.json', 'the index'],
  ['/baselines/test-1/SHA256SUMS', 'the root'],
  ['/baselines/test-1/SHA256SUMS.0123456789abcdef.sig', 'a signature'],
  ['/baselines/test-1/bundle.json', 'the bundle'],
  ['/baselines/test-1/baseline.json', 'the baseline'],
  ['/baselines/test-1/packages.jsonl', 'the packages'],
  ['/baselines/test-1/keyrings/debian.gpg', 'a keyring'],
  ['/baselines/test-1/debian/dists/trixie/InRelease', 'a release'],
  ['/baselines/test-1/debian/pool/a/a+b~1_amd64.deb', '0123456789'],
  // As apt writes it.
  ['/baselines/test-1/debian/pool/a/a%2bb%7e1_amd64.deb', '0123456789'],
  ['/baselines/test-1/debian/pool/a/100%2525.deb', 'a percent sign'],
  ['/baselines/test-1/debian/elsewhere.deb', 'not below pool'],
  ['/baselines/test-1/debian/hard.deb', 'not below pool'],
  ['/POMMGR.txt', 'the text'],
  ['/pommgr', 'the launcher'],
  ['/runtime-versions.txt', '1.0.0'],
  ['/tool/SHA256SUMS', 'the list of tool'],
  ['/tool/SHA256SUMS.0123456789abcdef.sig', 'the signature of tool'],
  ['/tool/PURPOSE', 'the purpose of tool'],
  ['/tool/verify.sh', 'the script'],
  ['/runtime/1.0.0/SHA256SUMS', 'the list of 1.0.0'],
  ['/runtime/1.0.0/SHA256SUMS.0123456789abcdef.sig', 'the signature of 1.0.0'],
  ['/runtime/1.0.0/PURPOSE', 'the purpose of 1.0.0'],
  ['/runtime/1.0.0/linux-x64/node', 'Node.js'],
  ['/runtime/1.0.0/debian-amd64/pommgr.deb', 'the package'],
];

/** Whole request lines without the version. */
export const denied: string[] = [
  'GET /',
  'GET /baselines',
  'GET /baselines/',
  'GET /baselines/README',
  'GET /baselines/test-1',
  'GET /baselines/test-1/',
  'GET /baselines/test-1/other.json',
  'GET /baselines/test-1/SHA256SUMS/',
  'GET /baselines/test-1/SHA256SUMS.sig',
  'GET /baselines/test-1/debian',
  'GET /baselines/test-1/debian/',
  'GET /baselines/test-1/debian/pool',
  'GET /baselines/test-1/debian/pool/',
  'GET /baselines/test-1/debian/pool/.hidden',
  'GET /baselines/test-1/debian/pool/%2ehidden',
  'GET /baselines/test-1/.SHA256SUMS.0123456789ab.tmp',
  'GET /baselines/test-1/debian/missing.deb',
  'GET /baselines/test-1/debian/link.deb',
  'GET /baselines/test-1/debian/links/subscription',
  'GET /baselines/test-1/debian/inside/a/a+b~1_amd64.deb',
  'GET /baselines/test-4/SHA256SUMS',
  'GET /baselines/test-2.tmp/SHA256SUMS',
  'GET /baselines/test-2.tmp/debian/pool/a.deb',
  'GET /baselines/TEST-1/SHA256SUMS',
  'GET /baselines/test-1/../test-1/SHA256SUMS',
  'GET /baselines/test-1/./SHA256SUMS',
  'GET /baselines//test-1/SHA256SUMS',
  'GET //baselines/test-1/SHA256SUMS',
  'GET /baselines/../state.json',
  'GET /baselines/test-1/debian/../../../state.json',
  'GET /baselines/%2e%2e/state.json',
  'GET /baselines/test-1/%2E%2E/%2E%2E/secrets/subscription',
  'GET /baselines/test-1/debian/..%2f..%2f..%2fsecrets/subscription',
  'GET /baselines/test-1/debian/.%2e/.%2e/.%2e/secrets/subscription',
  'GET /baselines/test-1%2fSHA256SUMS',
  'GET /baselines/test-1/debian%2felsewhere.deb',
  'GET /baselines/test-1\\SHA256SUMS',
  'GET /baselines/test-1/debian/..\\..\\..\\state.json',
  'GET /baselines/test-1/debian/%5c..%5cstate.json',
  'GET /baselines/test-1/debian/elsewhere.deb%00',
  'GET /baselines/test-1/debian/elsewhere.deb%0a',
  'GET /baselines/test-1/debian/elsewhere.deb%7f',
  'GET /baselines/test-1/debian/%c0%ae%c0%ae/state.json',
  'GET /baselines/test-1/SHA256SUMS?x',
  'GET /baselines/test-1/SHA256SUMS?',
  'GET /baselines/test-1/SHA256SUMS#x',
  'GET /medium/pommgr',
  'GET /medium.tmp/pommgr',
  'GET /pommgr/',
  'GET /pommgr/x',
  'GET /pommgr?x',
  'GET /pommgrx',
  'GET /POMMGR.txt.bak',
  'GET /tool',
  'GET /tool/',
  'GET /tool/other.sh',
  'GET /tool/../../state.json',
  'GET /tool/%2e%2e/bundles/test-1/SHA256SUMS',
  'GET /runtime',
  'GET /runtime/',
  'GET /runtime/1.0.0',
  'GET /runtime/1.0.0/',
  'GET /runtime/1.0.0/README',
  'GET /runtime/1.0.0/linux-x64',
  'GET /runtime/1.0.0/linux-x64/',
  'GET /runtime/1.0.0/linux-x64/link',
  'GET /runtime/1.0.0/linux-x64/.hidden',
  'GET /runtime/1.0.0/linux-x64/deep/file',
  'GET /runtime/2.0.0/linux-x64/node',
  'GET /runtime/1.0.0/../../bundles/test-1/SHA256SUMS',
  'GET /runtime/..%2f..%2fstate.json/linux-x64/node',
  'GET /bundles/test-1/SHA256SUMS',
  'GET /secrets/subscription',
  'GET /state.json',
  'GET /journal.json',
  'GET /audit.jsonl',
  'GET /.lock',
  'GET /pool/0123',
  'GET /remotes/test-3/SHA256SUMS',
  'GET /index.html',
  'GET http://127.0.0.1/baselines/test-1/SHA256SUMS',
  'GET file:///etc/passwd',
  'GET *',
  'GET baselines/test-1/SHA256SUMS',
  'OPTIONS *',
  'OPTIONS /baselines/test-1/SHA256SUMS',
  'POST /baselines/test-1/SHA256SUMS',
  'PUT /baselines/test-1/SHA256SUMS',
  'DELETE /baselines/test-1/SHA256SUMS',
  'PROPFIND /baselines/',
  'TRACE /baselines/test-1/SHA256SUMS',
  'CONNECT 127.0.0.1:22',
];

export interface RawAnswer {
  /** 0 where the connection just ended. */
  status: number;
  /** The head as it came, and what came after it. */
  head: string;
  body: string;
}

/** Sends `text` as it is and gives what comes back until the server ends the connection. */
export async function sendRaw(port: number, text: string): Promise<RawAnswer> {
  const parts: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  const all = Buffer.concat(parts).toString('latin1');
  const [head = '', ...body] = all.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.[01] (\d+)/.exec(head)?.[1] ?? 0), head, body: body.join('\r\n\r\n') };
}

/** One request without a body, and the end of the connection asked for. */
export async function request(port: number, line: string, headers: string[] = []): Promise<RawAnswer> {
  const lines = [`${line} HTTP/1.1`, 'Host: store', ...headers, 'Connection: close'];
  return sendRaw(port, `${lines.join('\r\n')}\r\n\r\n`);
}
