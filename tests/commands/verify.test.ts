import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import Verify from '../../src/commands/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { trustKey } from '../../src/trust/workflows/signing-key.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';

let online: OnlineSide;
let root: string;

beforeAll(async () => {
  online = await createOnlineSide();
  root = await scratchDirectory();
  const context = testContext('2026-11-02T03:04:05Z');
  await pack({ configFile: online.configFile, media: online.media, context });
  await trustKey(online.publicKeyFile, root);
});

describe('verify', () => {
  it('says in a few lines what was checked, with the keys of the machine', async () => {
    const { stdout, exitCode } = await runCommand(Verify, ['--media', online.media, '--root', root]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        [
          '^site-1: everything is right\\.',
          `Digest: +${online.baseline.digest}`,
          'Kind: +full',
          'Packed: +2026-11-02T03:04:05Z',
          `Signed by: +${online.key.fingerprint}`,
          'Packages: +8 files, [0-9.]+ kB',
          'Indices: +6 files, [0-9.]+ kB',
          'Contents: +14 objects in 1 volume, [0-9.]+ kB',
          '',
          `Launcher, POMMGR.txt and verify.sh: right, signed by ${online.key.keyId}\\.\n$`,
        ].join('\n'),
      ),
    );
  });

  it('gives one JSON document', async () => {
    const argv = [
      '--media',
      online.media,
      '--key',
      online.publicKeyFile,
      '--root',
      root,
      '--json',
      '--quiet',
    ];
    const { stdout, stderr, exitCode } = await runCommand(Verify, argv);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      schema: 'pommgr/verify-result/v1',
      result: {
        media: online.media,
        furtherMedia: [],
        strangers: [],
        tool: { signers: [online.key.fingerprint] },
        runtimes: [],
        subscriptions: [],
        reports: [],
        approvals: [],
        bundles: [
          {
            name: 'site-1',
            baseline: { name: 'site-1', digest: online.baseline.digest },
            base: null,
            extras: [],
            created: '2026-11-02T03:04:05Z',
            signers: [online.key.fingerprint],
            newSigners: [],
            layout: 'volumes',
            volumes: 1,
            absent: [],
            snapshots: 0,
            objects: 14,
            contents: {
              packages: { files: 8, sizeBytes: expect.any(Number) as number },
              indices: { files: 6, sizeBytes: expect.any(Number) as number },
            },
            sizeBytes: expect.any(Number) as number,
          },
        ],
      },
      warnings: [],
    });
  });

  it('ends with the code of the family and says what to do', async () => {
    const without = ['--media', online.media, '--root', await scratchDirectory()];
    const plain = await runCommand(Verify, without);
    expect(plain.exitCode).toBe(4);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toMatch(/Error: This machine trusts no signing key.*\n {2}-> .*signing-key/);
    const json = await runCommand(Verify, [...without, '--json']);
    expect(json.exitCode).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'pommgr/verify-result/v1',
      error: {
        code: 'trust.no-keys',
        hints: [expect.any(String), expect.any(String), expect.stringContaining('--key')],
      },
    });
    expect((await runCommand(Verify, [])).exitCode).toBe(2);

    await rm(join(online.media, 'bundles/site-1/vol-0001.tar'));
    const broken = await runCommand(Verify, ['--media', online.media, '--root', root]);
    expect(broken.exitCode).toBe(5);
    expect(broken.stderr).toContain('vol-0001.tar is missing');
  });
});
