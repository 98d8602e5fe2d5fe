/** Every byte of what is signed by itself on a medium: rotation statements, where a host needs one, and receipts. */
import { namedOf } from '../../src/core/domain/named.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/medium/adapters/verified-bundle.ts';
import { readReceipts, writeReceipt } from '../../src/hosts/adapters/receipt-files.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { readMirrorState } from '../../src/subscription/adapters/subscription-medium.ts';
import type { TrustedKeys } from '../../src/trust/adapters/trusted-keys.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { rotateKey } from '../../src/trust/workflows/signing-key.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { pathsBelow, refusal } from '../support/hostile-medium.ts';
import { hostileCorpus } from '../support/hostile-text.ts';
import { testContext } from '../support/online.ts';
import { rememberFiles } from '../support/remembered-files.ts';
import { scratchDirectory } from '../support/scratch.ts';

const context = testContext('2026-11-02T03:04:05Z');
let online: OnlineSide;
let trusted: TrustedKeys;

beforeAll(async () => {
  online = await createOnlineSide();
  await rotateKey({ configFile: online.configFile, context });
  await pack({ configFile: online.configFile, media: online.media, context });
  trusted = { directory: '', keys: [{ ...online.key, file: '' }], distrusted: [], threshold: 1 };
});

/** What is said of each of the files with a byte changed, or cut: each answer once. */
async function answersTo(directory: string, files: readonly string[], read: () => Promise<unknown>) {
  const answers = new Set<string>();
  const remembered = rememberFiles(directory);
  try {
    await read();
    for (const file of files) {
      const path = join(directory, file);
      const data = readFileSync(path);
      for (const [place, byte] of data.entries()) {
        const changed = Buffer.from(data);
        changed[place] = byte ^ (1 << (place % 8));
        for (const spoiled of [changed, data.subarray(0, place)]) {
          remembered.replace(path, spoiled);
          answers.add((await refusal(read())) ?? 'accepted');
        }
      }
      remembered.replace(path, data);
    }
  } finally {
    remembered.forget();
  }
  return [...answers];
}

describe('a rotation statement that a host needs', () => {
  it('is refused with any byte changed, or cut', async () => {
    const files = pathsBelow(online.media, 'file').filter((file) => file.startsWith('rotations/'));
    expect(files).toHaveLength(2);
    const open = () => openBundle(online.media, 'site-1', trusted);
    expect(await answersTo(online.media, files, open)).toEqual(['4 trust.signature']);
  });

  it.each(['link', 'file'])('is refused where rotations/ is a %s', async (kind) => {
    const directory = join(online.media, 'rotations');
    const aside = join(await scratchDirectory(), 'aside');
    await rename(directory, aside);
    if (kind === 'link') await symlink(aside, directory);
    else await writeFile(directory, '');
    expect(await refusal(openBundle(online.media, 'site-1', trusted))).toBe('5 integrity.file-type');
    await rename(directory, join(await scratchDirectory(), 'made'));
    await rename(aside, directory);
  });
});

it('a receipt of a trusted host is refused with any byte changed, or cut', async () => {
  const top = await scratchDirectory();
  await mkdir(join(top, 'receipts'));
  const keyFile = join(online.directory, 'signing-key.pem');
  const key = await openSigningKey(keyFile);
  const { fingerprint } = key.publicKey;
  const file = await writeReceipt(
    top,
    {
      receipt: {
        schema: 'pommgr/receipt/v1',
        ...{ host: { name: 'host', id: fingerprint }, time: '2026-11-01T00:00:00Z', track: null },
        ...{
          applied: null,
          baselines: [],
          highest: namedOf([]),
          lock: null,
          manifest: null,
          wishes: [],
          pommgrVersion: '0.1.0',
        },
      },
      lock: null,
    },
    key,
  );
  const name = file.slice(top.length + 1);
  const hosts = { directory: '', keys: [{ ...key.publicKey, file: '' }], distrusted: [] };
  const answers = await answersTo(top, [name, `${name}.sig`], () => readReceipts(top, hosts));
  expect(answers).toEqual(['4 trust.signature']);
});

it('what POM wrote of its keys is read or refused, whatever it is, without a word of it', async () => {
  const top = await scratchDirectory();
  const like = '{"subscriptions":[{"key":"pve2s-0123456789","checktime":1}],"mirrors":{}}';
  const infos = (deep: number) => `{"subscriptions":[${'['.repeat(deep)}${']'.repeat(deep)}]}`;
  for (const text of [...hostileCorpus(like), infos(10), infos(300_000)]) {
    writeFileSync(join(top, '.mirror-state'), text);
    const said = await refusal(readMirrorState(top));
    expect(said ?? '3 config.mirror-state', text.slice(0, 80)).toBe('3 config.mirror-state');
  }
});
