/** Files on the medium that were changed, removed, added or swapped by someone who cannot sign. */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { expectRefused, flipBit, type Attack } from '../support/attack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { testContext } from '../support/online.ts';

let online: OnlineSide;
let other: OnlineSide;
let next: OnlineSide;

beforeAll(async () => {
  online = await createOnlineSide();
  other = await createOnlineSide({ packageSizes: [10, 20, 30] });
  next = await createOnlineSide({ sequence: 2 });
  for (const { configFile, media } of [online, other, next]) {
    await pack({ configFile, media, context: testContext() });
  }
});

const attacks: Attack[] = [
  {
    name: 'a changed byte in an object',
    attack: async (bundle) => await flipBit(join(bundle, 'vol-0001.tar'), -3000),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'objects/',
  },
  {
    name: 'a changed byte in the baseline',
    attack: async (bundle) => await flipBit(join(bundle, 'vol-0001.tar'), 600),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'baseline.json',
  },
  {
    name: 'a changed byte in a header',
    attack: async (bundle) => await flipBit(join(bundle, 'vol-0001.tar'), 101),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'header',
  },
  {
    name: 'a changed byte in the zeros at the end',
    attack: async (bundle) => await flipBit(join(bundle, 'vol-0001.tar'), -1),
    code: 'integrity.tar',
    exitCode: 5,
    says: 'zeros',
  },
  {
    name: 'a missing volume',
    attack: async (bundle) => await rm(join(bundle, 'vol-0001.tar')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'vol-0001.tar is missing',
  },
  {
    name: 'a missing bundle.json',
    attack: async (bundle) => await rm(join(bundle, 'bundle.json')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'bundle.json is missing',
  },
  {
    name: 'a missing root',
    attack: async (bundle) => await rm(join(bundle, 'SHA256SUMS')),
    code: 'integrity.missing',
    exitCode: 5,
    says: 'not complete',
  },
  {
    name: 'a changed bundle.json',
    attack: async (bundle) => await flipBit(join(bundle, 'bundle.json'), 30),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'bundle.json',
  },
  {
    name: 'an added file',
    attack: async (bundle) => await writeFile(join(bundle, 'vol-0002.tar'), 'more'),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'vol-0002.tar does not belong',
  },
  {
    name: 'an added file with a name made to confuse a terminal',
    attack: async (bundle) => await writeFile(join(bundle, 'x\u001b[2J\ny'), ''),
    code: 'integrity.extra',
    exitCode: 5,
    says: 'does not belong',
  },
  {
    name: 'a truncated volume',
    attack: async (bundle) => await truncate(join(bundle, 'vol-0001.tar'), 4096),
    code: 'integrity.size',
    exitCode: 5,
    says: /size mismatch: expected \d+ bytes, found 4096/,
  },
  {
    name: 'the volume of another bundle',
    attack: async (bundle) => await copyVolume(other, bundle),
    code: 'integrity.size',
    exitCode: 5,
    says: 'vol-0001.tar',
  },
  {
    name: 'the volume of another bundle, as large as this one',
    attack: async (bundle) => await copyVolume(next, bundle),
    code: 'integrity.digest',
    exitCode: 5,
    says: 'baseline.json',
  },
  {
    name: 'a bundle under the name of another',
    attack: async (bundle, media) => await rename(bundle, join(media, 'bundles/site-2')),
    code: 'integrity.name',
    exitCode: 5,
    says: 'expected site-2',
  },
  {
    name: 'a symlink in place of a volume',
    attack: async (bundle, media) => {
      await rename(join(bundle, 'vol-0001.tar'), join(media, 'elsewhere'));
      await symlink('../../elsewhere', join(bundle, 'vol-0001.tar'));
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'a FIFO in place of the root',
    attack: async (bundle) => {
      await rm(join(bundle, 'SHA256SUMS'));
      execFileSync('mkfifo', [join(bundle, 'SHA256SUMS')]);
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'a symlink in place of a bundle',
    attack: async (bundle, media) => {
      await rename(bundle, join(media, 'elsewhere'));
      await symlink('../elsewhere', bundle);
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a directory',
  },
  {
    name: 'a directory in place of a volume',
    attack: async (bundle) => {
      await rm(join(bundle, 'vol-0001.tar'));
      await mkdir(join(bundle, 'vol-0001.tar'));
    },
    code: 'integrity.file-type',
    exitCode: 5,
    says: 'not a regular file',
  },
  {
    name: 'no signature',
    attack: async (bundle) => await rm(signatureOf(bundle)),
    code: 'trust.unsigned',
    exitCode: 4,
    says: 'has no signature',
  },
  {
    name: 'a changed root',
    attack: async (bundle) => await flipBit(join(bundle, 'SHA256SUMS'), 5),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'a changed signature',
    attack: async (bundle) => await flipBit(signatureOf(bundle), 5),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'a signature that is cut',
    attack: async (bundle) => await truncate(signatureOf(bundle), 63),
    code: 'trust.signature',
    exitCode: 4,
    says: 'is not the signature',
  },
  {
    name: 'only a signature by an unknown key',
    attack: async (bundle) => {
      await rename(signatureOf(bundle), join(bundle, 'SHA256SUMS.0123456789abcdef.sig'));
    },
    code: 'trust.unknown-signer',
    exitCode: 4,
    says: 'signed by 0123456789abcdef',
  },
];

describe('verify refuses', () => {
  it.each(attacks)('$name', async (attack) => await expectRefused(online, attack));
});

async function copyVolume({ media, baseline }: OnlineSide, bundle: string): Promise<void> {
  await cp(join(media, 'bundles', baseline.name, 'vol-0001.tar'), join(bundle, 'vol-0001.tar'));
}

function signatureOf(bundle: string): string {
  return join(bundle, `SHA256SUMS.${online.key.keyId}.sig`);
}
