/** What POMMGR.txt, the page to print and verify.sh promise, with the programs of bare Debian systems. */
import type { Place } from '../../src/core/domain/place.ts';
import { purposeDigest } from '../../src/core/domain/purpose.ts';
import { bundlePlace } from '../../src/medium/adapters/bundle-root.ts';
import { subscriptionSetPlace } from '../../src/subscription/adapters/subscription-medium.ts';
import { appendFile, cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { addTrustedKey } from '../../src/trust/adapters/trusted-keys.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { approve } from '../../src/approval/workflows/approve.ts';
import { createApprover, plainReports, type Approver } from '../support/approvers.ts';
import { flipBit } from '../support/attack.ts';
import { bareHost, mountPoint, platform, runBare, writeStandIn, type Shell } from '../support/bare-host.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { debianReleases, type DebianRelease } from '../support/debian-root.ts';
import { copyMedium } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const roots = new Map<DebianRelease, string>();
let online: OnlineSide;
let approver: Approver;
let whole: string;
let media: string;

beforeAll(async () => {
  online = await createOnlineSide();
  whole = online.media;
  const context = testContext('2026-11-02T03:04:05Z');
  await pack({ configFile: online.configFile, media: whole, reports: plainReports(), context });
  approver = await createApprover();
  await approve({
    ...{
      media: [whole],
      keyFile: approver.file,
      signerFiles: [online.publicKeyFile],
      by: 'alice',
      words: 'ok',
    },
    ...{
      days: 3650,
      withdraw: false,
      yes: false,
      dryRun: false,
      confirm: () => Promise.resolve(true),
      context,
    },
  });
  await writeStandIn(whole, '1.0.0', { keyFiles: [online.privateKeyFile] });
  await mkdir(join(whole, 'subscriptions'));
  await writeSignedDirectory(
    subscriptionSetPlace(whole, '20261102T030405Z'),
    new Map([['subscriptions.json', Buffer.from('{}\n')]]),
    [await openSigningKey(online.privateKeyFile)],
  );
  for (const release of debianReleases) {
    const root = await bareHost(release, [online.key]);
    await addTrustedKey(join(root, 'etc/pommgr/approvers.d'), approver);
    roots.set(release, root);
  }
});

beforeEach(async () => {
  media = await copyMedium(whole);
});

const everywhere = debianReleases.flatMap((release) =>
  (['sh', 'busybox sh'] as Shell[]).map((shell) => ({ release, shell })),
);

describe.each(everywhere)('by hand on $release under $shell', ({ release, shell }) => {
  const onHost = (...command: string[]) =>
    runBare({ root: roots.get(release) ?? '', media, shell }, ...command);
  const verify = (...args: string[]) => onHost(`${mountPoint}/tool/verify.sh`, ...args);

  it('verify.sh finds a whole medium right, from wherever it is called', async () => {
    const expected = [
      'right  tool',
      'right  bundles/site-1',
      'right  runtime/1.0.0',
      'right  subscriptions/20261102T030405Z',
      'right  reports/site-1',
    ].map((line) => `${line}, signed by ${online.key.keyId}\n`);
    const approvals = [
      `right  approvals/site-1/${approver.keyId}-20261102T030405Z.txt, approved by alice until 20361030T030405Z\n`,
      'right  approvals/site-1: 1 key(s) approved this bundle\n',
    ].join('');
    const stdout = `${expected.join('')}${approvals}Everything is right: 1 bundle(s), and all else that pommgr wrote.\n`;
    expect(await verify()).toEqual({ stdout, stderr: '', exitCode: 0 });
    expect(await verify(mountPoint, '/etc/pommgr/trusted-keys.d')).toMatchObject({ exitCode: 0 });
    const script = `cd '${mountPoint}/tool' && "$@" verify.sh && cd ../bundles && "$@" ../tool/verify.sh .. ../../../etc/pommgr/trusted-keys.d`;
    expect(await onHost('-c', script, 'sh', ...shell.split(' '))).toMatchObject({ exitCode: 0 });
  });

  it.each(damages)('verify.sh finds $what', async ({ damage, says }) => {
    await damage(media);
    const { stdout, exitCode } = await verify();
    expect(stdout).toMatch(/^Do not use this medium\./m);
    expect(stdout).toMatch(says);
    expect(exitCode).toBe(1);
  });

  it('verify.sh misses no volume of a set of media that is on another one', async () => {
    await rm(join(media, 'bundles/site-1/vol-0001.tar'));
    const { stdout, exitCode } = await verify('--set');
    expect(stdout).toMatch(/^other {2}bundles\/site-1\/vol-0001\.tar is on another medium of the set$/m);
    expect(exitCode).toBe(0);
    await flipBit(join(media, 'bundles/site-1/bundle.json'), 9);
    expect(await verify('--set')).toMatchObject({ exitCode: 1 });
  });

  it('verify.sh passes over what other systems left, and says so', async () => {
    await mkdir(join(media, 'System Volume Information'));
    await mkdir(join(media, 'bundles/.site-2.tmp'));
    await writeFile(join(media, 'note\u001B[2J\nright  all'), 'x');
    const { stdout, exitCode } = await verify();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('other  System Volume Information is not of pommgr');
    expect(stdout).toContain('other  bundles/.site-2.tmp is not of pommgr');
    expect(stdout).toContain('other  note?[2J?right  all is not of pommgr');
  });

  it('the lines of POMMGR.txt check tool/ and the bundles', async () => {
    const [trust, tool, bundles] = await commandsOf(join(media, 'POMMGR.txt'));
    const directory = await scratchDirectory();
    await cp(online.publicKeyFile, join(directory, 'signing-key.pub.pem'));
    const root = roots.get(release) ?? '';
    await cp(directory, join(root, 'root'), { recursive: true });
    const trusted = await onHost('-c', `cd /root\n${trust?.replaceAll('ID.pem', `${online.key.keyId}.pem`)}`);
    expect(trusted).toMatchObject({ stdout: `${online.key.fingerprint}  -\n`, exitCode: 0 });
    const checked = await onHost('-c', tool ?? '');
    const purpose = purposeDigest({ kind: 'tool', name: 'tool' });
    expect(checked.stdout).toBe(
      `Signature Verified Successfully\n${purpose}  tool/PURPOSE\nPOMMGR.txt: OK\npommgr: OK\ntool/PURPOSE: OK\ntool/verify.sh: OK\n`,
    );
    const lines = (await onHost('-c', bundles ?? '')).stdout;
    for (const line of ['Signature Verified Successfully', 'bundle.json: OK', 'vol-0001.tar: OK']) {
      expect(lines).toContain(line);
    }
    await appendFile(join(media, 'pommgr'), '\n');
    await flipBit(join(media, 'bundles/site-1/SHA256SUMS'), 3);
    expect((await onHost('-c', tool ?? '')).stdout).toContain('pommgr: FAILED');
    expect((await onHost('-c', bundles ?? '')).stdout).not.toContain('Verified Successfully');

    // The list of a bundle is signed by the same key, and its files are all right.
    const other = await copyMedium(whole);
    for (const name of await readdir(join(other, 'bundles/site-1'))) {
      const to = name.startsWith('SHA256SUMS') ? 'tool' : '.';
      await cp(join(other, 'bundles/site-1', name), join(other, to, name));
    }
    const vouched = await runBare({ root, media: other, shell }, '-c', tool ?? '');
    expect(vouched).toMatchObject({ stdout: 'Signature Verified Successfully\n', exitCode: 1 });
    await rename(join(other, 'bundles/site-1'), join(other, 'bundles/site-2'));
    const renamed = await runBare({ root, media: other, shell }, '-c', bundles ?? '');
    expect(renamed.stdout).not.toContain('OK');
  });
});

const approvalFile = (medium: string, suffix: string): string =>
  join(medium, `approvals/site-1/${approver.keyId}-20261102T030405Z${suffix}`);

const damages: { what: string; damage: (medium: string) => Promise<unknown>; says: RegExp }[] = [
  {
    what: 'a changed launcher',
    damage: (medium) => appendFile(join(medium, 'pommgr'), '\n'),
    says: /^WRONG {2}\.\/pommgr was changed/m,
  },
  {
    what: 'a changed POMMGR.txt',
    damage: (medium) => flipBit(join(medium, 'POMMGR.txt'), 10),
    says: /^WRONG {2}\.\/POMMGR\.txt was changed/m,
  },
  {
    what: 'a missing tool/',
    damage: (medium) => rename(join(medium, 'tool'), join(medium, 'moved')).then(() => restoreScript(medium)),
    says: /^WRONG {2}tool\/SHA256SUMS is missing/m,
  },
  {
    what: 'a changed volume',
    damage: (medium) => flipBit(join(medium, 'bundles/site-1/vol-0001.tar'), -2000),
    says: /^WRONG {2}bundles\/site-1\/vol-0001\.tar was changed/m,
  },
  {
    what: 'a changed runtime',
    damage: (medium) => flipBit(join(medium, `runtime/1.0.0/${platform}/node`), 20),
    says: /^WRONG {2}runtime\/1\.0\.0\/linux-\w+\/node was changed/m,
  },
  {
    what: 'a changed subscription',
    damage: (medium) => flipBit(join(medium, 'subscriptions/20261102T030405Z/subscriptions.json'), 0),
    says: /^WRONG {2}subscriptions\/20261102T030405Z\/subscriptions\.json was changed/m,
  },
  {
    what: 'a changed report',
    damage: (medium) => flipBit(join(medium, 'reports/site-1/report.html'), 0),
    says: /^WRONG {2}reports\/site-1\/report\.html was changed/m,
  },
  {
    what: 'the list of a bundle in the place of that of its report',
    damage: async (medium) => {
      for (const name of await readdir(join(medium, 'bundles/site-1'))) {
        if (name.startsWith('SHA256SUMS'))
          await cp(join(medium, 'bundles/site-1', name), join(medium, 'reports/site-1', name));
      }
    },
    says: /^WRONG {2}reports\/site-1\/SHA256SUMS lists bundle\.json, which does not belong there/m,
  },
  {
    what: 'a changed approval',
    damage: (medium) => flipBit(approvalFile(medium, '.txt'), 130),
    says: /^WRONG {2}approvals\/site-1\/.*\.sig is not what the approver [0-9a-f]{16} would have signed/m,
  },
  {
    what: 'an approval that is a link',
    damage: async (medium) => {
      await rm(approvalFile(medium, '.txt'));
      await symlink('/etc/hostname', approvalFile(medium, '.txt'));
    },
    says: /^WRONG {2}approvals\/site-1\/.*\.txt is missing, or is not a regular file/m,
  },
  {
    what: 'an approval under the name of a later one',
    damage: async (medium) => {
      for (const suffix of ['.txt', '.sig']) {
        const path = approvalFile(medium, suffix);
        await cp(path, path.replace('20261102', '20271102'));
      }
    },
    says: /^WRONG {2}approvals\/site-1\/.*-20271102T030405Z\.txt is signed by the approver .*is not an approval/m,
  },
  {
    what: 'a foreign file among approvals',
    damage: (medium) => writeFile(join(medium, 'approvals/site-1/x.txt'), 'x'),
    says: /^WRONG {2}approvals\/site-1\/x\.txt does not belong there/m,
  },
  {
    what: 'a changed list',
    damage: (medium) => flipBit(join(medium, 'bundles/site-1/SHA256SUMS'), 0),
    says: /SHA256SUMS\.[0-9a-f]{16}\.sig is not what the key [0-9a-f]{16} would have signed/,
  },
  {
    what: 'a changed signature',
    damage: async (medium) => {
      const directory = join(medium, 'runtime/1.0.0');
      const [signature = ''] = (await readdir(directory)).filter((name) => name.endsWith('.sig'));
      await flipBit(join(directory, signature), 0);
    },
    says: /^WRONG {2}runtime\/1\.0\.0\/SHA256SUMS\..*is not what the key/m,
  },
  {
    what: 'a bundle of an unknown signer',
    damage: (medium) => signByStranger(bundlePlace(medium, 'site-2')),
    says: /^WRONG {2}bundles\/site-2 is not signed by a key that you trust \(found: [0-9a-f]{16}\)/m,
  },
  {
    what: 'an unsigned bundle',
    damage: async (medium) => {
      const directory = join(medium, 'bundles/site-1');
      for (const name of await readdir(directory)) if (name.endsWith('.sig')) await rm(join(directory, name));
    },
    says: /^WRONG {2}bundles\/site-1 is not signed by a key that you trust \(found: no signature\)/m,
  },
  {
    what: 'a missing volume',
    damage: (medium) => rm(join(medium, 'bundles/site-1/vol-0001.tar')),
    says: /^WRONG {2}bundles\/site-1\/vol-0001\.tar is missing/m,
  },
  {
    what: 'a file that was added to a bundle',
    damage: (medium) => writeFile(join(medium, 'bundles/site-1/.hidden'), 'x'),
    says: /^WRONG {2}bundles\/site-1\/\.hidden does not belong there/m,
  },
  {
    what: 'a file that was added deep in a runtime',
    damage: (medium) => writeFile(join(medium, `runtime/1.0.0/${platform}/SHA256SUMS`), 'x'),
    says: /^WRONG {2}runtime\/1\.0\.0\/linux-\w+\/SHA256SUMS does not belong there/m,
  },
  {
    what: 'a file that was added to tool/',
    damage: (medium) => writeFile(join(medium, 'tool/SHA256SUMS.x.sig'), 'x'),
    says: /^WRONG {2}\.\/tool\/SHA256SUMS\.x\.sig does not belong there/m,
  },
  {
    what: 'a name with a line break that repeats a listed one',
    damage: (medium) => writeFile(join(medium, 'bundles/site-1/bundle.json\nbundle.json'), 'x'),
    says: /^WRONG {2}bundles\/site-1\/bundle\.json\?bundle\.json does not belong there/m,
  },
  {
    what: "a bundle's list in the place of the tool's, and its files beside it",
    damage: async (medium) => {
      for (const name of await readdir(join(medium, 'bundles/site-1'))) {
        const to = name.startsWith('SHA256SUMS') ? 'tool' : '.';
        await cp(join(medium, 'bundles/site-1', name), join(medium, to, name));
      }
      await writeFile(join(medium, 'pommgr'), '#!/bin/sh\n');
    },
    says: /^WRONG {2}tool\/SHA256SUMS lists PURPOSE, which does not belong there/m,
  },
  {
    what: 'a bundle under another name',
    damage: (medium) => rename(join(medium, 'bundles/site-1'), join(medium, 'bundles/site-2')),
    says: /^WRONG {2}bundles\/site-2 was signed for something else than bundle site-2/m,
  },
  {
    what: 'a bundle as a runtime',
    damage: (medium) =>
      cp(join(medium, 'bundles/site-1'), join(medium, 'runtime/2.0.0'), { recursive: true }),
    says: /^WRONG {2}runtime\/2\.0\.0\/SHA256SUMS lists bundle\.json, which does not belong there/m,
  },
  {
    what: 'the runtime of another version',
    damage: (medium) => cp(join(medium, 'runtime/1.0.0'), join(medium, 'runtime/2.0.0'), { recursive: true }),
    says: /^WRONG {2}runtime\/2\.0\.0 was signed for something else than runtime 2\.0\.0/m,
  },
  {
    what: 'an empty directory in a bundle',
    damage: (medium) => mkdir(join(medium, 'bundles/site-1/empty')),
    says: /^WRONG {2}bundles\/site-1\/empty does not belong there/m,
  },
  {
    what: 'TOOL/ beside tool/',
    damage: (medium) => cp(join(medium, 'tool'), join(medium, 'TOOL'), { recursive: true }),
    says: /^WRONG {2}TOOL must be called tool/m,
  },
  {
    what: 'a directory in the place of a signature',
    damage: (medium) => mkdir(join(medium, `bundles/site-1/SHA256SUMS.${'0'.repeat(16)}.sig`)),
    says: /^WRONG {2}bundles\/site-1\/SHA256SUMS\.0{16}\.sig is not a regular file/m,
  },
  {
    what: 'a link in the place of a volume',
    damage: async (medium) => {
      await rename(join(medium, 'bundles/site-1/vol-0001.tar'), join(medium, 'elsewhere'));
      await symlink('../../elsewhere', join(medium, 'bundles/site-1/vol-0001.tar'));
    },
    says: /^WRONG {2}bundles\/site-1\/vol-0001\.tar is missing, or is not a regular file/m,
  },
  {
    what: 'a link in the place of a bundle',
    damage: async (medium) => {
      await rename(join(medium, 'bundles/site-1'), join(medium, 'elsewhere'));
      await symlink('../elsewhere', join(medium, 'bundles/site-1'));
    },
    says: /^WRONG {2}bundles\/site-1 is missing, or is not a directory/m,
  },
  {
    what: 'a link in the place of runtime/',
    damage: async (medium) => {
      await rename(join(medium, 'runtime'), join(medium, 'elsewhere'));
      await symlink('elsewhere', join(medium, 'runtime'));
    },
    says: /^WRONG {2}runtime is a link/m,
  },
  {
    what: 'that there is no bundle',
    damage: (medium) => rm(join(medium, 'bundles'), { recursive: true }),
    says: /^WRONG {2}there is no bundle that is right/m,
  },
  {
    what: 'a bundle whose packages it cannot check',
    damage: async (medium) => {
      const files = new Map([
        ['bundle.json', Buffer.from('{}\n')],
        ['packages.jsonl', Buffer.from('')],
      ]);
      await writeSignedDirectory({ kind: 'bundle', directory: bundlePlace(medium, 'site-3') }, files, [
        await openSigningKey(online.privateKeyFile),
      ]);
    },
    says: /^WRONG {2}bundles\/site-3 names snapshots beside it, which only "pommgr verify" can check/m,
  },
];

/** The script alone, so that it can be called where the rest of tool/ is gone. */
async function restoreScript(medium: string): Promise<void> {
  await mkdir(join(medium, 'tool'));
  await cp(join(medium, 'moved/verify.sh'), join(medium, 'tool/verify.sh'));
}

async function signByStranger(directory: Place): Promise<void> {
  const file = join(await scratchDirectory(), 'stranger.pem');
  await createSigningKey(file);
  const files = new Map([['bundle.json', Buffer.from('{}\n')]]);
  await writeSignedDirectory({ kind: 'bundle', directory }, files, [await openSigningKey(file)]);
}

/** What is indented by four characters. */
function blocksOf(text: string): string[] {
  return [...text.matchAll(/^ {4}\S.*\n(?: {4}.*\n)*/gm)].map(([block]) => block);
}

/** The indented blocks that trust a key, check tool/, and check the bundles, for this host and this key. */
async function commandsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const blocks = blocksOf(text).map((block) => block.replaceAll(/^ {4}/gm, ''));
  const first = (start: RegExp): string => blocks.find((block) => start.test(block)) ?? '';
  return [first(/^openssl pkey /), first(/^ID=/), first(/^cd .*\nKEYS=/)].map((block) =>
    block.replaceAll('/mnt/usb', `"${mountPoint}"`).replace('0123456789abcdef', online.key.keyId),
  );
}

describe('verify.sh', () => {
  it('says what it needs, and checks nothing without', async () => {
    const root = await bareHost('trixie', [], { withOpenssl: false });
    const verify = (...args: string[]) => runBare({ root, media }, `${mountPoint}/tool/verify.sh`, ...args);
    expect(await verify()).toMatchObject({
      stdout: 'The program openssl is missing: nothing was checked.\n',
      exitCode: 2,
    });
    const host = roots.get('trixie') ?? '';
    expect(
      await runBare({ root: host, media }, `${mountPoint}/tool/verify.sh`, mountPoint, '/var/empty'),
    ).toMatchObject({
      stdout: expect.stringContaining('There is no public key in /var/empty') as unknown,
      exitCode: 2,
    });
    expect(await runBare({ root: host, media }, `${mountPoint}/tool/verify.sh`, '/nowhere')).toMatchObject({
      stdout: 'There is no directory /nowhere.\n',
      exitCode: 2,
    });
  });
});

describe('the texts', () => {
  it('have the same commands, in English, in Japanese and on the page to print', async () => {
    const text = await readFile('templates/POMMGR.txt', 'utf8');
    const page = await readFile('docs/medium-check.md', 'utf8');
    const [english = '', japanese = ''] = text.split(/^-{70,}$/m);
    expect(blocksOf(japanese)).toEqual(blocksOf(english));
    expect(blocksOf(english)).toHaveLength(11);
    for (const block of blocksOf(page)) {
      if (!block.includes('____')) expect(text).toContain(block);
    }
  });

  it('fit into 78 columns, where a Japanese character takes two', async () => {
    for (const line of (await readFile('templates/POMMGR.txt', 'utf8')).split('\n')) {
      const columns = line.length + (line.match(/[\u2E80-\uFFFF]/g)?.length ?? 0);
      expect(columns, line).toBeLessThanOrEqual(78);
    }
  });
});

describe('the scripts', () => {
  it('are clean for shellcheck, as POSIX sh', async () => {
    const scripts = ['templates/launcher.sh', 'templates/verify.sh'];
    expect(await run('shellcheck', ['--shell=sh', '--severity=style', ...scripts])).toMatchObject({
      stdout: '',
    });
  });
});
