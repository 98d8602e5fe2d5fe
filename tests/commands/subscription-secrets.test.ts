/** Guarantee 8: no subscription key in clear in any output, log or file of ours, whatever goes wrong. */
import { setClock } from '../support/clock.ts';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, expect, test, vi } from 'vitest';
import SubscriptionPack from '../../src/commands/subscription/pack.ts';
import SubscriptionRegister from '../../src/commands/subscription/register.ts';
import SubscriptionStatus from '../../src/commands/subscription/status.ts';
import Verify from '../../src/commands/verify.ts';
import { lockWith } from '../support/host-lock-text.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
import {
  createSubscriptionSite,
  hostLines,
  infoOf,
  keys,
  mirrorInfo,
  now,
  serverIds,
  signLock,
  type SubscriptionSite,
} from '../support/subscription-site.ts';

const brokenKey = 'pmgp-5555eeee55';
let site: SubscriptionSite;
let media: string;
const written: string[] = [];

beforeAll(async () => {
  site = await createSubscriptionSite();
  media = await scratchDirectory();
  setClock(now);
  process.env['POMMGR_DEBUG'] = '1';
  const recipient = await identityToRecipient(await generateX25519Identity());
  await writeFile(join(site.directory, 'lock.json'), lockWith({ recipient, serverIds: [] }));
  await signLock(site, join(site.directory, 'lock.json'));
  await site.configure([
    ...hostLines({
      pve1: ['keyFile: ./pve1.key', 'lock: ./lock.json'],
      pbs1: ['keyFile: ./pbs1.key', 'lock: ./lock.json'],
    }),
    `    - { name: pmg1, product: pmg, serverIds: [${serverIds.stranger}], keyFile: ./pmg1.key }`,
  ]);
  for (const [name, key] of Object.entries({ pve1: keys.pve1, pbs1: keys.pbs1, pmg1: brokenKey })) {
    const file = join(site.directory, `${name}.key`);
    await writeFile(file, key);
    await chmod(file, 0o600);
  }
  await site.addKey(keys.mirror, serverIds.stranger, mirrorInfo());
  await site.addKey(keys.stranger, 'F'.repeat(32), `{"key": "${keys.stranger}"`);
  await site.setShop({
    [keys.mirror]: JSON.parse(mirrorInfo()) as object,
    [keys.pve1]: JSON.parse(infoOf(site, 'pve1')) as object,
    [keys.pbs1]: JSON.parse(infoOf(site, 'pbs1')) as object,
    [brokenKey]: { error: `the shop does not know ${brokenKey} of ${serverIds.stranger}` },
  });
  return () => {
    vi.useRealTimers();
    delete process.env['POMMGR_DEBUG'];
  };
});

async function say(command: Parameters<typeof runCommand>[0], args: readonly string[], exitCode: number) {
  const config =
    'config' in ((command as { flags?: object }).flags ?? {}) ? ['--config', site.configFile] : [];
  const outcome = await runCommand(command, [...config, ...args]);
  expect(outcome.exitCode, `${args.join(' ')}\n${outcome.stdout}${outcome.stderr}`).toBe(exitCode);
  written.push(outcome.stdout, outcome.stderr);
}

/** Of every file below, but what the test itself, the operator or POM wrote. */
async function filesBelow(directory: string): Promise<[path: string, bytes: Buffer][]> {
  const found: [string, Buffer][] = [];
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const isTheirs = /\/(?:pom\.cfg|shop\.json|[a-z0-9]+\.key)$/.test(path);
    if (!isTheirs && (await stat(path)).isFile()) found.push([path, await readFile(path)]);
  }
  return found;
}

test('no command writes one', async () => {
  for (const format of [[], ['--json']]) {
    await say(SubscriptionRegister, ['--dry-run', ...format], 0);
    await say(SubscriptionRegister, [...format], 9);
    await say(SubscriptionRegister, ['--yes', ...format], 7);
    await say(SubscriptionStatus, [...format], 1);
    await say(SubscriptionPack, ['--media', media, '--allow-local', '--dry-run', ...format], 0);
    await say(SubscriptionPack, ['--media', media, '--allow-local', ...format], 0);
    await say(Verify, ['--media', media, '--key', site.publicKeyFile, ...format], 0);
    await say(SubscriptionStatus, ['--media', media, '--key', site.publicKeyFile, ...format], 0);
    // A wrong config and a POM that fails, too.
    const config = await readFile(site.configFile, 'utf8');
    await writeFile(
      site.configFile,
      config.replace('serverIds: [', `key: ${keys.pve1}, serverIds: [${keys.pbs1}, `),
    );
    await say(SubscriptionStatus, [...format], 3);
    await writeFile(site.configFile, config);
    const pomConfig = await readFile(site.pomConfig, 'utf8');
    await writeFile(site.pomConfig, `${pomConfig}\nsubscription: ${keys.pve1}\n\tno-such-property 1\n`);
    await say(SubscriptionStatus, [...format], 7);
    await writeFile(site.pomConfig, pomConfig);
  }
  await say(SubscriptionStatus, ['--format', 'ics'], 1);

  const all = written.join('\n');
  expect(all).toContain('pve2s-****a11');
  const secrets = [...Object.values(keys), brokenKey];
  for (const key of secrets) expect(all).not.toContain(key);
  const files = [...(await filesBelow(media)), ...(await filesBelow(site.directory))];
  expect(files.map(([path]) => path).filter((path) => path.endsWith('.age'))).toHaveLength(2);
  for (const [path, bytes] of files) for (const key of secrets) expect(bytes.includes(key), path).toBe(false);
});

test('only where it is asked for by name', async () => {
  const { stdout } = await runCommand(SubscriptionStatus, ['--config', site.configFile, '--show-keys']);
  for (const key of Object.values(keys)) expect(stdout).toContain(key);
});
