/** The commands about a cluster as a user runs them: exit codes, and what they say where there is no cluster. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { planRollout } from '../../src/cluster/domain/plan-rollout.ts';
import { pommgr } from '../support/cli.ts';
import { planFacts } from '../support/plan-facts.ts';
import { scratchDirectory } from '../support/scratch.ts';

let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory();
});

/** Runs a command where no tool of a cluster is found. */
const run = (...args: string[]) => pommgr(args, { env: { PATH: '/usr/bin:/bin' } });

test('a plan without a cluster stops, and says what is unknown', async () => {
  const { stdout, exitCode } = await run('cluster', 'plan', '--json', '--quiet');
  expect(exitCode).toBe(1);
  const { schema, result } = JSON.parse(stdout) as { schema: string; result: { problems: string[] } };
  expect(schema).toBe('pommgr/cluster-plan-result/v1');
  expect(result).toMatchObject({ verdict: 'stop', here: null, nodes: [] });
  expect(result.problems.join('\n')).toContain('pvesh get /cluster/status');
});

test('a runbook is written from a plan that was made elsewhere', async () => {
  const result = planRollout(planFacts(), { migrationBytesPerSecond: 1_000_000 });
  const file = join(directory, 'plan.json');
  await writeFile(file, JSON.stringify({ schema: 'pommgr/cluster-plan-result/v1', result, warnings: [] }));
  const written = await run(
    'cluster',
    'steps',
    '--plan',
    file,
    '--lang',
    'ja',
    '--owner',
    'tanaka',
    '--quiet',
  );
  expect(written).toMatchObject({ exitCode: 0, stderr: '' });
  expect(written.stdout).toMatch(/^クラスターのアップグレード手順/);
  expect(written.stdout).toContain('pommgr cluster gate --node pve2 --before drain --owner tanaka --record');
  const none = await run('cluster', 'steps', '--quiet');
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toContain('The plan has no node');
});

test('without pmxcfs nobody can say who holds the cluster, and nothing is given back', async () => {
  for (const command of ['status', 'release']) {
    const { exitCode, stderr } = await run('cluster', command, '--quiet');
    expect(exitCode).toBe(8);
    expect(stderr).toContain('.members says nothing');
  }
});

test('a log or a store is named only for a go that is recorded', async () => {
  const gate = ['cluster', 'gate', '--node', 'pve2', '--before', 'reboot'];
  for (const flag of ['--log', '--store']) {
    const { exitCode, stderr } = await run(...gate, flag, join(directory, 'x'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--record');
  }
  const stopped = await run(...gate, '--record', '--store', join(directory, 'store'), '--json', '--quiet');
  expect(stopped.exitCode).toBe(1);
  expect(JSON.parse(stopped.stdout)).toMatchObject({ result: { verdict: 'stop', recorded: false } });
});
