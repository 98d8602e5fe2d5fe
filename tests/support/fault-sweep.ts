/**
 * Runs a command in a process of its own once for every operation that it makes, killed or failed there by
 * POMMGR_FAULT_AT, on a root that is brought back before. After each, apt works with wholly the old or wholly the
 * new, what is stored is right, and the next run ends where an undisturbed one does.
 */
import { clockEnvironment } from './clock.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { pommgr, type CliOutcome } from './cli.ts';
import { fastProgram } from './fast-program.ts';
import { aptWithoutNetwork } from './offline.ts';
import { scratchDirectory } from './scratch.ts';
import { treeOf } from './tree.ts';

/** `npm run test:full` tries every operation that a sweep names; other runs a fixed sample of them. */
const isFull = process.env['POMMGR_TEST_FULL'] === '1';

/** The same for every run, so that records have the same times. */
export const sweepTime = '2025-06-03T00:00:00Z';

/** A root that can be brought back to how it was prepared; its path stays the same, for apt's texts name it. */
interface PreparedRoot {
  root: string;
  restore(): Promise<void>;
}

async function keepPrepared(root: string): Promise<PreparedRoot> {
  const copy = join(await scratchDirectory(), 'prepared');
  await run('cp', ['-a', '--', root, copy]);
  return {
    root,
    async restore() {
      await run('rsync', ['-aHc', '--delete', '--', `${copy}/`, `${root}/`]);
    },
  };
}

/** What a sweep runs on each of its roots, and what must come out. */
export interface Subject extends PreparedRoot {
  /** Arguments of `pommgr`, without the root. */
  command: readonly string[];
  /** The same command in this process, without a fault. */
  again: () => Promise<unknown>;
  /** Whether the command came to its end without a fault. Default: it exited with 0. */
  isAtEnd?: ((outcome: CliOutcome) => boolean) | undefined;
  old: Seen;
  new: Seen;
  before: string[];
  after: string[];
  end: unknown;
  /** All operations of the command, once they were listed. */
  operations?: string[];
}

/** An undisturbed run on the root shows what must come out. */
export async function prepareSubject(
  root: string,
  { command, again, isAtEnd }: Pick<Subject, 'command' | 'again' | 'isAtEnd'>,
): Promise<Subject> {
  const kept = await keepPrepared(root);
  const before = await treeOf(root);
  const old = await seenByApt(root);
  await again();
  const subject = { ...kept, command, again, isAtEnd, old, new: await seenByApt(root), before };
  return { ...subject, after: await treeOf(root), end: await endState(root) };
}

/**
 * Kills the command at every n-th operation; unless the run is a full one, only at a fixed sample of them, of
 * operations of different kinds. Returns how many times a full run kills it.
 * @throws Error with all that was wrong.
 */
export async function sweepKills(
  subjects: readonly Subject[],
  { every = 1 }: { every?: number } = {},
): Promise<number> {
  const complaints: string[] = [];
  const { all, chosen } = await choosePoints(subjects, { every });
  await sweep(subjects, chosen, async (subject, number) => {
    await subject.restore();
    const outcome = await runWithFault(subject, String(number));
    // Work that is done at once has not the same order each time: the last may have another number.
    if (isAtEnd(subject, outcome)) return;
    const { exitCode, stderr } = outcome;
    const place = /^killed at .*$/m.exec(stderr)?.[0] ?? `exit code ${exitCode}: ${stderr}`;
    if (!place.startsWith(`killed at ${number}:`)) complaints.push(place);
    complaints.push(...(await checkAfter(subject)).map((text) => `${place}\n    ${text}`));
  });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  return all.length;
}

const codes = ['ENOSPC', 'EIO', 'EROFS'];

/**
 * Makes every n-th operation of the command fail, by turns alone and with all that follow it; sampled as kills are.
 * @throws Error with all that was wrong.
 */
export async function sweepErrors(subjects: readonly Subject[], { every }: { every: number }): Promise<void> {
  const complaints: string[] = [];
  const { chosen } = await choosePoints(subjects, { every });
  await sweep(subjects, chosen, async (subject, number) => {
    const turn = chosen.indexOf(number) + 1;
    const isLasting = turn % 2 === 0;
    const fault = `${number}${isLasting ? '+' : ''}:${codes[turn % codes.length]}`;
    await subject.restore();
    const outcome = await runWithFault(subject, fault);
    if (isAtEnd(subject, outcome)) return;
    const { exitCode, stdout } = outcome;
    const found = exitCode === 8 ? [] : [`exit code ${exitCode}: ${stdout}`];
    if (!isLasting) found.push(...(await checkUndone(subject)));
    found.push(...(await checkAfter(subject)));
    complaints.push(...found.map((text) => `failed at ${fault}\n    ${text}`));
  });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

/** A sample takes a fourth of the operations, and no more than these. */
const mostPoints = 8;
/** Sweeps so far: each begins its sample elsewhere, so that like commands are not tried at like operations only. */
let sweeps = 0;

/** Every n-th operation of the command, and those of them that this run tries. */
export async function choosePoints(
  [subject]: readonly Subject[],
  { every, most = mostPoints }: { every: number; most?: number },
): Promise<{ all: number[]; chosen: number[] }> {
  if (subject === undefined) throw new Error('no subject');
  subject.operations ??= await listOperations(subject);
  const count = subject.operations.length;
  const all = Array.from({ length: Math.ceil(count / every) }, (_, index) => 1 + index * every);
  if (isFull) return { all, chosen: all };
  const kinds = new Map<string, number>();
  for (const number of all) {
    const kind = kindOf(subject.operations[number - 1] ?? '');
    if (!kinds.has(kind)) kinds.set(kind, number);
  }
  const first = [...kinds.values()];
  const points = Math.min(first.length, most, Math.max(3, Math.ceil(all.length / 4)));
  const step = first.length / points;
  const offset = (sweeps++ * 0.382) % 1;
  const chosen = Array.from(
    { length: points },
    (_, index) => first[Math.floor((index + offset) * step)] ?? 1,
  );
  return { all, chosen };
}

/** What the command does when nothing disturbs it, in order. */
async function listOperations(subject: Subject): Promise<string[]> {
  await subject.restore();
  const outcome = await runWithFault(subject, 'list');
  const operations = [...outcome.stderr.matchAll(/^operation \d+: (.*)$/gm)].map(([, what = '']) => what);
  if (!isAtEnd(subject, outcome) || operations.length === 0) throw new Error(outcome.stderr);
  return operations;
}

/** An operation without what only tells its like apart: digests, random letters, numbers, the names of files. */
function kindOf(operation: string): string {
  const [verb = ''] = operation.split(' ');
  const directories = [...operation.matchAll(/\/([^/ ]+)\/[^/ ]*(?= |$)/g)].map(([, name = '']) => name);
  return `${verb} ${directories.map((name) => name.replaceAll(/[0-9a-f]{8,}|\d+/g, '#')).join(' ')}`;
}

function isAtEnd(subject: Subject, outcome: CliOutcome): boolean {
  return subject.isAtEnd?.(outcome) ?? outcome.exitCode === 0;
}

async function runWithFault({ command, root }: Subject, fault: string): Promise<CliOutcome> {
  const env = {
    ...clockEnvironment(sweepTime),
    SOURCE_DATE_EPOCH: String(Date.parse(sweepTime) / 1000),
    TMPDIR: await scratchDirectory(),
    POMMGR_FAULT_AT: fault,
  };
  return pommgr([...command, '--root', root, '--quiet', '--json'], { env, file: await fastProgram() });
}

/** What is not right on the root now, and after another run. */
async function checkAfter(subject: Subject): Promise<string[]> {
  const { root, again, end } = subject;
  const complaints: string[] = [];
  const seen = JSON.stringify(await seenByApt(root));
  if (seen !== JSON.stringify(subject.old) && seen !== JSON.stringify(subject.new)) {
    complaints.push(`apt sees neither the old nor the new: ${seen}`);
  }
  complaints.push(...(await aptComplaints(root)));
  const tree = await treeOf(root);
  complaints.push(...wrongObjects(tree));
  const right = new Set([...subject.before, ...subject.after]);
  complaints.push(...storedFiles(tree).filter((line) => !right.has(line)));
  try {
    await again();
    expect(await endState(root)).toEqual(end);
  } catch (error) {
    complaints.push(`the next run: ${String(error)}`);
  }
  return complaints;
}

/** After an error nothing is left to do: wholly undone, or, from the commit on, only not yet tidied up. */
async function checkUndone({ root, before, old }: Subject): Promise<string[]> {
  const tree = await treeOf(root);
  const complaints = temporaries(tree);
  if (JSON.stringify(await seenByApt(root)) !== JSON.stringify(old)) return complaints;
  if (tree.some((line) => line.includes('pommgr/journal.json'))) complaints.push('the journal is left');
  const ofApt = (lines: readonly string[]): string =>
    lines.filter((line) => / (etc\/|var\/lib\/pommgr\/(applied\/|current))/.test(line)).join('\n');
  if (ofApt(tree) !== ofApt(before)) complaints.push('not all was undone');
  return complaints;
}

/** Calls `tryAt` with each of the points, on all of the roots at once. */
async function sweep<T>(
  roots: readonly T[],
  points: readonly number[],
  tryAt: (root: T, point: number) => Promise<void>,
): Promise<void> {
  const pending = [...points];
  async function work(root: T): Promise<void> {
    for (let point = pending.shift(); point !== undefined; point = pending.shift()) await tryAt(root, point);
  }
  await Promise.all(roots.map(work));
}

/** What apt on the root works with: the repositories, and every stanza of its preferences. */
interface Seen {
  uris: string[];
  preferences: string[];
}

async function seenByApt(root: string): Promise<Seen> {
  const said = await aptWithoutNetwork(root, ['apt-get', 'update', '--print-uris']);
  const uris = [...said.matchAll(/^'(\S+)dists\//gm)].map(([, uri = '']) => uri);
  const shell = await aptWithoutNetwork(root, [
    ...['apt-config', 'shell', 'main', 'Dir::Etc::preferences/f', 'parts', 'Dir::Etc::preferencesparts/d'],
  ]);
  const [, main = ''] = /^main='(.*)'$/m.exec(shell) ?? [];
  const [, parts = ''] = /^parts='(.*)'$/m.exec(shell) ?? [];
  const { stdout } = await run('sh', [
    '-c',
    'for file in "$1" "$2"/*; do case "$file" in */.*) ;; *) [ -f "$file" ] && cat "$file" && echo;; esac; done; :',
    'sh',
    main,
    parts.replace(/\/$/, ''),
  ]);
  const stanzas = stdout
    .split(/\n\s*\n/)
    .map((stanza) => stanza.replaceAll(/^#.*\n?/gm, '').trim())
    .filter((stanza) => stanza !== '');
  return { uris: [...new Set(uris)].toSorted(), preferences: stanzas.toSorted() };
}

/** apt-get check and update, cut off from the network; returns what they complained about. */
async function aptComplaints(root: string): Promise<string[]> {
  const said = await aptWithoutNetwork(root, ['sh', '-c', 'apt-get check; apt-get update'], [0, 100]);
  return said.match(/^([WEN]: .*|Err:.*)$/gm) ?? [];
}

/** Lines of the tree that are a file of a stored baseline or of the pool. */
function storedFiles(tree: readonly string[]): string[] {
  return tree.filter((line) => / var\/lib\/pommgr\/baselines\/[^/]*-[0-9]+\//.test(line));
}

/** Objects of the pool under a name that is not their digest. */
function wrongObjects(tree: readonly string[]): string[] {
  return tree.filter((line) => {
    const [, name, digest] = / var\/lib\/pommgr\/pool\/([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(line) ?? [];
    return name !== digest;
  });
}

/** Leftovers of writes that never got to their end. */
function temporaries(tree: readonly string[]): string[] {
  return tree.filter((line) => /\.tmp( |\/|$)/.test(line));
}

/** All that must be the same after any run: the tree but for caches and logs, the state, the records. */
async function endState(root: string): Promise<unknown> {
  const passedOver =
    / var\/(cache|log)|\/apt\/lists\/|pommgr\/(state\.json|audit\.jsonl) |dpkg\/(status|available|diversions-old)/;
  const tree = (await treeOf(root)).filter((line) => !passedOver.test(line));
  if (!tree.some((line) => line.includes('lib/pommgr'))) return { tree };
  const state = JSON.parse(await readFile(join(root, 'var/lib/pommgr/state.json'), 'utf8')) as object;
  const audit = await readFile(join(root, 'var/lib/pommgr/audit.jsonl'), 'utf8');
  const records = audit
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as { action: string }), number: 0, previous: '' }))
    .filter(({ action }) => action !== 'undo');
  return { tree, state: { ...state, audit: null }, records };
}
