/** Subscription keys beside a bundle, with either layout. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { packPom } from '../../src/bundle/workflows/pack-pom.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { testContext } from '../support/online.ts';
import { createPomMediumSite } from '../support/pom-medium.ts';
import { createSite, type Site } from '../support/offline.ts';
import { scratchDirectory } from '../support/scratch.ts';
import {
  createSubscriptionSite,
  hostLines,
  infoOf,
  keys,
  now,
  serverIds,
  type SubscriptionSite,
} from '../support/subscription-site.ts';

let subscriptions: SubscriptionSite;
let site: Site;

beforeAll(async () => {
  subscriptions = await createSubscriptionSite();
  await subscriptions.addKey(keys.pve1, serverIds.pve1, infoOf(subscriptions, 'pve1'));
  site = await createSite();
  await snapshot({ configFile: site.configFile, context: testContext(), dryRun: false, force: false });
});

/** The config with hosts, and with POM's config of the other site. */
async function withHosts(configFile: string, pom: string): Promise<string> {
  const file = configFile.replace(/\.yaml$/, '-hosts.yaml');
  const text = (await readFile(configFile, 'utf8')).replace(/^pom: .*\n/m, '');
  const lines = [pom, `subscription: { signingKey: ${subscriptions.signingKey} }`, ...hostLines(), ''];
  await writeFile(file, `${text}${lines.join('\n')}`);
  return file;
}

function pomLine(pomConfig = subscriptions.pomConfig): string {
  const binary = new URL('../support/pom/proxmox-offline-mirror', import.meta.url).pathname;
  return `pom: { binary: ${binary}, configFile: ${pomConfig}, lockWaitSeconds: 1 }`;
}

test('pack brings those that are usable, and leaves bundle and keys alone the next time', async () => {
  const configFile = await withHosts(site.configFile, pomLine());
  const media = await scratchDirectory();
  const context = testContext(now);
  const planned = await pack({ configFile, media, context, dryRun: true });
  expect(planned.subscriptions?.outcome).toBe('planned');
  expect(await readdir(media)).toEqual([]);
  const { outcome, subscriptions: packed } = await pack({ configFile, media, context });
  expect(outcome).toBe('packed');
  expect(packed).toMatchObject({
    outcome: 'packed',
    hosts: [
      { name: 'pbs1', infos: 0 },
      { name: 'pve1', infos: 1 },
    ],
  });
  expect(context.warnings).toContain('pbs1 (pbs) has no usable key: POM knows none for it.');
  const again = await pack({ configFile, media, context: testContext('2026-12-04T00:00:00Z') });
  expect([again.outcome, again.subscriptions?.outcome]).toEqual(['unchanged', 'unchanged']);
  const publicKey = join(site.directory, 'public.pem');
  await writeFile(publicKey, site.key.pem);
  const report = await verify({
    ...{ media, root: await scratchDirectory(), context },
    keyFiles: [publicKey],
  });
  expect([report.bundles.length, report.subscriptions.length]).toEqual([1, 1]);
});

test('pack does without POM, and says that the keys stay behind', async () => {
  const configFile = await withHosts(site.configFile, 'pom: { binary: no-such-pom }');
  const media = await scratchDirectory();
  const context = testContext(now);
  expect(await pack({ configFile, media, context })).toMatchObject({
    outcome: 'packed',
    subscriptions: null,
  });
  expect(context.warnings.join()).toContain(
    'No subscription key is packed. The program no-such-pom was not found.',
  );
});

test("pack --format pom puts them on POM's medium, too", async () => {
  const pomSite = await createPomMediumSite();
  await pomSite.take(1);
  const { pomConfigFile } = pomSite;
  const pomConfig = join(pomSite.directory, 'pom.cfg');
  const section = `\nsubscription: ${keys.pve1}\n\tserver-id ${serverIds.pve1}\n`;
  const info = `\tinfo ${Buffer.from(infoOf(subscriptions, 'pve1')).toString('base64')}\n`;
  await writeFile(pomConfig, `${await readFile(pomConfig, 'utf8')}${section}${info}`);
  const configFile = await withHosts(pomConfigFile, pomLine(pomConfig));
  const result = await packPom({ configFile, medium: 'disk1', context: testContext(now) });
  expect(result.subscriptions).toMatchObject({ outcome: 'packed' });
  const report = await verify({
    ...{ media: pomSite.media, root: await scratchDirectory(), context: testContext(now) },
    keyFiles: [pomSite.publicKeyFile],
  });
  expect(report.subscriptions).toMatchObject([{ hosts: 2, infos: 1 }]);
});
