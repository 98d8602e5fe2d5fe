import { chmod, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/adapters/process.ts';
import { pack } from '../../src/workflows/online/pack.ts';
import { verify } from '../../src/workflows/offline/verify.ts';
import { createOnlineSide, quietContext, readTree, type OnlineSide } from '../support/baseline.ts';
import { scratchDirectory } from '../support/scratch.ts';

const context = quietContext();

describe('pack', () => {
  let online: OnlineSide;
  beforeAll(async () => {
    online = await createOnlineSide();
  });

  function packTo(media: string, more: { volumeSizeBytes?: number; dryRun?: boolean } = {}) {
    return pack({ configFile: online.configFile, media, context, ...more });
  }

  it('writes a bundle that verifies', async () => {
    const result = await packTo(online.media);
    expect(result).toMatchObject({ outcome: 'packed', bundle: 'site-1', volumes: 1, signers: [online.key.fingerprint] });
    const report = await verify({ media: online.media, keyFiles: [online.publicKeyFile], context });
    expect(report.bundles).toMatchObject([{ name: 'site-1', objects: result.objects, sizeBytes: result.sizeBytes }]);
    expect(report.strangers).toEqual([]);
  });
});
