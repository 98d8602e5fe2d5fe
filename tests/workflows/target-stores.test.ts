/** A store holds the files of its host's own target; more of them only where that is asked for. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { apply, type ApplyOptions } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { storeGc } from '../../src/upkeep/workflows/store-gc.ts';
import { aptWithoutNetwork, createHost, pretendInstalled } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { serveStore } from '../support/shared-store.ts';
import { createThinSite, setClosures, type ThinSite } from '../support/thin-site.ts';

let site: ThinSite;
let key: SigningPublicKey;
/** Two targets of one mirror: one installs the server, the other the desktop. */
let first: string;
/** Now the first target installs the desktop too: the delta from the first bundle, and the whole one. */
let delta: string;
/** The targets of the first bundle again, as a delta from it. */
let same: string;
const later = testContext('2025-06-09T00:00:00Z');

async function bring(closures: Record<string, object>, day: number, since = 'none'): Promise<string> {
  await setClosures(site.configFile, closures);
  const context = testContext(`2025-06-0${day}T00:00:00Z`);
  await snapshot({ configFile: site.configFile, context, force: true, dryRun: false });
  const media = await scratchDirectory();
  await pack({ configFile: site.configFile, media, since, context });
  return media;
}

async function newHost(): Promise<string> {
  const root = await createHost([key]);
  await pretendInstalled(root, await buildPackage({ name: 'base', version: '1.0' }));
  return root;
}

function applied(root: string, media: string, options: Partial<ApplyOptions> = {}) {
  return apply({ media, root, target: 'server', context: later, ...options });
}

/** Names of the packages whose files the store of a host has. */
async function stored(root: string, baseline = 'test-1'): Promise<string[]> {
  const store = join(root, 'var/lib/pommgr');
  const objects = await readdir(join(store, 'pool'));
  const names: string[] = [];
  for await (const { name, sha256 } of readPackages(join(store, 'baselines', baseline, 'packages.jsonl')))
    if (objects.includes(sha256)) names.push(name);
  return names;
}

async function problems(root: string): Promise<string[]> {
  const report = await doctor({ root, deep: true, repair: false, context: later });
  return report.checks
    .filter(({ name }) => name !== 'launcher')
    .flatMap(({ problems: found }) => found.map(({ what }) => what));
}

const ofServer = ['base', 'docs', 'exim', 'libbase', 'libserver', 'server'];
const ofBoth = [...ofServer, 'desktop', 'toolkit'].toSorted();

beforeAll(async () => {
  site = await createThinSite({});
  key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  first = await bring({ server: { install: ['server'] }, desk: { install: ['desktop'] } }, 2);
  delta = await bring(
    { server: { install: ['server', 'desktop'] }, desk: { install: ['desktop'] } },
    3,
    'test-1',
  );
  same = await bring({ server: { install: ['server'] }, desk: { install: ['desktop'] } }, 4, 'test-1');
});

describe('a store', () => {
  it("holds its host's own target, then another one of the same medium, then all; others get what is there", async () => {
    const root = await newHost();
    const served = await newHost();

    const dry = await applied(root, first, { dryRun: true });
    const own = await applied(root, first);

    expect([own.outcome, dry.added]).toEqual(['applied', own.added]);
    expect(await stored(root)).toEqual(ofServer);
    expect(await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'server'])).toContain('Inst exim');
    const absent = await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'desktop'], [100]);
    expect(absent).toMatch(/desktop.* has no installation candidate/);
    expect(await problems(root)).toEqual([]);
    const from = await serveStore(join(root, 'var/lib/pommgr'));
    const ask = (target: string) => applyFrom({ from, root: served, target, context: later });
    expect((await ask('server')).outcome).toBe('applied');
    await expect(ask('desk')).rejects.toMatchObject({
      code: 'state.target',
      exitCode: 8,
      message: `The store ${from} holds the files of test-1 for server only: expected desk.`,
    });

    const drySecond = await applied(root, first, { target: 'desk', dryRun: true });
    const second = await applied(root, first, { target: 'desk' });

    expect([second.outcome, drySecond.added]).toEqual(['applied', second.added]);
    expect(await stored(root)).toEqual(ofBoth);
    expect(await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'desktop'])).toContain('Inst toolkit');
    await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'server'], [100]);
    expect(await problems(root)).toEqual([]);
    expect((await ask('desk')).outcome).toBe('applied');
    expect(await aptWithoutNetwork(served, ['apt-get', '-s', 'install', 'desktop'])).toContain(
      'Inst toolkit',
    );
    expect(await problems(served)).toEqual([]);
  });

  it('gets by a delta what another target had in the base', async () => {
    const root = await newHost();
    await applied(root, first);
    await verify({ media: delta, root, context: later });

    const report = await applied(root, delta);

    expect(report).toMatchObject({ outcome: 'applied', base: { name: 'test-1' } });
    expect(await stored(root, 'test-2')).toEqual(ofBoth);
    expect(await aptWithoutNetwork(root, ['apt-get', '-s', 'install', 'desktop'])).toContain('Inst toolkit');
    expect(await rollback({ root, context: later })).toMatchObject({ to: { name: 'test-1' } });
    await storeGc({ root, keep: 1, keepBaselines: [], context: later });
    expect(await problems(root)).toEqual([]);
    const index = await readFile(join(root, 'var/lib/pommgr/baselines/index.json'), 'utf8');
    expect(index).toContain('"targets":["server"]');
  });

  it('takes all targets where told so, and refuses a delta whose base it holds for fewer', async () => {
    const [root, whole] = [await newHost(), await newHost()];
    await applied(root, first, { storeOnly: true });
    await applied(whole, first, { storeOnly: true, allTargets: true });

    const refused = await applied(root, same, { allTargets: true }).catch((error: unknown) => error);

    expect(refused).toMatchObject({
      code: 'integrity.missing',
      hints: expect.arrayContaining([expect.stringContaining('--all-targets')]) as string[],
    });
    expect(await problems(root)).toEqual([]);
    expect((await applied(whole, same, { allTargets: true })).outcome).toBe('applied');
    expect(await stored(whole, 'test-3')).toEqual(ofBoth);
    expect(await problems(whole)).toEqual([]);
  });
});
