/** Two machines that see one upstream state make the same bytes, however different they are otherwise. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { pommgr } from '../support/cli.ts';
import { createOnlineSite, type OnlineSite } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

interface Machine {
  concurrency: number;
  /** What the config says of the mirror, in an order of its own. */
  skip: string;
  umask: string;
  env: Record<string, string>;
}

const epoch = { SOURCE_DATE_EPOCH: '1750000000' };
const tokyo: Machine = {
  concurrency: 16,
  skip: 'skip: { packages: [omega, zeta], sections: [admin, web] }',
  umask: '022',
  env: { ...epoch, TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' },
};
const honolulu: Machine = {
  concurrency: 1,
  skip: 'skip: { sections: [web, admin], packages: [zeta, omega, zeta] }',
  umask: '077',
  env: { ...epoch, TZ: 'Pacific/Honolulu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
};

/** Snapshot and pack by the command line; returns the machine's directory. */
async function makeBundle(site: OnlineSite, { concurrency, skip, umask, env }: Machine): Promise<string> {
  const { directory, configFile } = await site.another([skip]);
  const config = await readFile(configFile, 'utf8');
  await writeFile(configFile, config.replace('download: {', `download: { concurrency: ${concurrency},`));
  await run('cp', [join(site.directory, 'signing-key.pem'), directory]);
  await run('mkdir', [join(directory, 'medium')]);
  for (const args of [
    ['snapshot'],
    ['pack', '--media', 'medium', '--volume-size', '12288', '--allow-local'],
  ]) {
    const outcome = await pommgr(args, { cwd: directory, env, umask });
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 0 });
  }
  return directory;
}

it('gives the same digest, package list and volumes on two machines', async () => {
  const site = await createOnlineSite([], { translation: true, acquireByHash: true });
  expect(await pommgr(['signing-key', 'create'], { cwd: site.directory })).toMatchObject({ exitCode: 0 });

  const first = await makeBundle(site, tokyo);
  const second = await makeBundle(site, honolulu);

  const texts = async (path: string): Promise<string[]> =>
    Promise.all([first, second].map((directory) => readFile(join(directory, path), 'utf8')));
  const [list, otherList] = await texts('state/baselines/test-1/packages.jsonl');
  const [baseline, otherBaseline] = await texts('state/baselines/test-1/baseline.json');
  expect(list?.split('\n')).toHaveLength(5);
  expect(otherList).toBe(list);
  expect(otherBaseline).toBe(baseline);
  // A report also says what only its machine knows, such as the keys in its config.
  const withoutModes = (lines: string[]): string[] =>
    lines.map((line) => line.replace(/^(.) \d+/, '$1')).filter((line) => !line.includes(' reports/'));
  const medium = withoutModes(await treeOf(join(first, 'medium')));
  expect(medium.filter((line) => line.includes('vol-')).length).toBeGreaterThan(1);
  expect(withoutModes(await treeOf(join(second, 'medium')))).toEqual(medium);
});

it('lets the second machine sign what the first one packed, and only that', async () => {
  const site = await createOnlineSite([], { translation: true, acquireByHash: true });
  expect(await pommgr(['signing-key', 'create'], { cwd: site.directory })).toMatchObject({ exitCode: 0 });
  const first = await makeBundle(site, tokyo);
  const second = await makeBundle(site, honolulu);
  await rm(join(second, 'signing-key.pem'));
  expect(await pommgr(['signing-key', 'create'], { cwd: second })).toMatchObject({ exitCode: 0 });
  const medium = join(first, 'medium');
  const elsewhere = { cwd: second, umask: honolulu.umask, env: { TZ: 'Pacific/Honolulu' } };

  const signed = await pommgr(['bundle', 'co-sign', '--media', medium], elsewhere);

  expect(signed, signed.stderr).toMatchObject({ exitCode: 0 });
  expect(signed.stdout).toContain('Signed test-1: this machine makes the very same bundle.');
  for (const machine of [site.directory, second]) {
    const key = join(machine, 'signing-key.pub.pem');
    expect(await pommgr(['verify', '--media', medium, '--key', key])).toMatchObject({ exitCode: 0 });
  }

  await rm(join(second, 'state'), { recursive: true });
  await rm(join(second, 'mirror'), { recursive: true });
  const later = { ...elsewhere, env: { ...elsewhere.env, SOURCE_DATE_EPOCH: '1750000001' } };
  expect(await pommgr(['snapshot'], later)).toMatchObject({ exitCode: 0 });
  await rm(join(second, 'signing-key.pem'));
  await pommgr(['signing-key', 'create'], { cwd: second });
  const refused = await pommgr(['bundle', 'co-sign', '--media', medium, '--json'], elsewhere);
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(JSON.parse(refused.stdout)).toMatchObject({
    result: {
      outcome: 'different',
      differences: expect.arrayContaining(['baseline.json: created']) as unknown,
    },
  });
});

it('does not let SOURCE_DATE_EPOCH decide what is trusted', async () => {
  const site = await createOnlineSite([], { validUntil: new Date('2025-06-15T00:00:00Z') });

  const outcome = await pommgr(['snapshot', '--json', '--quiet'], { cwd: site.directory, env: epoch });

  expect(outcome).toMatchObject({ exitCode: 4 });
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    error: { code: 'trust.expired', message: expect.stringContaining('2025-06-15') },
  });
});
