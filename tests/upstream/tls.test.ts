/** TLS as apt has it, with real certificates: the system's store, caFile, client certificates. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MirrorLogin } from '../../src/config/adapters/login-file.ts';
import { openHasherPool } from '../../src/core/adapters/hashing.ts';
import { run } from '../../src/core/adapters/process.ts';
import { openDownloader } from '../../src/upstream/adapters/download.ts';
import { scratchDirectory } from '../support/scratch.ts';

const hashers = openHasherPool(1);
const servers: Server[] = [];
let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory();
  const script = `
    ca() { openssl req -x509 -newkey rsa:2048 -nodes -keyout $1.key -out $1.pem -subj /CN=$1 -days 2; }
    issue() { openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr -subj /CN=$1
      printf '%s\\n' "$3" >$1.ext
      openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem; }
    ca root; ca stranger
    issue middle root 'basicConstraints=critical,CA:TRUE'
    issue server root 'subjectAltName=DNS:localhost'
    issue below middle 'subjectAltName=DNS:localhost'
    issue client root ''
    cat client.pem client.key >both.pem
    openssl pkey -in client.key -aes256 -passout pass:secret -out locked.key
    : >empty.pem`;
  await run('sh', ['-ec', script], { cwd: directory });
});

afterAll(async () => {
  for (const server of servers) server.close();
  await hashers.close();
});

const fileIn = (name: string): string => join(directory, name);

/** An https server whose answer names the client that it saw. */
async function serve(
  options: { certificate?: string; wantsClient?: boolean; maxVersion?: 'TLSv1.2' } = {},
): Promise<string> {
  const { certificate = 'server', wantsClient = false, maxVersion = 'TLSv1.3' } = options;
  const server = createServer(
    {
      cert: await readFile(fileIn(`${certificate}.pem`)),
      key: await readFile(fileIn(`${certificate}.key`)),
      ca: await readFile(fileIn('root.pem')),
      requestCert: true,
      rejectUnauthorized: wantsClient,
      maxVersion,
    },
    (request, response) => {
      const socket = request.socket as import('node:tls').TLSSocket;
      const to = /^\/to\/(\d+)$/.exec(request.url ?? '')?.[1];
      if (to !== undefined) response.writeHead(302, { location: `https://localhost:${to}/` });
      response.end(
        `client ${(socket.getPeerCertificate().subject as { CN?: string } | undefined)?.CN ?? '-'}`,
      );
    },
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

async function fetchFrom(uri: string, mirror: Omit<MirrorLogin, 'uri'> = {}, path = ''): Promise<string> {
  const downloader = await openDownloader({
    concurrency: 2,
    retries: 0,
    timeoutSeconds: 5,
    mirrors: [{ uri, ...mirror }],
    signal: new AbortController().signal,
    hashers,
    environment: {},
  });
  try {
    return String(await downloader.fetchSmall(`${uri}/${path}`, 1000));
  } finally {
    await downloader.close();
  }
}

it('checks a server against caFile, which replaces the store of the system', async () => {
  const uri = await serve();

  await expect(fetchFrom(uri, { caFile: fileIn('root.pem') })).resolves.toBe('client -');
  await expect(fetchFrom(uri, { caFile: fileIn('stranger.pem') })).rejects.toMatchObject({
    code: 'network.tls',
    hints: [expect.stringContaining('caFile')],
  });
  await expect(fetchFrom(uri)).rejects.toMatchObject({ code: 'network.tls' });
});

it('takes an intermediate certificate in caFile as an anchor, as GnuTLS and so apt do', async () => {
  const uri = await serve({ certificate: 'below' });

  await expect(fetchFrom(uri, { caFile: fileIn('middle.pem') })).resolves.toBe('client -');
});

it.each([
  ['two files', { clientCertificate: 'client.pem', clientKey: 'client.key' }],
  ['one file with both', { clientCertificate: 'both.pem' }],
])('shows a client certificate from %s', async (_, files) => {
  const uri = await serve({ wantsClient: true });
  const settings = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, fileIn(file)]));

  await expect(fetchFrom(uri, { caFile: fileIn('root.pem'), ...settings })).resolves.toBe('client client');
});

it.each([
  ['closes the connection', {}, 'network.connection'],
  ['sends an alert', { maxVersion: 'TLSv1.2' as const }, 'network.tls'],
])('names clientCertificate where the server wants one and %s', async (_, options, code) => {
  const uri = await serve({ wantsClient: true, ...options });

  await expect(fetchFrom(uri, { caFile: fileIn('root.pem') })).rejects.toMatchObject({
    code,
    hints: expect.arrayContaining([expect.stringContaining('asks for a client certificate')]) as unknown,
  });
});

it('shows the client certificate to no other host', async () => {
  const [uri, other] = [await serve(), await serve()];
  const settings = { caFile: fileIn('root.pem'), clientCertificate: fileIn('both.pem') };

  await expect(fetchFrom(uri, settings)).resolves.toBe('client client');
  await expect(fetchFrom(uri, settings, `to/${new URL(other).port}`)).resolves.toBe('client -');
});

it.each([
  ['a caFile that is not there', { caFile: 'missing.pem' }, 'config.caFile'],
  ['a caFile without a certificate', { caFile: 'empty.pem' }, 'config.caFile'],
  ['a certificate without its key', { clientCertificate: 'client.pem' }, 'config.clientCertificate'],
  [
    'the key of another certificate',
    { clientCertificate: 'client.pem', clientKey: 'server.key' },
    'config.clientCertificate',
  ],
  [
    'a key with a passphrase',
    { clientCertificate: 'client.pem', clientKey: 'locked.key' },
    'config.clientCertificate',
  ],
])('refuses %s by the name of the setting', async (_, files, code) => {
  const uri = await serve();
  const settings = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, fileIn(file)]));

  await expect(fetchFrom(uri, settings)).rejects.toMatchObject({ code });
});

it('uses the certificate store of the system, as apt does, without NODE_EXTRA_CA_CERTS', async () => {
  const uri = await serve();
  const program = `
    import { openHasherPool } from '${fileURLToPath(new URL('../../dist/core/adapters/hashing.js', import.meta.url))}';
    import { openDownloader } from '${fileURLToPath(new URL('../../dist/upstream/adapters/download.js', import.meta.url))}';
    const downloader = await openDownloader({ concurrency: 1, retries: 0, timeoutSeconds: 5, mirrors: [],
      signal: new AbortController().signal, hashers: openHasherPool(1), environment: {} });
    console.log(String(await downloader.fetchSmall('${uri}/', 1000)));
    await downloader.close();`;
  const store = '/etc/ssl/certs/ca-certificates.crt';
  // A CA that update-ca-certificates has added, in a mount namespace of this test alone.
  const script = `cat ${store} root.pem >store.pem; mount --bind store.pem ${store}; exec node --input-type=module -e "$0"`;

  const inside = await run('unshare', ['-m', 'sh', '-ec', script, program], {
    cwd: directory,
    env: { NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: '', SSL_CERT_FILE: '' },
  });

  expect(inside.stdout.trim()).toBe('client -');
});
