/** Two machines that see one upstream state make the same bytes, however different they are otherwise. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/adapters/process.ts';
import { pommgr } from '../support/cli.ts';
import { createOnlineSite, type OnlineSite } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

interface Machine {
  concurrency: number;
  umask: string;
  env: Record<string, string>;
}

const epoch = { SOURCE_DATE_EPOCH: '1750000000' };
const tokyo: Machine = {
  concurrency: 16,
  umask: '022',
  env: { ...epoch, TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' },
};
const honolulu: Machine = {
  concurrency: 1,
  umask: '077',
  env: { ...epoch, TZ: 'Pacific/Honolulu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
};

/** Snapshot and pack by the command line; returns the machine's directory. */
async function makeBundle(site: OnlineSite, { concurrency, umask, env }: Machine): Promise<string> {
  const { directory, configFile } = await site.another();
  const config = await readFile(configFile, 'utf8');
  await writeFile(configFile, config.replace('download: {', `download: { concurrency: ${concurrency},`));
  await run('cp', [join(site.directory, 'signing-key.pem'), directory]);
  await run('mkdir', [join(directory, 'medium')]);
  for (const args of [['snapshot'], ['pack', '--media', 'medium', '--volume-size', '12288']]) {
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
  const withoutModes = (lines: string[]): string[] => lines.map((line) => line.replace(/^(.) \d+/, '$1'));
  const medium = withoutModes(await treeOf(join(first, 'medium')));
  expect(medium.filter((line) => line.includes('vol-')).length).toBeGreaterThan(1);
  expect(withoutModes(await treeOf(join(second, 'medium')))).toEqual(medium);
});
