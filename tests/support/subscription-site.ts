/**
 * An online side with two hosts, and the stand-in for POM that keeps their keys. The shop of the stand-in answers by a
 * file, with infos that a test key signed.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterTestFile } from './file-end.ts';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { addTrustedKey, trustedHostsDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { scratchDirectory } from './scratch.ts';
import { createInfoSigner, testInfo, type InfoSigner } from './subscriptions.ts';

/** Signs a lock beside it, as `host lock -o` does, with a host's key that the site trusts from now on. */
export async function signLock(site: { directory: string }, file: string): Promise<void> {
  const privateKey = join(await scratchDirectory(), 'receipt-key.pem');
  const key = await createSigningKey(privateKey);
  await addTrustedKey(trustedHostsDirectory(join(site.directory, 'state')), key);
  const text = await readFile(file);
  await writeFile(`${file}.sig`, await (await openSigningKey(privateKey)).sign(text));
}

/** Of the test hosts; each is 10 characters after its shape, like real ones. */
export const keys = {
  pve1: 'pve2s-1111aaaa11',
  pbs1: 'pbsb-2222bbbb22',
  stranger: 'pve1c-3333cccc33',
  mirror: 'pom-4444dddd44',
};
export const serverIds = { pve1: 'A'.repeat(32), pbs1: 'B'.repeat(32), stranger: 'C'.repeat(32) };

/** `now` of these tests, ten days after the check of `testInfo`. */
export const now = '2026-12-02T19:33:20Z';

export interface SubscriptionSite {
  directory: string;
  configFile: string;
  pomConfig: string;
  signer: InfoSigner;
  /** The operator's. */
  key: SigningPublicKey;
  publicKeyFile: string;
  /** Proxmox's. */
  signingKey: string;
  /** What the shop says of each key from now on; `error` makes POM fail for it. */
  setShop(answers: Record<string, object>): Promise<void>;
  /** Puts a key and its info into POM's config, past POM and the shop; what it had of the key before is gone. */
  addKey(key: string, serverId: string, info?: string): Promise<void>;
  removeKey(key: string): Promise<void>;
  pom(...args: string[]): Promise<string>;
  /** Replaces the part of the config after the mirrors. */
  configure(lines: readonly string[]): Promise<void>;
}

const standIn = new URL('./pom/proxmox-offline-mirror', import.meta.url).pathname;
const variables = ['POM_STANDIN_SHOP', 'POM_STANDIN_ROOT', 'POM_STANDIN_TIME'] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

afterTestFile(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Lines of the config that name both hosts. */
export function hostLines(more: { pve1?: readonly string[]; pbs1?: readonly string[] } = {}): string[] {
  return [
    'site:',
    '  hosts:',
    `    - { name: pve1, product: pve, serverIds: [${serverIds.pve1}], ${(more.pve1 ?? []).join(', ')} }`,
    `    - { name: pbs1, product: pbs, serverIds: ["${serverIds.pbs1}"], ${(more.pbs1 ?? []).join(', ')} }`,
  ];
}

/** The variables that the stand-in reads are the process's own: one site for each test file. */
export async function createSubscriptionSite(): Promise<SubscriptionSite> {
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const pomConfig = join(directory, 'pom.cfg');
  const shop = join(directory, 'shop.json');
  const signer = createInfoSigner();
  const signingKey = join(directory, 'machine/usr/share/keyrings/proxmox-offline-signing-key.pub');
  await mkdir(dirname(signingKey), { recursive: true });
  await writeFile(signingKey, signer.publicKeyPem);
  process.env['POM_STANDIN_SHOP'] = shop;
  process.env['POM_STANDIN_ROOT'] = join(directory, 'machine');
  process.env['POM_STANDIN_TIME'] = String(Date.parse(now) / 1000);
  const operator = await createSigningKey(join(directory, 'signing-key.pem'));
  const publicKeyFile = join(directory, 'signing-key.pub.pem');
  await writeFile(publicKeyFile, operator.pem);
  const site: SubscriptionSite = {
    ...{ directory, configFile, pomConfig, signer, key: operator, publicKeyFile, signingKey },
    setShop: (answers) => writeFile(shop, JSON.stringify(answers)),
    async addKey(key, serverId, info) {
      const blob = info === undefined ? '' : `\tinfo ${Buffer.from(info).toString('base64')}\n`;
      const text = await readFile(pomConfig, 'utf8').catch(() => '');
      const others = text
        .split('\n\n')
        .filter((part) => part !== '' && !part.startsWith(`subscription: ${key}\n`));
      const section = `subscription: ${key}\n\tserver-id ${serverId}\n${blob}`;
      await writeFile(pomConfig, [...others, section].map((part) => `${part.trimEnd()}\n`).join('\n'));
    },
    async removeKey(key) {
      const sections = (await readFile(pomConfig, 'utf8')).split('\n\n');
      const others = sections.filter((part) => !part.startsWith(`subscription: ${key}\n`));
      await writeFile(pomConfig, others.join('\n\n'));
    },
    pom: async (...args) => (await run(standIn, [...args, '--config', pomConfig])).stdout,
    configure: (lines) => writeFile(configFile, [...head(pomConfig, signingKey), ...lines, ''].join('\n')),
  };
  await site.setShop({});
  await site.configure(hostLines());
  return site;
}

function head(pomConfig: string, signingKey: string): string[] {
  return [
    'schema: pommgr/config/v1',
    'track: test',
    `pom: { binary: ${standIn}, configFile: ${pomConfig} }`,
    'mirrors:',
    '  - { id: any-mirror, uri: "http://192.0.2.1", suite: stable, components: [main], keyring: none.gpg }',
    `subscription: { signingKey: ${signingKey} }`,
  ];
}

/** A signed, active info of one of the keys. */
export function infoOf(site: SubscriptionSite, name: keyof typeof serverIds, changes = {}): string {
  return site.signer.sign({ ...testInfo, key: keys[name], serverid: serverIds[name], ...changes });
}

/** The mirror's own key, active, as POM has it: not signed. */
export function mirrorInfo(): string {
  const { regdate, nextduedate, checktime } = testInfo;
  return JSON.stringify({ status: 'active', key: keys.mirror, checktime, regdate, nextduedate });
}
