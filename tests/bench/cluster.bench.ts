/**
 * The gates of a cluster at full size: 50,000 seeds of the model, and the time that the facts of 16 nodes take, from
 * stand-ins for the cluster's tools that answer after 100 ms each.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gate } from '../../src/cluster/workflows/gate.ts';
import { plan } from '../../src/cluster/workflows/plan.ts';
import { runModel } from '../support/cluster-model.ts';
import { clusterOf } from '../support/cluster-of.ts';
import { testContext } from '../support/online.ts';

const seeds = Number(process.env['POMMGR_BENCH_SEEDS'] ?? 50_000);
const steps = 200;
const nodes = 16;
const limitSeconds = 5;

it(`holds its invariants over ${seeds} clusters of ${steps} steps`, () => {
  const sum = { finished: 0, reboots: 0, refused: 0 };
  const begun = performance.now();
  for (let seed = 0; seed < seeds; seed += 1) {
    const { finished, reboots, refused } = runModel(seed, steps);
    sum.finished += finished;
    sum.reboots += reboots;
    sum.refused += refused;
  }
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `\nModel\n${seeds} seeds in ${seconds.toFixed(0)} s: ${sum.finished} nodes finished, ${sum.reboots} reboots, ${sum.refused} stops`,
  );
  expect(sum.finished).toBeGreaterThan(seeds);
});

it(`judges a node of ${nodes} within ${limitSeconds} s`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pommgr-bench-cluster-'));
  const path = process.env['PATH'] ?? '';
  const now = new Date('2026-11-28T12:00:00Z');
  try {
    await mkdir(join(directory, 'bin'));
    const clusterFiles = await clusterOf(nodes, { directory, now, answerSeconds: 0.1 });
    process.env['PATH'] = `${join(directory, 'bin')}:${path}`;
    const context = { ...testContext(), now: () => now };
    const question = {
      ...{ node: 'pve2', before: 'drain' as const, owner: 'root@pve1', takeOver: false, acceptedGuests: [] },
      ...{ windowMinutes: 30, neededBytes: 1, clusterFiles, context, store: join(directory, 'store') },
    };
    const lines: string[] = [];
    const timed = async (name: string, work: () => Promise<{ verdict: string }>): Promise<number> => {
      const begun = performance.now();
      const { verdict } = await work();
      const seconds = (performance.now() - begun) / 1000;
      expect(verdict).toBe('go');
      lines.push(`${name.padEnd(28)} ${seconds.toFixed(2)} s`);
      return seconds;
    };
    const judged = await timed('gate', () => gate({ ...question, record: false }));
    await timed('gate that begins a rollout', () => gate({ ...question, record: true }));
    await timed('plan', () => plan({ forecastFiles: [], clusterFiles, context }));
    console.log(`\nCluster of ${nodes} nodes, answers after 100 ms\n${lines.join('\n')}`);
    expect(judged).toBeLessThan(limitSeconds);
  } finally {
    process.env['PATH'] = path;
    await rm(directory, { recursive: true, force: true });
  }
});
