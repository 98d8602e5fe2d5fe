import { beforeAll, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { applyKilledAt, type KillPoint } from '../support/killed-apply.ts';
import {
  aptWithoutNetwork,
  createHost,
  createSite,
  readAudit,
  writeBelow,
  type Site,
} from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { treeOf } from '../support/tree.ts';

const vendorSources = '/etc/apt/sources.list.d/vendor.sources';
const context = testContext();
let site: Site;
let media: string;
let vendor: BuiltPackage;
let undisturbed: string[];

beforeAll(async () => {
  site = await createSite();
  media = await site.bring();
  vendor = await buildPackage({
    name: 'vendor',
    version: '1',
    files: {
      [vendorSources]: 'Types: deb\nURIs: http://192.0.2.2/vendor\nSuites: stable\nComponents: main\n',
    },
    conffiles: [vendorSources],
  });
  const root = await host();
  await apply({ media, root, context });
  undisturbed = await endState(root);
});

const points: [string, KillPoint, 'old' | 'new'][] = [
  ['before the objects are synced', { program: 'sync', time: 1 }, 'old'],
  ['while apt fetches the lists', { program: 'apt-get', time: 1, word: 'update', after: true }, 'old'],
  ['before the switch', { program: 'apt-cache', time: 1, word: 'policy' }, 'old'],
  ['among the files that are set aside', { program: 'dpkg-divert', time: 1 }, 'new'],
  ['after the last of them', { program: 'dpkg-divert', time: 1, after: true }, 'new'],
  ['after the switch', { program: 'apt-cache', time: 2, word: 'policy' }, 'new'],
  ['before the commit', { program: 'apt-get', time: 1, word: 'dist-upgrade', after: true }, 'new'],
];

test.each(points)(
  'killed %s: apt works, and the next run ends where an undisturbed one does',
  async (_, point, seen) => {
    const root = await host();

    expect(await applyKilledAt({ media, root }, point)).toBe(true);

    const operation = point.program === 'sync' ? 'import' : 'switch';
    expect(await hostStatus({ root })).toMatchObject({
      applied: null,
      interrupted: { operation, baseline: 'test-1' },
    });
    expect(await whatAptSees(root)).toEqual(seen === 'old' ? oldUris : [newUri(root)]);
    await aptWithoutNetwork(root, ['apt-get', 'check']);
    if (seen === 'new') {
      expect(await aptWithoutNetwork(root, ['apt-get', 'update'])).not.toMatch(/^[WE]:/m);
    }

    const report = await apply({ media, root, context });
    expect(report).toMatchObject({
      outcome: 'applied',
      added: { files: 0 },
      recovered: { operation, outcome: 'undone' },
    });
    expect(await endState(root)).toEqual(undisturbed);
    const actions = (await readAudit(root)).map(({ action }) => action);
    expect(actions).toEqual(seen === 'old' ? ['import', 'apply'] : ['import', 'undo', 'apply']);
  },
);

const oldUris = ['http://192.0.2.1/debian/', 'http://192.0.2.2/vendor/'];

function newUri(root: string): string {
  return `file:${root}/var/lib/pommgr/baselines/test-1/test-stable/`;
}

async function host(): Promise<string> {
  const root = await createHost([site.key]);
  await writeBelow(root, 'etc/apt/preferences', 'Package: other\nPin: version 1\nPin-Priority: 1\n');
  await run('dpkg', ['--root', root, '--force-not-root', '--force-confnew', '--install', vendor.path]);
  return root;
}

/** The repositories of apt's sources, whatever its lists are. */
async function whatAptSees(root: string): Promise<string[]> {
  const said = await aptWithoutNetwork(root, ['apt-get', 'update', '--print-uris']);
  return [...new Set([...said.matchAll(/^'(\S+)dists\//gm)].map(([, uri = '']) => uri))].toSorted();
}

/** All that is the same on two hosts, wherever their roots are. */
async function endState(root: string): Promise<string[]> {
  const lines = await treeOf(root);
  return lines
    .filter(
      (line) =>
        !/ var\/(cache|log)|\/lists\/|state\.json|audit\.jsonl|dpkg\/(status|available|diversions-old)/.test(
          line,
        ),
    )
    .map((line) => line.replaceAll(root, 'ROOT').replace(/(pommgr\.(?:sources|conf)) [0-9a-f]{64}$/, '$1'));
}
