/** Links on a medium in place of what pommgr reads and writes there: nothing may go through them. */
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { knownError } from '../../src/core/ui/known-error.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { platform } from './bare-host.ts';
import { pathsBelow, stateOf, type SmallMedia } from './hostile-medium.ts';
import { copyMedium } from './offline.ts';
import { testContext } from './online.ts';
import { scratchDirectory } from './scratch.ts';

/** What commands make there by themselves: a link may lie in wait. */
const awaited = [
  ...['receipts', 'rotations', 'runtime/0.2.0', 'runtime/.0.2.0.tmp', 'runtime/.0.2.0.tmp/linux-x64'],
  ...[
    'bundles/.test-1.tmp',
    'tool/PURPOSE',
    '.pommgr.000000000000.tmp',
    'subscriptions/.20261120T080000Z.tmp',
  ],
];

/** Every directory and file of the medium, and what is made there. */
export function linkPlaces({ full }: SmallMedia): string[] {
  const there = [...pathsBelow(full.media, 'directory'), ...pathsBelow(full.media, 'file')];
  return [...new Set([...there, ...awaited])];
}

export interface LinkFindings {
  attempts: number;
  /** What was written outside, ended as a bug, or was believed by verify or apply. */
  wrong: string[];
}

/** Plants a link at each place, to a copy of what was there outside of the medium, and runs the commands. */
export async function plantLinks(media: SmallMedia, places: readonly string[]): Promise<LinkFindings> {
  const found: LinkFindings = { attempts: 0, wrong: [] };
  process.env['POMMGR_RUNTIME'] = await runtimePayload();
  for (const place of places) {
    for (const command of ['verify', 'apply', 'pack', 'receipt'] as const) {
      const medium = await copyMedium(media.full.media);
      const host = join(await scratchDirectory(), 'host');
      await cp(media.full.host, host, { recursive: true, verbatimSymlinks: true });
      const outside = await plantLink(medium, place);
      const before = stateOf(outside);
      const said = await outcomeOf(command, { medium, host, media });
      found.attempts += 1;
      const where = `${command} with a link as ${place}`;
      if (stateOf(outside) !== before) found.wrong.push(`${where} writes outside`);
      if (said?.startsWith('70 ') === true) found.wrong.push(`${where} says ${said}`);
      const mustRefuse = ['verify', 'apply'].includes(command) && !isPassedOver(place);
      if (mustRefuse && !/^[458] /.test(said ?? '')) found.wrong.push(`${where} says ${said ?? 'nothing'}`);
      await rm(medium, { recursive: true });
      await rm(host, { recursive: true });
      await rm(outside, { recursive: true });
    }
  }
  delete process.env['POMMGR_RUNTIME'];
  return found;
}

/** What verify and apply do not read at all: strangers, and receipts; without rotations none is needed. */
function isPassedOver(place: string): boolean {
  return /^(?:receipts|rotations|\.pommgr\..*|subscriptions\/\..*|bundles\/\..*)$/.test(place);
}

/** Moves what is there aside, outside of the medium, and links to it. */
export async function plantLink(medium: string, place: string): Promise<string> {
  const outside = await scratchDirectory();
  const target = join(outside, 'target');
  const path = join(medium, place);
  await mkdir(dirname(path), { recursive: true });
  await rename(path, target).catch(async () => {
    await mkdir(target);
    await writeFile(join(target, 'profile'), 'of the machine\n');
    await mkdir(join(target, '0.2.0'));
    await writeFile(join(target, '0.2.0', 'profile'), 'of the machine\n');
  });
  await symlink(target, path);
  return outside;
}

async function outcomeOf(
  command: 'verify' | 'apply' | 'pack' | 'receipt',
  { medium, host, media }: { medium: string; host: string; media: SmallMedia },
): Promise<string | undefined> {
  const context = testContext('2025-06-06T00:00:00Z');
  const { configFile } = media.site;
  try {
    if (command === 'verify') await verify({ media: medium, root: host, context });
    else if (command === 'apply') await apply({ media: medium, root: host, context });
    else if (command === 'receipt') {
      await apply({ media: media.full.media, root: host, receipt: medium, context });
    } else {
      const options = { baselineName: 'test-1', volumeSizeBytes: 10_240, withRuntime: true };
      await pack({ configFile, media: medium, context, ...options });
    }
    return undefined;
  } catch (error) {
    const known = knownError(error);
    return `${known.exitCode} ${known.code}: ${known.message}`;
  }
}

/** Stand-ins for the runtime of this version. */
async function runtimePayload(): Promise<string> {
  const directory = await scratchDirectory();
  const files = join(directory, '0.2.0', platform);
  await mkdir(files, { recursive: true });
  await writeFile(join(files, 'node'), '#!/bin/sh\n');
  await writeFile(join(files, 'pommgr.mjs'), '// pommgr\n');
  return directory;
}
