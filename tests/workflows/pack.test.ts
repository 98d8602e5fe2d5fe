import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack, type PackOptions } from '../../src/bundle/workflows/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;
let media: string;

beforeAll(async () => {
  online = await createOnlineSide();
});

beforeEach(async () => {
  media = await scratchDirectory();
});

/** Each content once. */
function totalOf(packages: OnlineSide['packages']): { files: number; sizeBytes: number } {
  const sizes = new Map(packages.map(({ sha256, sizeBytes }) => [sha256, sizeBytes]));
  return { files: sizes.size, sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

function packOnline(options: Partial<PackOptions> = {}) {
  return pack({ configFile: online.configFile, media, context, ...options });
}

describe('pack', () => {
  it('writes a bundle that verifies', async () => {
    const result = await packOnline();
    expect(result).toMatchObject({
      outcome: 'packed',
      bundle: 'site-1',
      directory: join(media, 'bundles/site-1'),
      baseline: { name: 'site-1', digest: online.baseline.digest },
      signers: [online.key.fingerprint],
      volumes: 1,
    });
    const report = await verify({ media, keyFiles: [online.publicKeyFile], context });
    const { objects, sizeBytes, contents } = result;
    expect(report.bundles).toMatchObject([{ objects, sizeBytes, contents }]);
    expect((contents?.packages.files ?? 0) + (contents?.indices.files ?? 0)).toBe(objects);
    expect(contents?.packages).toEqual(totalOf(online.packages));
    expect(report.strangers).toEqual([]);
  });

  it('takes each content once, and one form of each index', async () => {
    const { objects } = await packOnline();
    const packages = new Set(online.packages.map(({ sha256 }) => sha256));
    // Nine packages, two of them the same; two keyrings; InRelease and Packages.xz of two mirrors.
    expect(packages.size).toBe(8);
    expect(objects).toBe(8 + 2 + 2 * 2);
  });

  it('gives the same bytes for the same baseline and time, wherever the files are', async () => {
    await packOnline({ volumeSizeBytes: 400_000 });
    const moved = await createOnlineSide();
    await cp(online.privateKeyFile, moved.privateKeyFile);
    await pack({ configFile: moved.configFile, media: moved.media, context, volumeSizeBytes: 400_000 });
    expect(await treeOf(moved.media)).toEqual(await treeOf(media));
  });

  it('fills volumes to the size that was asked for', async () => {
    const result = await packOnline({ volumeSizeBytes: 310_000 });
    expect(result.volumes).toBe(3);
    for (const file of ['vol-0001.tar', 'vol-0002.tar', 'vol-0003.tar']) {
      const { size } = await stat(join(result.directory, file));
      expect(size).toBeLessThanOrEqual(310_000);
      expect(size % 512).toBe(0);
    }
    const report = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(report.bundles).toMatchObject([{ volumes: 3, objects: result.objects }]);
  });

  it('names the least volume size when an object does not fit', async () => {
    const error = await packOnline({ volumeSizeBytes: 300_000 }).catch((thrown: unknown) => thrown);
    const largest = online.packages.find(({ sizeBytes }) => sizeBytes === 300_000);
    expect(error).toMatchObject({
      code: 'usage.volume-size',
      details: { entry: `objects/${largest?.sha256}` },
    });
    const { expected } = (error as { details: { expected: number } }).details;
    await expect(packOnline({ volumeSizeBytes: expected - 1 })).rejects.toMatchObject({
      code: 'usage.volume-size',
    });
    expect(await treeOf(media)).toEqual([]);
    expect((await packOnline({ volumeSizeBytes: expected })).outcome).toBe('packed');
  });

  it('writes names that FAT takes, and regular files only', async () => {
    await packOnline({ volumeSizeBytes: 400_000 });
    const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
    const seen = new Set<string>();
    for (const entry of await treeOf(media)) {
      const [, kind = '', path = ''] = /^([a-z?]) [0-7]+ ([^ ]+)/.exec(entry) ?? [];
      expect(['d', 'f'], entry).toContain(kind);
      for (const name of path.split('/')) {
        expect(name).toMatch(/^[A-Za-z0-9._-]{1,255}$/);
        expect(name).not.toMatch(/[. ]$/);
        expect(name).not.toMatch(reserved);
      }
      // FAT knows no case.
      expect(seen).not.toContain(path.toLowerCase());
      seen.add(path.toLowerCase());
    }
  });

  it('does nothing when the bundle is there already, whatever the time', async () => {
    await packOnline();
    const before = await treeOf(media);
    const result = await packOnline({ context: testContext('2027-01-01T00:00:00Z') });
    expect(result.outcome).toBe('unchanged');
    expect(await treeOf(media)).toEqual(before);
  });

  it.each([
    { what: 'with other volumes', change: async () => ({ volumeSizeBytes: 310_000 }) },
    {
      what: 'of another signer',
      change: async (directory: string) => {
        const [signature] = (await readdir(directory)).filter((name) => name.endsWith('.sig'));
        await rename(join(directory, signature ?? ''), join(directory, 'SHA256SUMS.0123456789abcdef.sig'));
        return {};
      },
    },
    {
      what: 'that is damaged',
      change: async (directory: string) => {
        await rm(join(directory, 'vol-0001.tar'));
        return {};
      },
    },
  ])('refuses to replace a bundle $what', async ({ change }) => {
    const { directory } = await packOnline();
    const more = await change(directory);
    const before = await treeOf(media);
    await expect(packOnline(more)).rejects.toMatchObject({ code: 'refused.exists', exitCode: 9 });
    expect(await treeOf(media)).toEqual(before);
  });

  it('removes what a killed run left, and no half bundle has the name of a whole one', async () => {
    await mkdir(join(media, 'bundles/.site-1.tmp'), { recursive: true });
    await writeFile(join(media, 'bundles/.site-1.tmp/vol-0001.tar'), 'half');
    await packOnline();
    expect(await readdir(join(media, 'bundles'))).toEqual(['site-1']);
  });

  it('changes nothing in a dry run', async () => {
    expect(await packOnline({ dryRun: true })).toMatchObject({ outcome: 'planned', volumes: 1 });
    expect(await treeOf(media)).toEqual([]);
  });

  it('takes a file from the pool when its snapshot is gone', async () => {
    const side = await createOnlineSide();
    const [entry] = side.packages;
    const path = join(side.baseDir, 'base/2026-11-01T00:00:00Z', entry?.filename ?? '');
    await mkdir(join(side.baseDir, '.pool/sha256'), { recursive: true });
    await rename(path, join(side.baseDir, '.pool/sha256', entry?.sha256 ?? ''));
    expect((await pack({ configFile: side.configFile, media, context })).outcome).toBe('packed');
  });

  it.each([
    {
      what: 'changed',
      code: 'integrity.digest',
      damage: (path: string) => writeFile(path, Buffer.alloc(70_000)),
    },
    { what: 'shorter', code: 'integrity.size', damage: (path: string) => writeFile(path, 'short') },
    { what: 'missing', code: 'integrity.missing', damage: (path: string) => rm(path) },
  ])('leaves no bundle when a package file is $what', async ({ code, damage }) => {
    const side = await createOnlineSide();
    const entry = side.packages.find(({ sizeBytes }) => sizeBytes === 70_000);
    await damage(join(side.baseDir, 'base/2026-11-01T00:00:00Z', entry?.filename ?? ''));
    await expect(pack({ configFile: side.configFile, media, context })).rejects.toMatchObject({
      code,
      exitCode: 5,
      message: expect.stringContaining(entry?.filename ?? '') as unknown,
    });
    expect(await readdir(join(media, 'bundles'))).toEqual([]);
  });

  it('needs a baseline, a key and a medium', async () => {
    const side = await createOnlineSide();
    const options = { configFile: side.configFile, media, context };
    await expect(pack({ ...options, baselineName: 'site-9' })).rejects.toMatchObject({ exitCode: 3 });
    await expect(pack({ ...options, media: join(media, 'no') })).rejects.toMatchObject({
      code: 'usage.media',
    });
    await rm(side.privateKeyFile);
    await expect(pack(options)).rejects.toMatchObject({ code: 'config.signing-key' });
    await rm(join(side.stateDir, 'baselines'), { recursive: true });
    await expect(pack(options)).rejects.toMatchObject({ code: 'config.baseline' });
    expect(await treeOf(media)).toEqual([]);
  });

  it('signs with every key of the config', async () => {
    const side = await createOnlineSide();
    const second = await createSigningKey(join(side.directory, 'second.pem'));
    const config = await readFile(side.configFile, 'utf8');
    await writeFile(
      side.configFile,
      `${config}signing: { privateKeys: [./signing-key.pem, ./second.pem] }\n`,
    );
    const result = await pack({ configFile: side.configFile, media, context });
    expect(result.signers).toEqual([side.key.fingerprint, second.fingerprint]);
    await writeFile(join(side.directory, 'second.pub.pem'), second.pem);
    const report = await verify({ media, keyFiles: [join(side.directory, 'second.pub.pem')], context });
    expect(report.bundles[0]?.signers).toEqual([second.fingerprint]);
  });
});

describe('what stock tools make of a bundle', () => {
  it('is checked by the commands of POMMGR.txt, pasted', async () => {
    await packOnline();
    const keys = await scratchDirectory();
    await cp(online.publicKeyFile, join(keys, 'any-name.pem'));
    const text = await readFile(join(media, 'POMMGR.txt'), 'utf8');
    const commands = /^ {4}KEYS=.*\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? '';
    const script = commands.replace('/etc/pommgr/trusted-keys.d', keys);
    const good = await run('sh', ['-c', script], { cwd: media });
    expect(good.stdout).toContain('Signature Verified Successfully');
    expect(good.stdout).toContain('vol-0001.tar: OK');
    expect(good.stdout).toContain('bundle.json: OK');

    await writeFile(join(media, 'bundles/site-1/bundle.json'), 'changed');
    const changed = await run('sh', ['-c', script], { cwd: media, accept: [1] });
    expect(changed.stdout).toContain('bundle.json: FAILED');
    await writeFile(join(media, 'bundles/site-1/SHA256SUMS'), 'changed');
    const forged = await run('sh', ['-c', script], { cwd: media, accept: [1] });
    expect(forged.stdout).not.toContain('Verified Successfully');
  });

  it('is listed and unpacked by GNU tar as what it says it is', async () => {
    const { directory } = await packOnline();
    const volume = join(directory, 'vol-0001.tar');
    const list = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file', volume], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const lines = list.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 \S+$/);
    const names = lines.map((line) => line.split(' ').at(-1) ?? '');
    expect(names.slice(0, 2)).toEqual(['baseline.json', 'packages.jsonl']);
    expect(names.slice(2)).toEqual(names.slice(2).toSorted());
    execFileSync('tar', ['--extract', '--file', volume, '--directory', media]);
    for (const name of names.slice(2)) {
      expect(`objects/${sha256Hex(await readFile(join(media, name)))}`).toBe(name);
    }
  });
});
