/** The commands that write, each with what it works on, for kills at random times. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { apply } from '../../src/host/workflows/apply.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { activate } from '../../src/activation/workflows/activate.ts';
import { clockEnvironment } from './clock.ts';
import { installInRoot, runInRoot } from './debian-root.ts';
import { createDebianSite } from './debian-site.ts';
import { createHost, createSite, pretendInstalled, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage } from './packages.ts';
import { anInfo, createInfoSigner, createProductHost, hostTime } from './product-host.ts';
import type { KillSubject } from './random-kills.ts';
import { scratchDirectory } from './scratch.ts';
import { bringSubscriptions, createOperatorKey } from './subscription-medium.ts';

/** Of the host: the log and the state count what was undone; apt's and dpkg's caches, logs and backups. */
const ofTheInterruption =
  / var\/(cache|log)|\/apt\/lists\/|pommgr\/(state\.json|audit\.jsonl) |dpkg\/(status|available|diversions-old)/;

export async function killSubjects(): Promise<KillSubject[]> {
  const site = await createSite(['skip: { sections: [games] }', 'versions: latest']);
  const media = [await site.bring()];
  const newer = await buildPackage({ name: 'alpha', version: '3.0' });
  await site.publish({
    components: { main: [...site.packages, newer] },
    date: new Date('2025-06-01T03:00:00Z'),
  });
  media.push(await site.bring());
  return [
    await restoreSubject(),
    ...(await onlineSubjects(site)),
    ...(await hostSubjects(site, media)),
    await activateSubject(),
  ];
}

/** Of a root with dpkg: what dpkg and apt write of times and of the order of their work, and what a killed apt leaves. */
const ofPackageChanges = new RegExp(
  `${ofTheInterruption.source}| var/lib/dpkg/(status-old|lock|triggers/|updates)| etc/(?:ld.so.cache)| tmp/apt\\.[a-z]+\\.`,
);

/** On a whole Debian, with its own apt and dpkg. */
async function restoreSubject(): Promise<KillSubject> {
  const site = await createDebianSite('bookworm', { system: ['hello'] });
  const root = await site.host();
  await installInRoot(root, ...['netbase_12', 'app_1.0', 'libapp1_1.0'].map(site.package));
  await runInRoot(root, 'apt-mark', 'auto', 'libapp1', 'netbase');
  return {
    name: 'restore',
    command: ['restore', '--root', root, '--baseline', 'test-2', '--allow-removals'],
    directory: root,
    comparedByContent: ['etc', 'var'],
    mayDiffer: ofPackageChanges,
  };
}

/** A host of a product, whose tool takes the key; its clock is within the key's dates. */
async function activateSubject(): Promise<KillSubject> {
  const context = testContext(hostTime);
  const signer = createInfoSigner();
  const key = await createOperatorKey();
  const { root } = await createProductHost(['pve'], [key.publicKey]);
  await signer.trustOn(root);
  const first = await bringSubscriptions(key, [{ info: signer.sign(anInfo()) }]);
  await activate({ root, media: first, context });
  const info = signer.sign(anInfo({ nextduedate: '2028-05-01' }));
  const media = await bringSubscriptions(key, [{ info }]);
  return {
    name: 'subscription activate',
    command: ['subscription', 'activate', '--media', media, '--root', root],
    env: clockEnvironment(hostTime),
    directory: root,
    mayDiffer: ofTheInterruption,
  };
}

async function onlineSubjects({ directory, configFile }: Site): Promise<KillSubject[]> {
  const subjects: KillSubject[] = [];
  const add = async (
    name: string,
    command: string[],
    prepare?: (own: string) => Promise<unknown>,
  ): Promise<void> => {
    const own = await scratchDirectory();
    await cp(directory, own, { recursive: true });
    await prepare?.(own);
    const atEnd = new Map([['baseline remove', [3]]]);
    subjects.push({ name, command, cwd: own, directory: own, nextMayExit: atEnd.get(name) ?? [] });
  };
  const context = testContext('2025-06-01T12:00:00Z');
  await add('snapshot', ['snapshot']);
  await add('baseline remove', ['baseline', 'remove', 'test-1']);
  await add('pool gc', ['pool', 'gc']);
  await add('pack', ['pack', '--media', 'stick', '--allow-local'], (own) => mkdir(join(own, 'stick')));
  await add(
    'pack, a delta beside a bundle',
    ['pack', '--media', 'stick', '--allow-local', '--since', 'test-1'],
    async (own) => {
      await mkdir(join(own, 'stick'));
      const at = { configFile: configFile.replace(directory, own), context };
      await pack({ ...at, media: join(own, 'stick'), baselineName: 'test-1' });
      await snapshot({ ...at, dryRun: false, force: false });
    },
  );
  return subjects;
}

async function hostSubjects(site: Site, media: readonly string[]): Promise<KillSubject[]> {
  const [first = '', second = ''] = media;
  const context = testContext('2025-06-01T12:00:00Z');
  const owner = await createHost([site.key]);
  for (const medium of media) await apply({ media: medium, root: owner, context });
  const subjects: KillSubject[] = [];
  const add = async (
    name: string,
    command: string[],
    applied: readonly string[],
    nextMayExit: readonly number[] = [],
  ): Promise<void> => {
    const root = await createHost([site.key]);
    const [alpha] = site.packages;
    if (alpha !== undefined) await pretendInstalled(root, alpha);
    for (const medium of applied) await apply({ media: medium, root, context });
    subjects.push({
      name,
      command: [...command, '--root', root],
      directory: root,
      mayDiffer: ofTheInterruption,
      nextMayExit,
    });
  };
  await add('apply', ['apply', '--media', first], []);
  await add('apply, the next', ['apply', '--media', second], [first]);
  await add('apply --store-only', ['apply', '--media', second, '--store-only'], [first]);
  await add('apply --from', ['apply', '--from', join(owner, 'var/lib/pommgr')], [first]);
  await add('pin', ['pin'], [first]);
  await add('rollback', ['rollback'], media, [8]);
  await add('detach', ['detach'], [first], [8]);
  await add('detach --purge', ['detach', '--purge', '--yes'], [first], [8]);
  await add('store gc', ['store', 'gc', '--keep', '1'], media);
  await add('doctor --repair', ['doctor', '--repair'], [first]);
  return subjects;
}
