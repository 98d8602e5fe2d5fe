import { appendFile, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { flipBit } from '../support/attack.ts';
import { platform, writeStandIn } from '../support/bare-host.ts';
import { signRoot } from '../support/bundle.ts';
import { copyMedium, createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext();
let site: Site;
let whole: string;
let host: string;
let keyFile: string;

beforeAll(async () => {
  site = await createSite();
  whole = await site.bring();
  keyFile = join(site.directory, 'signing-key.pem');
  await writeStandIn(whole, '1.0.0', { keyFiles: [keyFile] });
  await writeStandIn(whole, '1.1.0', { keyFiles: [keyFile] });
  host = await createHost([site.key]);
});

const runtime = 'runtime/1.0.0';
const attacks: { what: string; attack: (medium: string) => Promise<unknown>; code: string }[] = [
  { what: 'a changed launcher', attack: (at) => flipBit(join(at, 'pommgr'), 50), code: 'integrity.digest' },
  {
    what: 'a longer POMMGR.txt',
    attack: (at) => appendFile(join(at, 'POMMGR.txt'), ' '),
    code: 'integrity.digest',
  },
  {
    what: 'a cut verify.sh',
    attack: (at) => truncate(join(at, 'tool/verify.sh'), 9),
    code: 'integrity.digest',
  },
  { what: 'no launcher', attack: (at) => rm(join(at, 'pommgr')), code: 'integrity.missing' },
  { what: 'no tool/', attack: (at) => rm(join(at, 'tool'), { recursive: true }), code: 'integrity.missing' },
  { what: 'no list of tool/', attack: (at) => rm(join(at, 'tool/SHA256SUMS')), code: 'integrity.missing' },
  { what: 'more in tool/', attack: (at) => writeFile(join(at, 'tool/x'), ''), code: 'integrity.extra' },
  {
    what: 'a file as tool/',
    attack: (at) => replaceBy(join(at, 'tool'), 'file'),
    code: 'integrity.file-type',
  },
  {
    what: 'a link as launcher',
    attack: (at) => replaceBy(join(at, 'pommgr'), 'link'),
    code: 'integrity.file-type',
  },
  {
    what: 'a changed list of tool/',
    attack: (at) => flipBit(join(at, 'tool/SHA256SUMS'), 1),
    code: 'trust.signature',
  },
  {
    what: 'a list of tool/ that vouches for more',
    attack: async (at) => {
      await writeFile(join(at, 'evil'), '');
      await signRoot(join(at, 'tool'), keyFile, `${'0'.repeat(64)}  evil\n`);
    },
    code: 'integrity.root',
  },
  {
    what: 'a changed node',
    attack: (at) => flipBit(join(at, runtime, platform, 'node'), 9),
    code: 'integrity.digest',
  },
  {
    what: 'a cut pommgr.mjs',
    attack: (at) => truncate(join(at, runtime, platform, 'pommgr.mjs'), 3),
    code: 'integrity.digest',
  },
  { what: 'no node', attack: (at) => rm(join(at, runtime, platform, 'node')), code: 'integrity.missing' },
  {
    what: 'more in a runtime',
    attack: (at) => writeFile(join(at, runtime, platform, 'package.json'), '{}'),
    code: 'integrity.extra',
  },
  {
    what: 'a link as node',
    attack: (at) => replaceBy(join(at, runtime, platform, 'node'), 'link'),
    code: 'integrity.file-type',
  },
  {
    what: 'a link as a runtime',
    attack: (at) => replaceBy(join(at, runtime), 'link'),
    code: 'integrity.file-type',
  },
  {
    what: 'a link as runtime/',
    attack: (at) => replaceBy(join(at, 'runtime'), 'link'),
    code: 'integrity.file-type',
  },
  {
    what: 'a renamed runtime',
    attack: (at) => rename(join(at, runtime), join(at, 'runtime/9.0.0')),
    code: 'trust.purpose',
  },
  { what: 'a stranger in runtime/', attack: (at) => mkdir(join(at, 'runtime/new')), code: 'integrity.extra' },
  {
    what: 'what a killed pack left of a runtime',
    attack: (at) => mkdir(join(at, 'runtime/.1.2.0.tmp')),
    code: 'integrity.extra',
  },
  {
    what: 'an unsigned runtime',
    attack: async (at) => {
      const names = await readdir(join(at, runtime));
      for (const name of names) if (name.endsWith('.sig')) await rm(join(at, runtime, name));
    },
    code: 'trust.unsigned',
  },
];

/** What was there is moved aside, so that a link leads to the same bytes. */
async function replaceBy(path: string, kind: 'file' | 'link'): Promise<void> {
  const aside = join(await scratchDirectory(), 'aside');
  await rename(path, aside);
  if (kind === 'file') await writeFile(path, '');
  else await symlink(aside, path);
}

describe('what may be run from a medium', () => {
  it('is found right by verify and apply, and read whole', async () => {
    const { tool, runtimes } = await verify({ media: whole, root: host, context });
    const signers = [site.key.fingerprint];
    const platforms = ['linux-other', platform];
    expect(tool).toEqual({ signers });
    expect(runtimes).toEqual(
      ['1.0.0', '1.1.0'].map((version) => ({
        version,
        platforms,
        signers,
        sizeBytes: expect.any(Number) as number,
      })),
    );
    const report = await apply({ media: whole, root: host, storeOnly: true, dryRun: true, context });
    expect(report.outcome).toBe('would-store');
  });

  it('may be left out', async () => {
    const media = await copyMedium(whole);
    for (const name of ['tool', 'pommgr', 'POMMGR.txt', 'runtime']) {
      await rm(join(media, name), { recursive: true });
    }
    expect(await verify({ media, root: host, context })).toMatchObject({ tool: null, runtimes: [] });
  });

  it.each(attacks)('is refused with $what', async ({ attack, code }) => {
    const media = await copyMedium(whole);
    await attack(media);
    const before = await treeOf(host);
    const thrown = await verify({ media, root: host, context }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code, exitCode: code.startsWith('trust') ? 4 : 5 });
    expect((thrown as { hints: string[] }).hints).not.toHaveLength(0);
    await expect(apply({ media, root: host, context })).rejects.toMatchObject({ code });
    expect(await treeOf(host)).toEqual(before);
  });
});
