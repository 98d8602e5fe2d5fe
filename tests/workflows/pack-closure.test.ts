/** A thin bundle of a whole baseline: the baseline keeps its digest, and hosts see what the bundle has. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { coSign } from '../../src/bundle/workflows/co-sign.ts';
import { pack, type PackOptions } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { lockProofKind } from '../../src/closure/domain/lock-proof.ts';
import { readJsonFile } from '../../src/core/adapters/json-file.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { aptWithoutNetwork, createHost, pretendInstalled } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite, setClosure, type ThinSite } from '../support/thin-site.ts';

let site: ThinSite;
let key: SigningPublicKey;
const context = testContext('2025-06-09T00:00:00Z');
const server = { install: ['server'] };

/** Packs a baseline with this closure of the config; whole with undefined. */
async function packed(
  baselineName: string,
  closure: Record<string, unknown> | undefined,
  options: Partial<PackOptions> = {},
) {
  await setClosure(site.configFile, closure);
  const media = await scratchDirectory();
  const { configFile } = site;
  const thin = { closure: closure !== undefined, baselineName, context };
  return { ...(await pack({ configFile, media, ...thin, ...options })), media };
}

async function newHost(): Promise<string> {
  const root = await createHost([key]);
  await pretendInstalled(root, await buildPackage({ name: 'base', version: '1.0' }));
  return root;
}

function planOf(root: string, name: string, accept: readonly number[] = [0]): Promise<string> {
  return aptWithoutNetwork(root, ['apt-get', '-s', 'install', name], accept);
}

async function problems(root: string): Promise<string[]> {
  const { checks } = await doctor({ root, deep: true, repair: false, context });
  const found = checks.filter(({ name }) => name !== 'launcher').flatMap((check) => check.problems);
  return found.map(({ what }) => what);
}

async function documentOf(media: string, bundle: string): Promise<Bundle> {
  return JSON.parse(await readFile(join(media, 'bundles', bundle, 'bundle.json'), 'utf8')) as Bundle;
}

async function takeWhole(day: number): Promise<void> {
  await setClosure(site.configFile, undefined);
  const at = testContext(`2025-06-0${day}T00:00:00Z`);
  await snapshot({ configFile: site.configFile, context: at, force: true, dryRun: false });
}

beforeAll(async () => {
  site = await createThinSite({});
  key = await createSigningKey(join(site.directory, 'signing-key.pem'));
  await takeWhole(2);
  await takeWhole(3);
});

describe('pack --closure', () => {
  it('packs what the closure holds, with the proof; the host sees that, and the baseline stays what it was', async () => {
    const { digest } = await readBaseline(join(site.directory, 'state'), 'test-1');
    const whole = await packed('test-1', undefined);

    const thin = await packed('test-1', server);

    expect(thin.baseline.digest).toBe(digest);
    expect(whole.objects - thin.objects).toBe(11 - 6 - 1);
    const document = await documentOf(thin.media, 'test-1');
    expect(document.targets).toMatchObject([{ closure: { install: ['server'], recommends: true } }]);
    const root = await newHost();
    expect(await verify({ media: thin.media, root, context })).toMatchObject({
      bundles: [{ objects: thin.objects }],
    });
    await apply({ media: thin.media, root, context });
    expect(await planOf(root, 'server')).toContain('Inst exim');
    expect(await planOf(root, 'desktop', [100])).toMatch(/desktop.* has no installation candidate/);
    const stored = join(root, 'var/lib/pommgr/baselines/test-1');
    expect(await readdir(join(stored, 'test-stable/pool/main'))).not.toContain('t');
    const proof = await readJsonFile(join(stored, 'lock-proof.json'), lockProofKind);
    expect(proof).toMatchObject({
      baseline: digest,
      targets: [{ thin: { files: 6 }, whole: { files: 11 } }],
    });
    expect(await problems(root)).toEqual([]);
    expect(await hostStatus({ root })).toMatchObject({ problems: [] });

    const other = await packed('test-1', { install: ['server', 'desktop'] });
    const again = await apply({ media: other.media, root, context });

    expect(again.outcome).toBe('applied');
    expect(await planOf(root, 'desktop')).toContain('Inst toolkit');
    expect(await problems(root)).toEqual([]);
    await apply({ media: whole.media, root, context });
    expect(await planOf(root, 'postfix')).toContain('Inst postfix');
    expect(await problems(root)).toEqual([]);
  });

  it('makes deltas between thin bundles, and refuses one whose base the host holds otherwise', async () => {
    const first = await packed('test-1', server);
    const delta = await packed('test-2', { install: ['server', 'desktop'] }, { since: 'test-1' });
    const [root, whole] = [await newHost(), await newHost()];
    await apply({ media: first.media, root, context });
    await apply({ media: (await packed('test-1', undefined)).media, root: whole, context });

    await apply({ media: delta.media, root, context });

    // desktop and toolkit, and the lock proof: the base travelled without them.
    expect(delta.objects).toBe(3);
    expect(await planOf(root, 'desktop')).toContain('Inst toolkit');
    expect(await problems(root)).toEqual([]);
    const refused = apply({ media: delta.media, root: whole, context });
    await expect(refused).rejects.toMatchObject({
      code: 'state.base',
      message: expect.stringContaining('with the closure list') as string,
    });
  });

  it('is co-signed by a machine that makes the same closure, whatever version its apt has', async () => {
    const { media } = await packed('test-1', server);
    const { configFile } = site;
    await snapshot({ configFile, context: testContext('2025-06-04T00:00:00Z'), force: true, dryRun: false });
    await pack({ configFile, media, baselineName: 'test-3', context });
    const second = await createSigningKey(join(site.directory, 'second.pem'));
    const text = await readFile(configFile, 'utf8');
    await writeFile(configFile, `${text}signing: { privateKeys: [./second.pem] }\n`);
    const proofFile = join(site.directory, 'state/baselines/test-3/lock-proof.json');
    const proof = await readFile(proofFile, 'utf8');
    const sign = (baselineName: string, closure: boolean) =>
      coSign({ configFile, media, baselineName, closure, context });

    expect(await sign('test-1', false)).toMatchObject({ outcome: 'different' });
    expect(await sign('test-1', true)).toMatchObject({ outcome: 'co-signed', added: [second.fingerprint] });
    await writeFile(proofFile, proof.replace(/"install":\d+/, '"install":77'));
    expect(await sign('test-3', false)).toMatchObject({ outcome: 'different' });
    await writeFile(proofFile, proof.replace(/"aptVersion":"[^"]+"/, '"aptVersion":"9.9"'));
    expect(await sign('test-3', false)).toMatchObject({ outcome: 'co-signed' });
    await writeFile(configFile, text);
  });

  it.each([
    ['a config without closures', undefined, 'config.closure', 'has no closure for a target of test-1'],
    ['a name that no mirror has', { install: ['absent'] }, 'config.closure', 'absent'],
  ])('refuses %s', async (_, closure, code, text) => {
    const refused = packed('test-1', closure, { closure: true });

    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });
});
