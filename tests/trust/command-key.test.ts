/** Keys outside of files: a program signs, ssh-agent and a PKCS#11 token among them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { describePublicKey, type SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { rotateKey, showKeys } from '../../src/trust/workflows/signing-key.ts';
import { createOnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createPublicKey } from 'node:crypto';

let directory: string;
let keyFile: string;
let publicKey: string;
let key: SigningPublicKey;
const message = Buffer.from([...Array(300).keys()].map((byte) => byte % 256));

beforeAll(async () => {
  directory = await scratchDirectory();
  keyFile = join(directory, 'key.pem');
  publicKey = join(directory, 'key.pub.pem');
  key = await createSigningKey(keyFile);
  await writeFile(publicKey, key.pem);
});

/** openssl cannot sign standard input without its size: it gets a file. */
const openssl = (file: string): string[] => [
  'sh',
  '-c',
  'copy=$(mktemp) && cat >"$copy" && openssl pkeyutl -sign -rawin -in "$copy" -inkey "$1"; code=$?; rm -f "$copy"; exit $code',
  'sh',
  file,
];
const shell = (script: string): string[] => ['sh', '-c', script];

const opened = async (command: string[], timeoutSeconds = 30) =>
  openSigningKey({ command, publicKey, timeoutSeconds });

test('signs what a file would sign, each message once', async () => {
  const log = join(directory, 'log');
  const [program = '', option = '', script = '', ...rest] = openssl(keyFile);
  const signing = await opened([program, option, `echo run >>'${log}'; ${script}`, ...rest]);
  expect(signing).toMatchObject({ publicKey: key, isOutside: true });
  const expected = await (await openSigningKey(keyFile)).sign(message);
  expect(await signing.sign(message)).toEqual(expected);
  expect(await signing.sign(message)).toEqual(expected);
  expect(await readFile(log, 'utf8')).toBe('run\n');
});

test.each([
  ['fails', 'echo "no token in slot 0" >&2; exit 3', /ended with exit code 3:\nno token in slot 0/],
  ['writes nothing', 'cat >/dev/null', /wrote 0 bytes: expected the raw Ed25519 signature/],
  ['writes text', 'cat >/dev/null; echo signature', /wrote 10 bytes/],
  ['writes without end', 'yes', /wrote more bytes/],
  ['writes another signature', 'cat >/dev/null; head -c 64 /dev/zero', /did not make over this message/],
  ['does not read the message', 'head -c 64 /dev/zero', /did not make over this message/],
])('refuses a program that %s', async (_what, script, says) => {
  await expect((await opened(shell(script))).sign(message)).rejects.toMatchObject({
    code: 'tool.signature',
    exitCode: 7,
    message: expect.stringMatching(says) as unknown,
  });
});

test('names a program that is missing', async () => {
  await expect((await opened(['no-such-signer'])).sign(message)).rejects.toMatchObject({
    code: 'tool.missing',
  });
});

test('ends a program that takes too long, and does not wait for what it started', async () => {
  const signing = await opened(shell('echo "touch the token" >&2; sleep 40 & wait'), 1);
  await expect(signing.sign(message)).rejects.toMatchObject({
    code: 'tool.signature',
    message: expect.stringMatching(/took too long and was ended:\ntouch the token/) as unknown,
  });
});

test('a key file may name the program; paths are beside it', async () => {
  const file = join(directory, 'token.yaml');
  await writeFile(join(directory, 'sign.sh'), `#!/bin/sh\nset -- "${keyFile}"\n${openssl('')[2]}\n`, {
    mode: 0o755,
  });
  const text = 'command: [./sign.sh]\npublicKey: key.pub.pem\n';
  await writeFile(file, text, { mode: 0o600 });
  expect((await (await openSigningKey(file)).sign(message)).length).toBe(64);
  await expect(
    rotateKey({ configFile: undefined, keyFile: file, context: testContext() }),
  ).rejects.toMatchObject({
    code: 'usage.signing-key',
  });
  for (const wrong of ['', 'command: sign\n', `${text}more: 1\n`, 'command: []\npublicKey: x\n', '{']) {
    await writeFile(file, wrong, { mode: 0o600 });
    await expect(openSigningKey(file)).rejects.toMatchObject({ code: 'config.signing-key' });
  }
});

test('signs a medium beside a key in a file', async () => {
  const online = await createOnlineSide();
  const config = await readFile(online.configFile, 'utf8');
  const command = JSON.stringify(openssl(keyFile));
  const keys = `signing: { privateKeys: [./signing-key.pem, { command: ${command}, publicKey: ${publicKey} }] }\n`;
  await writeFile(online.configFile, `${config}${keys}`);
  const context = testContext();
  const { configFile, media } = online;
  expect((await pack({ configFile, media, context })).signers).toContain(key.fingerprint);
  expect((await pack({ configFile, media, context })).outcome).toBe('unchanged');
  const verified = await verify({ media, keyFiles: [publicKey], context });
  expect(verified.bundles).toMatchObject([{ signers: [key.fingerprint] }]);
  expect(await showKeys({ configFile })).toMatchObject({ keys: [{}, { publicKeyFile: publicKey }] });
});

let agent: ChildProcess | undefined;
afterAll(() => agent?.kill());

test('signs by ssh-agent', async () => {
  const at = await scratchDirectory();
  const [file, socket] = [join(at, 'id'), join(at, 'agent')];
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'approver', '-f', file]);
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
  await run('ssh-add', ['-q', file], { env: { SSH_AUTH_SOCK: socket } });
  const [, blob = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  const pem = await writePublicKey(at, Buffer.from(blob, 'base64').subarray(-32));
  const helper = fileURLToPath(new URL('../support/ssh-agent-sign.py', import.meta.url));
  const command = ['env', `SSH_AUTH_SOCK=${socket}`, 'python3', helper];
  const signing = await openSigningKey({ command, publicKey: pem, timeoutSeconds: 30 });
  expect((await signing.sign(message)).length).toBe(64);
});

/**
 * Debian 13 has openssl's provider for PKCS#11. That of Debian 12's OpenSSL 3.0 does not exist, and its engine knows no
 * Ed25519: there the token is asked by pkcs11-tool of OpenSC.
 */
const provider = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/ossl-modules/pkcs11.so`;

test('signs by a PKCS#11 token', async () => {
  const at = await scratchDirectory();
  const configuration = join(at, 'softhsm2.conf');
  await mkdir(join(at, 'tokens'));
  await writeFile(
    configuration,
    `directories.tokendir = ${join(at, 'tokens')}\nobjectstore.backend = file\n`,
  );
  const env = { SOFTHSM2_CONF: configuration };
  const module = '/usr/lib/softhsm/libsofthsm2.so';
  const tool = ['--module', module, '--login', '--pin', '1234'];
  await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', 'site', '--so-pin', '1234', '--pin', '1234'],
    { env },
  );
  await run(
    'pkcs11-tool',
    [...tool, '--keypairgen', '--key-type', 'EC:edwards25519', '--label', 'approver', '--id', '01'],
    { env },
  );
  const raw = join(at, 'key.pub');
  await run('pkcs11-tool', [...tool, '--read-object', '--type', 'pubkey', '--id', '01', '-o', raw], { env });
  const exported = createPublicKey(await readFile(raw, 'utf8'));
  const pem = join(at, 'token.pub.pem');
  await writeFile(pem, describePublicKey(exported).pem);
  const byTool = ['pkcs11-tool', ...tool, '--sign', '--mechanism', 'EDDSA', '--id', '01'];
  const script = `${openssl('')[2]}`.replace('-inkey "$1"', '-provider pkcs11 -provider default -inkey "$1"');
  const byProvider = [
    'sh',
    '-c',
    script,
    'sh',
    'pkcs11:token=site;object=approver;type=private;pin-value=1234',
  ];
  const command = ['env', `SOFTHSM2_CONF=${configuration}`, `PKCS11_PROVIDER_MODULE=${module}`];
  const by = existsSync(provider) ? byProvider : byTool;
  const signing = await openSigningKey({ command: [...command, ...by], publicKey: pem, timeoutSeconds: 30 });
  expect((await signing.sign(message)).length).toBe(64);
});

/** In the form of `openssl pkey -pubout`. */
async function writePublicKey(at: string, bytes: Buffer): Promise<string> {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes]);
  const { pem } = describePublicKey(createPublicKey({ key: der, format: 'der', type: 'spki' }));
  const path = join(at, 'agent.pub.pem');
  await writeFile(path, pem);
  return path;
}
