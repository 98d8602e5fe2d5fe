/**
 * Small media with everything that pommgr puts on one, hosts that take them, and what `verify` and `apply` say to them.
 * Whether a host was changed is seen by inodes, sizes and times, so that a thousand comparisons cost little.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { appendFile, cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { renewSignedRoot } from '../../src/trust/adapters/signed-directory-writer.ts';
import { toolPlace } from '../../src/medium/adapters/medium-tool.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { toolFileNames } from '../../src/medium/domain/medium-tool.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack, type PackOptions } from '../../src/bundle/workflows/pack.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { writeStandIn } from './bare-host.ts';
import { createHost, createSite, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage } from './packages.ts';
import { scratchDirectory } from './scratch.ts';
import { bringSubscriptions } from './subscription-medium.ts';
import { testInfo } from './subscriptions.ts';

export interface SmallMedium {
  media: string;
  /** Of its one bundle. */
  bundle: string;
  /** The root of a host that takes it. */
  host: string;
}

export interface SmallMedia {
  site: Site;
  /** Of the key that every host trusts. */
  keyFile: string;
  /** A full bundle in two volumes with an extra, the tool, a runtime, subscriptions. */
  full: SmallMedium;
  /** Nothing but a delta, for a host that has its base. */
  delta: SmallMedium;
}

export async function createSmallMedia(): Promise<SmallMedia> {
  const site = await createSite();
  const keyFile = join(site.directory, 'signing-key.pem');
  const [first, , third] = site.packages;
  const packages = [first, third].filter((one) => one !== undefined);
  await site.publish({ components: { main: packages } });
  await writeFile(join(site.directory, 'firmware'), 'firmware of a disk, version 3\n');
  await appendFile(site.configFile, 'extras: [{ name: firmware.bin, file: firmware }]\n');
  await takeSnapshot(site, 1);
  const full = await packInto(site, { baselineName: 'test-1', volumeSizeBytes: 10_240 });
  await writeSmallTool(full, keyFile);
  await writeStandIn(full, '1.0.0', { keyFiles: [keyFile], node: Buffer.from('#!/bin/sh\n') });
  await bringSubscriptions(await openSigningKey(keyFile), [{ info: { ...testInfo } }], { media: full });
  const newer = await buildPackage({ name: 'alpha', version: '3.0', files: { '/a': 'a' } });
  await site.publish({ components: { main: [...packages, newer] }, date: new Date('2025-06-02T00:00:00Z') });
  await takeSnapshot(site, 2);
  const delta = await packInto(site, { baselineName: 'test-2', since: 'test-1' });
  for (const name of ['tool', 'pommgr', 'POMMGR.txt']) await rm(join(delta, name), { recursive: true });
  const later = await createHost([site.key]);
  await apply({ media: full, root: later, context: testContext() });
  return {
    ...{ site, keyFile },
    full: { media: full, bundle: 'test-1', host: await createHost([site.key]) },
    delta: { media: delta, bundle: 'test-2-from-test-1', host: later },
  };
}

async function takeSnapshot({ configFile }: Site, day: number): Promise<void> {
  const context = testContext(`2025-06-0${day}T00:00:00Z`);
  await snapshot({ configFile, context, dryRun: false, force: true });
}

async function packInto({ configFile }: Site, options: Partial<PackOptions>): Promise<string> {
  const media = await scratchDirectory();
  await pack({ configFile, media, context: testContext('2025-06-05T00:00:00Z'), ...options });
  return media;
}

/** In place of the real launcher and texts, whose many bytes would prove no more. */
async function writeSmallTool(media: string, keyFile: string): Promise<void> {
  const digests = new Map<string, string>();
  for (const name of toolFileNames) {
    await writeFile(join(media, name), `# ${name}\n`);
    digests.set(name, sha256Hex(`# ${name}\n`));
  }
  await renewSignedRoot(toolPlace(media), digests, [await openSigningKey(keyFile)]);
}

/** Everything below, a directory before what is in it, relative to `directory`. */
export function pathsBelow(directory: string, kind: 'file' | 'directory'): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => (kind === 'file' ? entry.isFile() : entry.isDirectory()))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
}

/** `exit code, code`, or undefined where nothing was refused. */
export async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof PommgrError ? `${error.exitCode} ${error.code}` : `70 ${String(error)}`;
  }
}

/**
 * What `verify` and then `apply` on the medium's host say; complains where one of them does not refuse with one of these
 * exit codes, or the host is not as it was.
 */
export async function complaints(
  { media, host }: SmallMedium,
  exitCodes: readonly number[] = [4, 5],
): Promise<string[]> {
  const before = stateOf(host);
  const context = testContext('2025-06-06T00:00:00Z');
  const found: string[] = [];
  const commands = {
    verify: () => verify({ media, root: host, context }),
    apply: () => apply({ media, root: host, context }),
  };
  for (const [command, run] of Object.entries(commands)) {
    const said = await refusal(run());
    if (said === undefined) found.push(`${command} accepts it`);
    else if (!exitCodes.includes(Number(said.split(' ')[0]))) found.push(`${command} says ${said}`);
  }
  if (stateOf(host) !== before) found.push('the host was changed');
  return found;
}

/** Makes something at a path; `aside` is what was there. Gives another path, where it made that instead. */
export type Make = (path: string, aside: string) => Promise<unknown>;

/** Has both commands refuse the medium with something else at the path, or nothing; then puts back what was there. */
export async function without(medium: SmallMedium, path: string, make: Make): Promise<string[]> {
  const aside = join(await scratchDirectory(), 'aside');
  const place = join(medium.media, path);
  await rename(place, aside);
  const made = await make(place, aside);
  const found = await complaints(medium);
  if (typeof made === 'string') await rm(made, { recursive: true });
  await rm(place, { recursive: true, force: true });
  await rename(aside, place);
  return found.map((text) => `${path}: ${text}`);
}

/** Copies what was there to another name. */
export function renamedTo(name: (path: string) => string): Make {
  return async (path, aside) => {
    await cp(aside, name(path), { recursive: true });
    return name(path);
  };
}

/** Of every entry below: path, kind and mode; of a file also inode, size and time of the last change. */
export function stateOf(directory: string): string {
  const lines = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) => {
    const found = lstatSync(join(directory, path), { bigint: true });
    if (found.isSymbolicLink()) return `${path} -> ${readlinkSync(join(directory, path))}`;
    const own = found.isDirectory() ? '' : ` ${found.ino} ${found.size} ${found.mtimeNs}`;
    return `${path} ${found.mode}${own}`;
  });
  return lines.toSorted().join('\n');
}
