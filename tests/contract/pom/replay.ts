/** Replays transcripts one after the other on one site: a table of steps in, a test for each transcript out. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../src/core/adapters/process.ts';
import { signInfos } from './infos.ts';
import { comparable, type Comparison } from './normalise.ts';
import { createSite, type Site } from './site.ts';
import { type Transcript, transcript } from './transcripts.ts';

export interface ReplayStep {
  n: number;
  /** Which of two with one number. */
  nameEnd?: string;
  /** Default: `lines` for commands that go through hash maps, else `exact`. */
  stdout?: Comparison;
  stderr?: Comparison;
  /** Changes both the recorded output and ours before they are compared. */
  mask?: (text: string) => string;
  /** Runs instead of the command, when a command alone cannot show it. */
  act?: (site: Site, command: string) => Promise<RunResult>;
}

/** What was done between two recorded commands. */
export type Preparation = (site: Site) => Promise<unknown> | void;

/** A number is the transcript of that number, replayed as it is. */
export type Step = number | ReplayStep | Preparation;

/** Numbers of the transcripts that steps replay. */
export function numbersOf(steps: readonly Step[]): number[] {
  return steps.flatMap((step) =>
    typeof step === 'function' ? [] : [typeof step === 'number' ? step : step.n],
  );
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Makes a `describe` with a site of its own and a test for each transcript. */
export function replay(name: string, steps: readonly Step[]): void {
  describe(name, () => {
    let site: Site;
    beforeAll(async () => {
      site = await createSite();
    });
    afterAll(async () => {
      await site.cleanUp();
      await site.server.close();
    });
    let preparations: Preparation[] = [];
    for (const step of steps) {
      if (typeof step === 'function') {
        preparations.push(step);
        continue;
      }
      const options: ReplayStep = typeof step === 'number' ? { n: step } : step;
      const recorded = transcript(options.n, options.nameEnd);
      const before = preparations;
      preparations = [];
      test(`${recorded.n} ${recorded.name}`, async () => {
        for (const prepare of before) await prepare(site);
        await replayOne(site, recorded, options);
      });
    }
  });
}

async function replayOne(site: Site, recorded: Transcript, options: ReplayStep): Promise<void> {
  const command = await translated(site, recorded.command);
  if (/snapshot create|medium sync/.test(command)) await site.tick();
  const act = options.act ?? (async () => await site.shell(command));
  const actual = await act(site, command);
  rememberSnapshot(site, recorded, actual);
  const mask = options.mask ?? ((text: string) => text);
  const usual = usualComparison(command);
  const found = {
    exitCode: actual.exitCode,
    stdout: comparable(mask(asRecorded(site, actual.stdout)), options.stdout ?? usual),
    stderr: comparable(mask(asRecorded(site, actual.stderr)), options.stderr ?? usual),
  };
  expect(found).toEqual({
    exitCode: recorded.exitCode,
    stdout: comparable(mask(asRecorded(site, recorded.stdout)), options.stdout ?? usual),
    stderr: comparable(mask(asRecorded(site, recorded.stderr)), options.stderr ?? usual),
  });
}

function usualComparison(command: string): Comparison {
  if (/medium (?:status|diff|gc)/.test(command)) return 'any order';
  const hashMaps = /snapshot (?:create|list)|\bgc\b|medium |offline-key|find\b|-helper status|refresh/;
  return hashMaps.test(command) ? 'lines' : 'exact';
}

/** The command for this site: its paths, ports, snapshot names and host. */
async function translated(site: Site, command: string): Promise<string> {
  let text = (await signInfos(site, command))
    .replaceAll('http://127.0.0.1:8099', site.server.url)
    .replaceAll('127.0.0.1:8099', new URL(site.server.url).host)
    .replaceAll(':8098', `:${site.closedPorts[0]}`)
    .replaceAll(':8097', `:${site.closedPorts[1]}`)
    .replaceAll('/srv/pomtest', site.root)
    .replace(/^(\S*sh )?timeout 20 /, '$1timeout 2 ');
  for (const [recorded, actual] of site.snapshotNames) text = text.replaceAll(recorded, actual);
  return text;
}

/** An output with the names that the recordings have; also a recorded one, whose host was another. */
function asRecorded(site: Site, text: string): string {
  return text
    .replaceAll(site.server.url, 'http://127.0.0.1:8099')
    .replaceAll(new URL(site.server.url).host, '127.0.0.1:8099')
    .replaceAll(`:${site.closedPorts[0]}`, ':8098')
    .replaceAll(`:${site.closedPorts[1]}`, ':8097')
    .replaceAll(site.root, '/srv/pomtest')
    .replaceAll(/\b(?!0123456789|FEDCBA|fedcba|AAAAAAAA)[0-9A-F]{32}\b/g, '<server id>');
}

function rememberSnapshot(site: Site, recorded: Transcript, actual: RunResult): void {
  const pattern = /Rotating temp\. snapshot in-place: \S+ -> "([^"]+)"/;
  const [then, now] = [pattern.exec(recorded.stdout)?.[1], pattern.exec(actual.stdout)?.[1]];
  if (then !== undefined && now !== undefined) site.snapshotNames.set(then, now);
}

/** Writes a file below the site's root, `/srv/pomtest` and the server's recorded address translated. */
export function write(path: string, text: string): Preparation {
  return async (site) => await writeFile(join(site.root, path), await translated(site, text));
}

/** Runs a shell command that must succeed, translated as the recorded ones are. */
export function shell(command: string): Preparation {
  return async (site) => {
    if (command.includes('snapshot create')) await site.tick();
    const result = await site.shell(await translated(site, command));
    if (result.exitCode !== 0)
      throw new Error(`${command}: ${result.exitCode}\n${result.stdout}${result.stderr}`);
  };
}
