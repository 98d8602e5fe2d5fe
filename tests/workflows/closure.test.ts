/** Thin baselines: what they hold, that apt judged them, and that nothing but mirrors, locks and config decides. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBaseline } from '../../src/baseline/adapters/baseline-files.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { closureExplainText } from '../../src/baseline/ui/closure-explain-text.ts';
import { closureExplain } from '../../src/baseline/workflows/closure-explain.ts';
import { baselineShow } from '../../src/baseline/workflows/baseline.ts';
import { snapshotText } from '../../src/snapshot/ui/snapshot-text.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/workflows/snapshot.ts';
import { readLockProof } from '../../src/closure/adapters/closure-files.ts';
import { testContext } from '../support/online.ts';
import { usePom } from '../support/pom-engine-site.ts';
import { createThinSite, setClosure } from '../support/thin-site.ts';

type Options = { force?: boolean; dryRun?: boolean; context?: ReturnType<typeof testContext> };

function take(configFile: string, options: Options = {}): Promise<SnapshotResult> {
  const { force = false, dryRun = false, context = testContext() } = options;
  return snapshot({ configFile, context, force, dryRun });
}

async function packagesOf(directory: string, baseline = 'test-1'): Promise<string[]> {
  const names: string[] = [];
  const path = join(directory, 'state/baselines', baseline, 'packages.jsonl');
  for await (const { name, version } of readPackages(path)) names.push(`${name} ${version}`);
  return names;
}

const bare = ['base 1.1', 'libbase 1.1'];
const withServer = [...bare, 'docs 1.0', 'exim 4.0', 'libserver 2.1', 'server 2.0'].toSorted();
const host = [
  { name: 'base', version: '1.0' },
  { name: 'libserver', version: '1.0' },
  { name: 'postfix', version: '3.0' },
];

describe('a thin baseline', () => {
  it('holds what a bare system and the names to install need, and fetches nothing else', async () => {
    const site = await createThinSite({ install: ['server'] });
    const context = testContext();

    const planned = await take(site.configFile, { dryRun: true });
    const result = await take(site.configFile, { context });

    // Sizes are said before anything is fetched.
    expect(snapshotText(planned)).toMatch(
      /^Closure: +debian: 6 files, .* of .* \(\d+ %\), for a bare system; apt made the same 1 plan$/m,
    );
    expect(snapshotText(planned)).toMatch(/^To fetch: +6 files, needs .*B of .*B free$/m);
    expect(snapshotText(planned)).toMatch(
      /^Thin: +debian: the mirror, media and hosts hold what the closure needs$/m,
    );
    expect(context.notes.join('\n')).toMatch(/^The packages to fetch need .*B of .*B free in /m);

    expect(await packagesOf(site.directory)).toEqual(withServer);
    expect(result).toMatchObject({
      outcome: 'made',
      fetched: { files: withServer.length },
      closures: [{ target: 'debian', thin: { files: 6 }, whole: { files: 11 }, hosts: 0, jobs: 1 }],
    });
    const pool = await readdir(join(site.directory, 'mirror/test-stable/2025-06-02T00:00:00Z/pool/main'));
    expect(pool).toEqual(['b', 'd', 'e', 'libb', 'libs', 's']);
    const baseline = await readBaseline(join(site.directory, 'state'), 'test-1');
    expect(baseline.content.targets).toMatchObject([{ closure: { install: ['server'], recommends: true } }]);
  });

  it('holds what each host needs for its upgrade, its installations and its restore, and says so in the proof', async () => {
    const site = await createThinSite({ hosts: ['./*.lock.json'], install: ['server'] });
    await site.addLock('mail', host);
    await site.addLock('spare', [
      { name: 'base', version: '1.0' },
      { name: 'vendor', version: '5' },
    ]);

    await take(site.configFile);

    expect(await packagesOf(site.directory)).toEqual([...withServer, 'postfix 3.0'].toSorted());
    const { proof, closures } = await baselineShow(site.configFile);
    expect(closures).toMatchObject([{ target: 'debian', hosts: ['mail', 'spare'], jobs: 9, packages: 7 }]);
    const jobs = ['upgrade', 'autoremove', 'install server', 'restore'].map((job) => ({
      job,
      outcome: 'same',
    }));
    expect(proof?.targets[0]?.hosts).toMatchObject([
      { host: null, jobs: [{ job: 'install server', outcome: 'same', install: 4 }] },
      {
        host: 'mail',
        jobs: [jobs[0], jobs[1], { ...jobs[2], install: 2, upgrade: 1 }, jobs[3]],
        unknownRelations: 0,
      },
      { host: 'spare', jobs, strangers: ['vendor 5'], unknownRelations: 1 },
    ]);
  });

  it('keeps the very versions of the locks where the config wants them', async () => {
    const site = await createThinSite({ hosts: ['./mail.lock.json'], keepInstalled: true });
    await site.addLock('mail', host);

    await take(site.configFile);

    expect(await packagesOf(site.directory)).toEqual(
      [...bare, 'base 1.0', 'libserver 1.0', 'libserver 2.1', 'postfix 3.0'].toSorted(),
    );
  });

  it('takes what "also" names, with what that needs, and no recommended packages where told so', async () => {
    const site = await createThinSite({ install: ['server'], also: ['desk*'], recommends: false });

    await take(site.configFile);

    const expected = [...withServer.filter((name) => name !== 'docs 1.0'), 'desktop 9.0', 'toolkit 9.0'];
    expect(await packagesOf(site.directory)).toEqual(expected.toSorted());
  });

  it('is taken anew when a lock changes, and not when nothing does', async () => {
    const site = await createThinSite({ hosts: ['./mail.lock.json'] });
    await site.addLock('mail', [{ name: 'base', version: '1.0' }]);
    await take(site.configFile);

    const later = { context: testContext('2025-06-03T00:00:00Z') };
    const unchanged = await take(site.configFile, later);
    await site.addLock('mail', [
      { name: 'base', version: '1.0' },
      { name: 'desktop', version: '9.0' },
    ]);
    const changed = await take(site.configFile, later);

    expect(unchanged.outcome).toBe('unchanged');
    expect(changed).toMatchObject({ outcome: 'made', baseline: { name: 'test-2' } });
    expect(await packagesOf(site.directory, 'test-2')).toEqual(
      [...bare, 'desktop 9.0', 'toolkit 9.0'].toSorted(),
    );
  });

  it('is selected anew, and judged by apt again, without what upstream does not have', async () => {
    const site = await createThinSite({ install: ['server'] });
    await writeFile(site.configFile, `${await readFile(site.configFile, 'utf8')}allowIncomplete: true\n`);
    for (const path of ['e/exim/exim_4.0', 'd/desktop/desktop_9.0'])
      site.server.faults[`/pool/main/${path}_amd64.deb`] = { kind: 'status', status: 404 };
    const context = testContext();

    const result = await take(site.configFile, { context });

    const other = withServer.map((name) => (name === 'exim 4.0' ? 'postfix 3.0' : name)).toSorted();
    expect(await packagesOf(site.directory)).toEqual(other);
    expect(result).toMatchObject({
      outcome: 'made',
      fetched: { files: other.length },
      baseline: { incomplete: [{ kind: 'package', name: 'pool/main/e/exim/exim_4.0_amd64.deb' }] },
    });
    expect(context.warnings.join('\n')).toMatch(
      /upstream of test-stable lists and does not have leave out .*exim 4\.0/,
    );
    expect((await take(site.configFile)).outcome).toBe('unchanged');
  });

  it('has the digest that its dry run told, and that POM gives; POM itself stays whole', async () => {
    const site = await createThinSite({ hosts: ['./mail.lock.json'], install: ['server'] });
    await site.addLock('mail', host);
    const planned = await take(site.configFile, { dryRun: true });
    const built = await take(site.configFile);
    const other = await site.another();
    await setClosure(other.configFile, {
      hosts: [join(site.directory, 'mail.lock.json')],
      install: ['server'],
    });
    await usePom(other.configFile);

    const mirrored = await take(other.configFile);

    expect(built).toMatchObject({ outcome: 'made', baseline: { engine: { name: 'builtin' } } });
    expect(mirrored).toMatchObject({
      outcome: 'made',
      baseline: { engine: { name: 'pom' }, digest: planned.outcome === 'planned' ? planned.digest : '' },
      packages: { files: 7 },
      fetched: { files: 11 },
    });
    expect(built.outcome === 'made' && mirrored.outcome === 'made' && built.baseline.digest).toBe(
      mirrored.outcome === 'made' ? mirrored.baseline.digest : '',
    );
    expect(await packagesOf(other.directory)).toEqual(await packagesOf(site.directory));
  });
});

describe('what a closure cannot have', () => {
  it.each([
    ['a name that no mirror has', { install: ['absent'] }, 'config.closure', 'absent'],
    ['a lock that is not there', { hosts: ['./gone.lock.json'] }, 'config.lock', 'gone.lock.json'],
    ['a pattern that matches nothing', { hosts: ['./*.none'] }, 'config.lock', '*.none'],
    ['a file that is no lock', { hosts: ['./pommgr.yaml'] }, 'config.lock', 'is not a host lock'],
    ['a glob that is none', { also: ['a[b'] }, 'config.invalid', 'also'],
  ])('is refused: %s', async (_, closure, code, text) => {
    const site = await createThinSite(closure);

    const outcome = take(site.configFile);

    await expect(outcome).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
    expect(await readdir(join(site.directory, 'state/baselines')).catch(() => [])).toEqual([]);
  });

  it('is told where a filter takes it: the plans are those of the filtered mirrors', async () => {
    const context = testContext();
    const site = await createThinSite(
      { install: ['server'] },
      { mirrorLines: ['skip: { packages: [exim, docs] }'] },
    );

    await take(site.configFile, { context });

    expect(context.warnings).toEqual([
      'Filters of test-stable leave out packages that the closure of debian needs: docs 1.0, exim 4.0.',
    ]);
    expect(await packagesOf(site.directory)).toEqual(
      [...bare, 'libserver 2.1', 'postfix 3.0', 'server 2.0'].toSorted(),
    );
    const proof = await readLockProof(join(site.directory, 'state/baselines/test-1'));
    expect(proof?.targets[0]).toMatchObject({ filtered: ['docs 1.0', 'exim 4.0'] });
  });
});

it('says what apt cannot do with the whole mirrors either', async () => {
  const site = await createThinSite({ hosts: ['./mail.lock.json'], install: ['exim'] });
  await site.addLock('mail', [
    { name: 'base', version: '1.0', relations: { essential: true, conflicts: 'exim' }, hold: true },
  ]);

  await take(site.configFile);

  const { proof } = await baselineShow(site.configFile);
  const jobs = proof?.targets[0]?.hosts.find((one) => one.host === 'mail')?.jobs;
  expect(jobs?.find(({ job }) => job === 'install exim')).toMatchObject({ outcome: 'impossible' });
});

it('explains by which chain a package came in, for whom, and why another one is not there', async () => {
  const site = await createThinSite({ hosts: ['./mail.lock.json'], install: ['server'] });
  await site.addLock('mail', host);
  await take(site.configFile);

  const explained = await closureExplain(site.configFile, { name: 'exim' });
  const ofHost = await closureExplain(site.configFile, { name: 'libserver', host: 'mail' });
  const absent = await closureExplain(site.configFile, { name: 'desktop' });

  expect(closureExplainText(explained)).toBe(
    [
      'exim 4.0 amd64, target debian, a bare system:',
      '  server 2.0 amd64 is asked for by install; depends on exim | transport: exim 4.0 amd64',
    ].join('\n'),
  );
  expect(closureExplainText(ofHost)).toBe(
    ['libserver 2.1 amd64, target debian, mail:', '  libserver 2.1 amd64 is installed'].join('\n'),
  );
  expect(absent).toMatchObject({
    found: [],
    held: [],
    offered: [{ mirror: 'test-stable', version: '9.0', architecture: 'amd64' }],
  });
  expect(closureExplainText(absent)).toContain('desktop is not in test-1: nothing that is installed');
  expect(closureExplainText(await closureExplain(site.configFile, { name: 'nothing' }))).toBe(
    'No mirror of test-1 has nothing.',
  );
  await expect(closureExplain(site.configFile, { name: 'exim', host: 'web' })).rejects.toMatchObject({
    code: 'config.closure',
    hints: ['There are: mail.'],
  });
});
