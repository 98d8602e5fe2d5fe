/**
 * What apt and dpkg read of a baseline whose packages are in another store, after `apply --from` has ended: whoever
 * serves that store, or can write to the share, may change it at any time.
 */
import { chmod, cp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { candidatesOf } from '../../src/apt/adapters/apt.ts';
import { openAptRoot } from '../../src/apt/adapters/apt-root.ts';
import { run } from '../../src/core/adapters/process.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createSharedStore, serveStore, type SharedStore } from '../support/shared-store.ts';

const context = testContext('2025-06-04T00:00:00Z');
let shared: SharedStore;

beforeAll(async () => {
  shared = await createSharedStore();
});

/** A copy of the store that a test may change. */
async function copiedStore(): Promise<string> {
  const copy = join(await scratchDirectory(), 'store');
  await cp(join(shared.directory, 'baselines'), join(copy, 'baselines'), { recursive: true });
  return copy;
}

interface AptOnRoot {
  apt(...args: string[]): Promise<string>;
  /** Name and SHA-256 of each package file that dpkg was given to unpack. */
  unpacked(): Promise<string[]>;
}

/** apt of this machine on the root, with a dpkg that notes what it is given; `hook` runs right before it. */
async function aptOn(root: string, hook = 'true'): Promise<AptOnRoot> {
  const directory = await scratchDirectory();
  const [dpkg, log, configuration] = ['dpkg', 'log', 'apt.conf'].map((name) => join(directory, name));
  const script = `#!/bin/sh
for file; do case "$file" in *.deb) echo "$file $(sha256sum <"$file")" >>${log} ;; esac; done
`;
  await writeFile(dpkg ?? '', script);
  await chmod(dpkg ?? '', 0o755);
  const lines = [
    `Dir "${root}/";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    `Dir::Bin::dpkg "${dpkg}";`,
    'Dpkg::Use-Pty "0";',
    `DPkg::Pre-Invoke { ${JSON.stringify(hook)}; };`,
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "root";',
  ];
  await writeFile(configuration ?? '', `${lines.join('\n')}\n`);
  return {
    async apt(...args) {
      const { stdout, stderr } = await run('apt-get', args, { env: { APT_CONFIG: configuration ?? '' } });
      return `${stdout}${stderr}`;
    },
    async unpacked() {
      const text = await readFile(log ?? '', 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/ +-$/, ''));
    },
  };
}

const alpha = 'test-2/test-stable/pool/main/a/alpha/alpha_3.0_amd64.deb';

test('dpkg reads a copy that only root can change, however the share is changed in between', async () => {
  const share = await copiedStore();
  const root = await shared.host();
  await shared.from(root, { from: share });
  const file = join(share, 'baselines', alpha);
  const right = sha256Hex(await readFile(file));

  const { apt, unpacked } = await aptOn(root, `echo something else >${file}`);
  await apt('dist-upgrade', '--yes', '-q');

  expect(await readFile(file, 'utf8')).toBe('something else\n');
  expect(await unpacked()).toEqual([`${root}/var/cache/apt/archives/alpha_3.0_amd64.deb ${right}`]);
  await rm(join(root, 'var/cache/apt/archives/alpha_3.0_amd64.deb'));
  await expect(apt('dist-upgrade', '--yes', '-q')).rejects.toMatchObject({
    message: expect.stringContaining('Hash Sum mismatch'),
  });
});

describe.each([
  ['by HTTP', serveStore],
  ['on a share', (directory: string) => Promise.resolve(directory)],
])('a store %s that shows later what upstream signed for another baseline', (_, offer) => {
  test.each([
    [
      'in place of its files',
      async (theirs: string, others: string) => cp(others, theirs, { recursive: true }),
    ],
    ['and has none of its own', (theirs: string) => rm(theirs, { recursive: true })],
  ])('%s', async (__, change) => {
    const store = await copiedStore();
    const root = await shared.host();
    await shared.from(root, { from: await offer(store), baseline: 'test-1' });
    const dists = (name: string) => join(store, `baselines/${name}/test-stable/dists`);
    await change(dists('test-1'), dists('test-2'));

    const { apt } = await aptOn(root);
    const said = await apt('update');

    expect(said).not.toMatch(/^[EW]:/m);
    const policy = await candidatesOf(await openAptRoot(root), ['alpha']);
    expect(policy.get('alpha')).toMatchObject({ candidate: '2.0' });
    expect(await shared.from(root, { from: shared.url, baseline: 'test-1', context })).toMatchObject({
      outcome: 'applied',
      plan: { upgrade: [{ name: 'alpha', to: '2.0' }] },
    });
  });
});

test("no list of apt leads out of what the host owns, also where upstream's index is not compressed", async () => {
  const plain = await createSharedStore({ indexForms: ['plain'] });
  const root = await plain.host();
  await plain.from(root, { from: plain.directory });
  const lists = join(root, 'var/lib/apt/lists');
  const names = (await readdir(lists)).filter((name) => name.endsWith('_Packages'));
  expect(names).not.toEqual([]);
  for (const name of names) {
    const target = await readlink(join(lists, name)).catch(() => lists);
    expect(target.startsWith(`${root}/`)).toBe(true);
  }
});
