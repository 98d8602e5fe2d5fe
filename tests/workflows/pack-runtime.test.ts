import {
  appendFile,
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { toolVersion } from '../../src/core/adapters/tool-version.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack, type PackOptions } from '../../src/bundle/workflows/pack.ts';
import { planRuntime, readPayload } from '../../src/medium/workflows/write-runtime.ts';
import { flipBit } from '../support/attack.ts';
import { platform, writeStandIn } from '../support/bare-host.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const version = toolVersion();
let online: OnlineSide;
let payload: string;
let media: string;

beforeAll(async () => {
  online = await createOnlineSide();
  payload = await scratchDirectory();
  const directory = join(payload, version, platform);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'node'), Buffer.alloc(3_000_000, 'node'));
  await writeFile(join(directory, 'pommgr.mjs'), 'pommgr();\n');
});

beforeEach(async () => {
  media = await scratchDirectory();
  vi.stubEnv('POMMGR_RUNTIME', payload);
});

afterEach(() => vi.unstubAllEnvs());

async function packOnline(options: Partial<PackOptions> = {}) {
  const context = testContext('2026-11-02T03:04:05Z');
  const result = await pack({ configFile: online.configFile, media, context, withRuntime: true, ...options });
  return { ...result, warnings: context.warnings };
}

function verifyMedia(keyFile = online.publicKeyFile) {
  return verify({ media, keyFiles: [keyFile], context: testContext() });
}

describe('pack', () => {
  it('puts the runtime, launcher and texts onto the medium, each signed', async () => {
    const { runtime, warnings } = await packOnline();
    const expected = { version, platforms: [platform] };
    expect(runtime).toEqual({ ...expected, outcome: 'written', sizeBytes: 3_000_010 });
    expect(warnings).toEqual([]);
    const signers = [online.key.fingerprint];
    expect(await verifyMedia()).toMatchObject({
      tool: { signers },
      runtimes: [{ ...expected, signers, sizeBytes: 3_000_010 }],
      strangers: [],
    });
    const signature = `SHA256SUMS.${online.key.keyId}.sig`;
    expect((await readdir(media)).toSorted()).toEqual(['POMMGR.txt', 'bundles', 'pommgr', 'runtime', 'tool']);
    expect((await readdir(join(media, 'tool'))).toSorted()).toEqual([
      'PURPOSE',
      'SHA256SUMS',
      signature,
      'verify.sh',
    ]);
    expect((await readdir(join(media, 'runtime', version))).toSorted()).toEqual(
      ['SHA256SUMS', signature, 'PURPOSE', platform].toSorted(),
    );
    for (const name of ['tool/SHA256SUMS', `runtime/${version}/SHA256SUMS`]) {
      for (const line of (await readFile(join(media, name), 'utf8')).trimEnd().split('\n')) {
        expect(line).toMatch(/^[0-9a-f]{64} {2}[A-Za-z0-9._/-]+$/);
      }
    }
  });

  it.each([
    ["pommgr's Debian package", 'debian-amd64/pommgr.deb'],
    ['the Ansible collection', 'ansible-collection/pommgr-pommgr.tar.gz'],
  ])('takes %s along, under the same signature', async (_, name) => {
    const withPackage = await scratchDirectory();
    await cp(join(payload, version), join(withPackage, version), { recursive: true });
    await mkdir(join(withPackage, version, dirname(name)));
    await writeFile(join(withPackage, version, name), 'the package\n');
    vi.stubEnv('POMMGR_RUNTIME', withPackage);

    expect((await packOnline()).runtime).toMatchObject({ platforms: [platform], sizeBytes: 3_000_022 });

    const file = join(media, 'runtime', version, name);
    expect(await readFile(file, 'utf8')).toBe('the package\n');
    expect(await verifyMedia()).toMatchObject({ runtimes: [{ version, platforms: [platform] }] });
    await writeFile(file, 'another one\n');
    await expect(verifyMedia()).rejects.toMatchObject({ code: 'integrity.digest' });
  });

  it('leaves a runtime alone that is there, whole and ours, whether or not the bundle is new', async () => {
    await packOnline();
    const before = await treeOf(media);
    const { ino } = await stat(join(media, 'runtime', version, platform, 'node'));
    const again = await packOnline();
    expect(again).toMatchObject({ outcome: 'unchanged', runtime: { outcome: 'unchanged', sizeBytes: 0 } });
    await rm(join(media, 'bundles'), { recursive: true });
    expect(await packOnline()).toMatchObject({ outcome: 'packed', runtime: { outcome: 'unchanged' } });
    expect(await treeOf(media)).toEqual(before);
    expect((await stat(join(media, 'runtime', version, platform, 'node'))).ino).toBe(ino);
  });

  it('adds it to a medium that has the bundle already', async () => {
    await packOnline({ withRuntime: false });
    expect(await readdir(media)).not.toContain('runtime');
    expect(await packOnline()).toMatchObject({ outcome: 'unchanged', runtime: { outcome: 'written' } });
    expect((await verifyMedia()).runtimes).toHaveLength(1);
  });

  it.each([
    { what: 'damaged', damage: (at: string) => flipBit(join(at, platform, 'node'), -1) },
    { what: 'incomplete', damage: (at: string) => rm(join(at, platform, 'pommgr.mjs')) },
    { what: 'unfinished', damage: (at: string) => rm(join(at, 'SHA256SUMS')) },
    { what: 'with a link in it', damage: (at: string) => symlink('PURPOSE', join(at, 'link')) },
    { what: 'fuller than it was', damage: (at: string) => writeFile(join(at, 'more'), '') },
    {
      what: 'a link',
      damage: async (at: string) => {
        await rename(at, `${media}.aside`);
        await symlink(`${media}.aside`, at);
      },
    },
    { what: 'another one of this version', damage: (at: string) => replaceByOther(at) },
  ])('writes one anew that is $what', async ({ damage }) => {
    await packOnline();
    const before = await treeOf(media);
    await damage(join(media, 'runtime', version));
    expect((await packOnline()).runtime.outcome).toBe('written');
    expect(await treeOf(media)).toEqual(before);
    await rm(`${media}.aside`, { recursive: true, force: true });
  });

  async function replaceByOther(directory: string): Promise<void> {
    await rm(directory, { recursive: true });
    await writeStandIn(media, version, { keyFiles: [online.privateKeyFile] });
  }

  it('adds its signature to the same runtime of another signer, whose signature stays', async () => {
    await packOnline();
    const before = await treeOf(media);
    const second = await createOnlineSide({ sequence: 2 });
    expect(await packOnline({ configFile: second.configFile })).toMatchObject({
      runtime: { outcome: 'signed' },
    });
    for (const name of ['tool', `runtime/${version}`]) {
      const signatures = (await readdir(join(media, name))).filter((file) => file.endsWith('.sig'));
      const expected = [online.key, second.key].map(({ keyId }) => `SHA256SUMS.${keyId}.sig`);
      expect(signatures.toSorted()).toEqual(expected.toSorted());
    }
    await rm(join(media, 'bundles/site-2'), { recursive: true });
    expect(await verifyMedia()).toMatchObject({ runtimes: [{ version }] });
    expect(await treeOf(media)).toEqual(expect.arrayContaining(before));
  });

  it('replaces launcher and texts of an earlier pommgr with their signatures', async () => {
    await packOnline();
    const before = await treeOf(media);
    const other = join(await scratchDirectory(), 'other.pem');
    const { keyId } = await createSigningKey(other);
    await appendFile(join(media, 'pommgr'), '# of an earlier version\n');
    await appendFile(join(media, 'tool/SHA256SUMS'), 'changed\n');
    await writeFile(join(media, `tool/SHA256SUMS.${keyId}.sig`), Buffer.alloc(64));
    await writeFile(join(media, 'tool/.verify.sh.0123456789ab.tmp'), 'half');
    await packOnline();
    expect(await treeOf(media)).toEqual(before);
  });

  it('leaves runtimes of other versions, and warns of those that hosts may refuse', async () => {
    const stranger = join(await scratchDirectory(), 'stranger.pem');
    await createSigningKey(stranger);
    await writeStandIn(media, '0.0.1', { keyFiles: [online.privateKeyFile] });
    await writeStandIn(media, '0.0.2', { keyFiles: [stranger] });
    await mkdir(join(media, 'runtime/.0.0.3.tmp/linux-x64'), { recursive: true });
    const { warnings } = await packOnline();
    expect(warnings).toEqual([expect.stringMatching(/0\.0\.2 is signed by .* Hosts may refuse the medium/)]);
    expect((await readdir(join(media, 'runtime'))).toSorted()).toEqual(
      ['0.0.1', '0.0.2', version].toSorted(),
    );
  });

  it('plans it in a dry run, and changes nothing', async () => {
    expect(await packOnline({ dryRun: true })).toMatchObject({
      outcome: 'planned',
      runtime: { outcome: 'written', version, sizeBytes: 3_000_010 },
    });
    expect(await treeOf(media)).toEqual([]);
  });

  it('says once how to get one where this pommgr has none, and leaves it out silently when told', async () => {
    const context = testContext();
    const choice = await readPayload(undefined, context);
    expect(context.warnings).toEqual([expect.stringMatching(/Debian package.*npm run dist.*--no-runtime/)]);
    const none = { version: null, platforms: [], sizeBytes: 0 };
    const { report } = await planRuntime(choice, { media, keys: [], context });
    expect(report).toEqual({ ...none, outcome: 'missing' });
    const leftOut = await packOnline({ withRuntime: false });
    expect(leftOut.runtime).toEqual({ ...none, outcome: 'left-out' });
    expect(leftOut.warnings).toEqual([]);
  });

  it('looks for space for it before the first byte', async () => {
    media = await mountMedium(8 * 1024);
    await expect(packOnline()).resolves.toMatchObject({ outcome: 'packed' });
    await rm(join(media, 'bundles/site-1'), { recursive: true });
    await rm(join(media, 'runtime'), { recursive: true });
    await writeFile(join(media, 'ballast'), Buffer.alloc(2_000_000));
    const before = await treeOf(media);
    await expect(packOnline()).rejects.toMatchObject({ code: 'state.space' });
    expect(await treeOf(media)).toEqual(before);
    await expect(packOnline({ withRuntime: false })).resolves.toMatchObject({ outcome: 'packed' });
  });
});
