import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { attackedCopy } from '../support/attack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { resign } from '../support/bundle.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  await pack({ configFile: online.configFile, media: online.media, context });
});

describe('verify accepts', () => {
  it('a good medium, lists strangers, and changes nothing', async () => {
    const media = await attackedCopy(online, async (_bundle, top) => {
      await mkdir(join(top, 'lost+found'));
      await symlink('/etc/passwd', join(top, 'link'));
      await mkdir(join(top, 'bundles/.site-2.tmp'));
    });
    const before = await treeOf(media);
    const result = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(result.strangers).toEqual(['link', 'lost+found', 'bundles/.site-2.tmp']);
    expect(result.bundles).toMatchObject([
      {
        name: 'site-1',
        baseline: { name: 'site-1', digest: online.baseline.digest },
        created: '2026-11-02T03:04:05Z',
        signers: [online.key.fingerprint],
        newSigners: [],
        volumes: 1,
      },
    ]);
    expect(await treeOf(media)).toEqual(before);
  });

  it('a wrong volume digest over right volumes, which sha256sum refuses (docs/decisions/0022)', async () => {
    const media = await attackedCopy(
      online,
      async (bundle) =>
        await resign(bundle, online.privateKeyFile, ({ volumes }) =>
          volumes.forEach((volume) => (volume.sha256 = '0'.repeat(64))),
        ),
    );
    const result = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(result.bundles).toHaveLength(1);
    const cwd = join(media, 'bundles/site-1');
    const byHand = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd, accept: [1] });
    expect(byHand.stdout).toContain('vol-0001.tar: FAILED');
  });

  it('a signature by an unknown key beside a good one', async () => {
    const unknown = await createSigningKey(join(await scratchDirectory(), 'key.pem'));
    const media = await attackedCopy(
      online,
      async (bundle) => await writeFile(join(bundle, `SHA256SUMS.${unknown.keyId}.sig`), Buffer.alloc(64)),
    );
    const result = await verify({ media, keyFiles: [online.publicKeyFile], context });
    expect(result.bundles[0]?.signers).toEqual([online.key.fingerprint]);
  });
});

describe('verify refuses', () => {
  it('to work without any trusted key', async () => {
    const root = await scratchDirectory();
    await expect(verify({ media: online.media, root, context })).rejects.toMatchObject({
      code: 'trust.no-keys',
      exitCode: 4,
    });
  });

  it('a medium without bundles, and one that is not there', async () => {
    const media = await scratchDirectory();
    const keyFiles = [online.publicKeyFile];
    await expect(verify({ media, keyFiles, context })).rejects.toMatchObject({ code: 'integrity.missing' });
    await expect(verify({ media: join(media, 'no'), keyFiles, context })).rejects.toMatchObject({
      code: 'usage.media',
    });
    await expect(verify({ media: online.media, bundle: 'site-9', keyFiles, context })).rejects.toMatchObject({
      code: 'usage.bundle',
      hints: ['There are: site-1.'],
    });
  });

  it('to go on when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(
      verify({ media: online.media, keyFiles: [online.publicKeyFile], context: { ...context, signal } }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
