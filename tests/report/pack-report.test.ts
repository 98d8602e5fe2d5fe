/** The report that `pack` puts on a medium: what it is made of, and when a second machine signs it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import Pack from '../../src/commands/pack.ts';
import Approve from '../../src/commands/approve.ts';
import CoSign from '../../src/commands/bundle/co-sign.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { createSigningKey, openSigningKey } from '../../src/trust/adapters/signing.ts';
import { reportPlace } from '../../src/approval/adapters/medium-approvals.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createApprover } from '../support/approvers.ts';
import { copyMedium, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

let site: Site;
let media: string;

const pack = async (to: string, ...more: string[]) =>
  runCommand(Pack, ['--config', site.configFile, '--media', to, '--allow-local', '--no-runtime', ...more]);

beforeAll(async () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1748908800');
  site = await createSite();
  const { configFile } = site;
  await snapshot({ configFile, context: testContext(), dryRun: false, force: true });
  const beta = await buildPackage({ name: 'beta', version: '1:0.9-2', architecture: 'all' });
  await site.publish({ components: { main: [...site.packages.slice(0, 2), beta] } });
  await snapshot({ configFile, context: testContext('2025-06-03T00:00:00Z'), dryRun: false, force: true });
  media = await scratchDirectory();
  const packed = await pack(media);
  expect(packed.exitCode, packed.stderr).toBe(0);
  expect(packed.stdout).toMatch(/^Report: +\S+\/reports\/test-2, digest [0-9a-f]{64}$/m);
});

afterAll(() => vi.unstubAllEnvs());

test('says what changes since the baseline before, in both languages, and the same for the same time', async () => {
  const directory = join(media, 'reports/test-2');
  const data = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8')) as unknown;
  expect(data).toMatchObject({
    schema: 'pommgr/report/v1',
    baseline: { name: 'test-2' },
    since: { name: 'test-1' },
    totals: { upgraded: 1, removed: 1, added: 0 },
  });
  expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('<html lang="en">');
  expect(await readFile(join(directory, 'report.ja.html'), 'utf8')).toContain('<html lang="ja">');
  const again = await scratchDirectory();
  await pack(again);
  expect(await treeOf(join(again, 'reports'))).toEqual(await treeOf(join(media, 'reports')));
});

test('stays as it is when the bundle does, and is made again where it was damaged or is missing', async () => {
  const copy = await copyMedium(media);
  const before = await treeOf(join(copy, 'reports'));
  expect((await pack(copy)).stdout).toMatch(/^Report: .*there already/m);
  await writeFile(join(copy, 'reports/test-2/report.html'), 'nothing changes');
  expect((await pack(copy)).stdout).toMatch(/^Report: +\S+, digest/m);
  expect(await treeOf(join(copy, 'reports'))).toEqual(before);
  const without = await scratchDirectory();
  expect((await pack(without, '--no-report')).stdout).toMatch(/^Report: +none: left out$/m);
  expect(await readdir(without)).not.toContain('reports');
  await pack(without);
  expect(await treeOf(join(without, 'reports'))).toEqual(before);
});

test('is what "approve" shows and binds, with the digest that pack and approve print', async () => {
  const copy = await copyMedium(media);
  const approver = await createApprover();
  await writeFile(join(site.directory, 'key.pub.pem'), site.key.pem);
  const argv = ['--media', copy, '--key', approver.file, '--signer', join(site.directory, 'key.pub.pem')];
  const shown = await runCommand(Approve, [...argv, '--as', 'alice', '--dry-run']);
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/1 packages upgraded, 0 added, 0 downgraded, 1 removed/);
  const [, digest = ''] = /Report digest: +([0-9a-f]{64})/.exec(shown.stdout) ?? [];
  const unasked = await runCommand(Approve, [...argv, '--as', 'alice']);
  expect(unasked).toMatchObject({ exitCode: 9, stderr: expect.stringContaining('no terminal') as string });
  const approved = await runCommand(Approve, [
    ...[...argv, '--as', 'alice', '--yes', '--report-digest', digest, '--words', 'go', '--json'],
  ]);
  expect(JSON.parse(approved.stdout)).toMatchObject({
    schema: 'pommgr/approve-result/v1',
    result: { outcome: 'approved', by: 'alice', words: 'go', at: '2025-06-03T00:00:00Z' },
  });
});

test('gets a second signature where the other machine reports the same changes, and none where not', async () => {
  const copy = await copyMedium(media);
  const second = join(site.directory, 'second.pem');
  const { keyId } = await createSigningKey(second);
  const config = await readFile(site.configFile, 'utf8');
  const configFile = join(site.directory, 'second.yaml');
  await writeFile(configFile, `${config}signing: { privateKeys: [./signing-key.pem, ./second.pem] }\n`);
  const coSign = async () => runCommand(CoSign, ['--config', configFile, '--media', copy, '--json']);
  const key = await openSigningKey(join(site.directory, 'signing-key.pem'));
  const directory = join(copy, 'reports/test-2');
  const files = new Map<string, Buffer>();
  for (const name of ['report.html', 'report.ja.html', 'report.json']) {
    files.set(name, await readFile(join(directory, name)));
  }
  const lie = (files.get('report.json') ?? Buffer.of()).toString().replace('"removed":1', '"removed":0');
  await writeSignedDirectory(
    reportPlace(copy, 'test-2'),
    new Map([...files, ['report.json', Buffer.from(lie)]]),
    [key],
  );
  const refused = JSON.parse((await coSign()).stdout) as { warnings: string[] };
  expect(refused).toMatchObject({ result: { outcome: 'co-signed' } });
  expect(refused.warnings.join()).toMatch(
    /reports\/test-2 is not what this machine reports \(report\.html.*the changes/,
  );
  expect(await readdir(directory)).not.toContain(`SHA256SUMS.${keyId}.sig`);
  await writeSignedDirectory(reportPlace(copy, 'test-2'), files, [key]);
  expect(JSON.parse((await coSign()).stdout)).toMatchObject({
    result: { outcome: 'unchanged', alsoSigned: expect.arrayContaining(['reports/test-2']) as unknown },
  });
  expect(await readdir(directory)).toContain(`SHA256SUMS.${keyId}.sig`);
});
