/** A thin baseline with a way: what its stages hold and say, on a small suite that is both releases. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { baselineShowText } from '../../src/baseline/ui/baseline-text.ts';
import { baselineShow } from '../../src/baseline/workflows/baseline.ts';
import { readLockProof } from '../../src/closure/adapters/closure-files.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { checkBaseline } from '../../src/medium/workflows/bundle-reading.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite, setClosures, type ThinSite } from '../support/thin-site.ts';

const upgrades = [{ name: 'way', stages: ['old', 'new'] }];
const take = (site: ThinSite, context = testContext()) =>
  snapshot({ configFile: site.configFile, context, force: false, dryRun: false });

let site: ThinSite;
let context: ReturnType<typeof testContext>;
let baseline: Baseline;
let bundle: Bundle;
let machineApt: string;

beforeAll(async () => {
  site = await createThinSite({});
  await setClosures(site.configFile, { old: { hosts: ['./*.lock.json'] }, new: { install: ['server'] } });
  const text = await readFile(site.configFile, 'utf8');
  const changed = text.replace(/("name":"new".*?"codename":)"bookworm"/, '$1"trixie"');
  await writeFile(site.configFile, `${changed}upgrades: ${JSON.stringify(upgrades)}\n`);
  await site.addLock('pve1', [
    { name: 'base', version: '1.0' },
    { name: 'postfix', version: '3.0' },
    // No mirror has it.
    { name: 'pve-manager', version: '8.4.1' },
  ]);
  await createSigningKey(join(site.directory, 'signing-key.pem'));
  context = testContext();
  await take(site, context);
  const media = await scratchDirectory();
  await pack({ configFile: site.configFile, media, context });
  baseline = await readBaseline(join(site.directory, 'state'), 'test-1');
  machineApt =
    (await readLockProof(join(site.directory, 'state/baselines/test-1')))?.targets[0]?.aptVersion ?? '';
  bundle = JSON.parse(await readFile(join(media, 'bundles/test-1/bundle.json'), 'utf8')) as Bundle;
}, 120_000);

describe('a baseline with a way', () => {
  it('carries the way, and so does its bundle', () => {
    expect(baseline.content.upgrades).toEqual(upgrades);
    expect(bundle.upgrades).toEqual(upgrades);
    expect(() => checkBaseline(bundle, baseline, 'B')).not.toThrow();
  });

  it.each([
    ['no way', undefined],
    ['another order', [{ name: 'way', stages: ['new', 'old'] }]],
  ])('refuses a bundle with %s', (_what, other) => {
    const { upgrades: _, ...rest } = bundle;
    const changed: Bundle = other === undefined ? rest : { ...rest, upgrades: other };
    expect(() => checkBaseline(changed, baseline, 'B')).toThrow(
      expect.objectContaining({ code: 'integrity.contents' }),
    );
  });

  it('has the hosts of the first stage at each, and says what each stage will do', async () => {
    const shown = await baselineShow(site.configFile);
    expect(shown.closures.map(({ target, hosts }) => [target, hosts])).toEqual([
      ['old', ['pve1']],
      ['new', ['pve1']],
    ]);
    const planned = { install: 0, remove: 0 };
    expect(shown.upgrades).toEqual([
      {
        way: 'way',
        hosts: [
          {
            host: 'pve1',
            stages: [
              { ...planned, number: 1, kind: 'last', target: 'old', after: null, install: 1, upgrade: 1 },
              {
                ...{ ...planned, number: 2, kind: 'release', target: 'new', after: 'old', upgrade: 0 },
                hindrances: [{ kind: 'keeps', packages: ['pve-manager 8.4.1'] }],
              },
            ],
          },
        ],
      },
    ]);
    expect(baselineShowText(shown)).toContain('Upgrade way, as apt planned each stage:');
  });

  it('warns of the host that cannot take a stage as it is', () => {
    expect(context.warnings).toContain(
      'The host pve1 cannot take stage 2 of way (new) as it is: pve-manager 8.4.1 would stay in the old version.',
    );
  });

  it('tells which stage was judged by another apt than that of its hosts', () => {
    const [target, series, codename] = machineApt.startsWith('2.')
      ? ['new', '3.0', 'trixie']
      : ['old', '2.6', 'bookworm'];
    expect(context.notes.filter((note) => note.startsWith('The hosts of '))).toEqual([
      `The hosts of ${target} run apt ${series}; its proof is by apt ${machineApt}. Name a root of ${codename} under aptRoots to have it judged by their apt.`,
    ]);
  });

  it('starts where the newest lock of a host says that it is', async () => {
    const { configFile, directory } = site;
    const text = await readFile(configFile, 'utf8');
    const lock = JSON.parse(await readFile(join(directory, 'pve1.lock.json'), 'utf8')) as object;
    const later = { ...lock, created: '2025-07-01T00:00:00Z', codename: 'trixie' };
    await writeFile(join(directory, 'pve1.later.json'), JSON.stringify(later));
    const named = text.replace('"install":["server"]', '"hosts":["./pve1.later.json"],$&');
    await writeFile(configFile, named);

    const result = await snapshot({ configFile, context: testContext(), force: false, dryRun: true });
    await writeFile(configFile, text);

    if (result.outcome !== 'planned') throw new Error(result.outcome);
    expect(named).not.toBe(text);
    expect(result.closures.map(({ target, hosts }) => [target, hosts])).toEqual([
      ['old', 0],
      ['new', 1],
    ]);
  });

  it('is unchanged when nothing changes, and made anew without the way', async () => {
    const later = testContext('2025-06-03T00:00:00Z');
    expect((await take(site, later)).outcome).toBe('unchanged');
    const text = await readFile(site.configFile, 'utf8');
    await writeFile(site.configFile, text.replace(/^upgrades: .*\n/m, ''));
    expect(await take(site, later)).toMatchObject({ outcome: 'made' });
    const { content } = await readBaseline(join(site.directory, 'state'), 'test-2');
    expect(Object.keys(content).toSorted()).toEqual(['mirrors', 'targets']);
  });
});
