/** Media on FUSE drivers that are killed at moments of `pack` and `apply`, as a stick that is pulled. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { knownError } from '../../src/core/ui/known-error.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { followedPath } from './followed-path.ts';
import { mountFuse, type FuseKind } from './fuse-media.ts';
import { createHost, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { treeOf } from './tree.ts';

const context = testContext('2025-06-06T00:00:00Z');

export interface PullFindings {
  moments: number;
  wrong: string[];
}

export interface Pulls {
  /** With a baseline. */
  site: Site;
  /** From 0 to 1: how far the command has got. */
  shares: readonly number[];
}

function packTo(site: Site, media: string) {
  return pack({ configFile: site.configFile, media, context, volumeSizeBytes: 10_240 });
}

/** What is wrong with an answer to a medium that was pulled. */
function complaintOf(error: PommgrError | undefined): string[] {
  if (error === undefined) return ['it ended well'];
  const found =
    error.code === 'state.medium-gone' && error.exitCode === 8 ? [] : [`${error.code}: ${error.message}`];
  if (!error.hints.join(' ').includes('run the same command again')) found.push('it does not say what to do');
  if (error.message.includes('/proc/')) found.push(`no path of the user's: ${error.message}`);
  return found;
}

export async function pullWhilePacked(kind: FuseKind, { site, shares }: Pulls): Promise<PullFindings> {
  const found: PullFindings = { moments: 0, wrong: [] };
  const first = await mountFuse(kind);
  const operations = await countOperations(first.directory, () => packTo(site, first.directory));
  await first.unmount();
  if (operations < 20) found.wrong.push(`only ${operations} operations`);
  for (const share of shares) {
    const medium = await mountFuse(kind);
    const error = await failureOf(
      atOperation(medium.directory, Math.max(1, Math.floor(operations * share)), {
        happen: medium.killDriver,
        work: () => packTo(site, medium.directory),
      }),
    );
    found.moments += 1;
    const wrong = complaintOf(error);
    if (error?.hints.join(' ').includes('fsck') !== true) wrong.push('it does not name fsck');
    await medium.mountAgain();
    try {
      await packTo(site, medium.directory);
      const host = await createHost([site.key]);
      await verify({ media: medium.directory, root: host, context });
      await apply({ media: medium.directory, root: host, context });
    } catch (cause) {
      wrong.push(`the next run: ${String(cause)}`);
    }
    await medium.unmount();
    found.wrong.push(...wrong.map((text) => `pack to ${kind} at ${share}: ${text}`));
  }
  return found;
}

export async function pullWhileApplied(kind: FuseKind, { site, shares }: Pulls): Promise<PullFindings> {
  const found: PullFindings = { moments: 0, wrong: [] };
  const medium = await mountFuse(kind);
  await packTo(site, medium.directory);
  const host = await createHost([site.key]);
  const before = withoutStore(await treeOf(host));
  const dryRun = () => apply({ media: medium.directory, root: host, dryRun: true, context });
  const operations = await countOperations(medium.directory, dryRun);
  for (const share of shares) {
    const error = await failureOf(
      atOperation(medium.directory, Math.max(1, Math.floor(operations * share)), {
        happen: medium.killDriver,
        work: () => apply({ media: medium.directory, root: host, context }),
      }),
    );
    found.moments += 1;
    const wrong = complaintOf(error);
    if (withoutStore(await treeOf(host)) !== before) wrong.push('the host was changed');
    found.wrong.push(...wrong.map((text) => `apply from ${kind} at ${share}: ${text}`));
    await medium.mountAgain();
  }
  const { outcome } = await apply({ media: medium.directory, root: host, context });
  if (outcome !== 'applied') found.wrong.push(`at last apply says ${outcome}`);
  await medium.unmount();
  return found;
}

/** What a command says that fails, as the user is told; undefined when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<PommgrError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return knownError(error);
  }
}

/** The store's lock and its directories may be there. */
function withoutStore(tree: readonly string[]): string {
  return tree.filter((line) => !line.includes('var/lib/pommgr')).join('\n');
}

/** How often `work` opens something on the medium. */
export async function countOperations(directory: string, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  await watchOpens(directory, () => void (count += 1), work);
  return count;
}

/** Does `work`; `happen` comes just before it opens something on the medium for the `number`-th time. */
export async function atOperation(
  directory: string,
  number: number,
  { happen, work }: { happen: () => void; work: () => Promise<unknown> },
): Promise<void> {
  let count = 0;
  const at = (): void => {
    count += 1;
    if (count === number) happen();
  };
  await watchOpens(directory, at, work);
}

async function watchOpens(directory: string, at: () => void, work: () => Promise<unknown>): Promise<void> {
  const { open } = fs.promises;
  const watched = (path: unknown, ...rest: unknown[]): unknown => {
    if (followedPath(path)?.startsWith(directory) === true) at();
    return (open as (...of: unknown[]) => unknown)(path, ...rest);
  };
  Object.assign(fs.promises, { open: watched });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs.promises, { open });
    syncBuiltinESMExports();
  }
}
