/** Checks the medium that POM should fill: whether it is one, and whether it will get what the baseline needs. */
import { join } from 'node:path';
import { pathExists, listDirectory } from '../../core/adapters/atomic-files.ts';
import { mediumPoolName, type CopiedMirror } from '../adapters/medium-copy.ts';
import { isMountPoint, requireWritable } from '../adapters/mount-point.ts';
import { findPomBinary } from '../adapters/pom-binary.ts';
import { listPomMedia, type PomMedium } from '../adapters/pom-media.ts';
import { openPom, type Pom } from '../adapters/pom.ts';
import { notADirectory } from '../../core/adapters/directory-handles.ts';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, topPlace } from '../../core/domain/place.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface MountedMedium {
  pom: Pom;
  id: string;
  mountpoint: string;
  /** All that POM copies to it. */
  mirrors: CopiedMirror[];
}

/** Names at the top of a medium that are ours. */
const reserved = ['bundles', 'rotations', 'receipts', 'runtime', 'subscriptions', 'tool'];

/**
 * Changes nothing.
 * @throws PommgrError `tool.*`, `usage.media` for an id that POM does not know, `config.medium` for a medium that does
 *   not carry the baseline, `state.not-mounted`, `state.read-only`, `state.medium` for one that POM cannot fill.
 */
export async function findMountedMedium(
  config: Config,
  baseline: Baseline,
  id: string,
): Promise<MountedMedium> {
  const pom = await requirePom(config);
  const medium = await chooseMedium(pom, id);
  const known = new Map((await pom.listMirrors()).map((mirror) => [mirror.id, mirror['base-dir']]));
  const mirrors = medium.mirrors.map((mirror) => {
    const baseDir = known.get(mirror);
    if (baseDir === undefined) throw unknownMirror(medium, mirror);
    return { id: mirror, baseDir };
  });
  checkCarries(medium, mirrors, { config, baseline });
  await checkMounted(medium);
  await requireWritable(medium.mountpoint);
  await refuseLinks(medium);
  for (const mirror of mirrors) await checkSamePool(medium, mirror);
  return { pom, id, mountpoint: medium.mountpoint, mirrors };
}

/**
 * Returns whether POM's known defect can make the first of two runs fail: a mirror that lost all its snapshots, or one
 * that no longer belongs to the medium.
 */
export async function mayNeedSecondSync({ mountpoint, mirrors }: MountedMedium): Promise<boolean> {
  for (const { id, baseDir } of mirrors) {
    if ((await listDirectory(join(baseDir, id))).length === 0) return true;
  }
  const top = topPlace(mountpoint);
  for (const name of await namesAt(top)) {
    if (name.startsWith('.') || reserved.includes(name) || mirrors.some(({ id }) => id === name)) continue;
    if ((await kindAt(below(top, name))) !== 'directory') continue;
    const inside = await namesAt(below(top, name));
    if (inside.some((entry) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(\.tmp)?$/.test(entry))) return true;
  }
  return false;
}

async function requirePom({ pom }: Config): Promise<Pom> {
  const binary = await findPomBinary(pom.binary);
  if (binary !== undefined) return openPom(binary, pom.configFile);
  throw new PommgrError('tool.missing', `The program ${pom.binary} was not found.`, {
    hints: [
      'Install the package proxmox-offline-mirror, or name the program in pom.binary.',
      'Without it, pack volumes: pommgr pack --media DIR.',
    ],
    details: { program: pom.binary },
  });
}

async function chooseMedium(pom: Pom, id: string): Promise<PomMedium> {
  const media = await listPomMedia(pom);
  const medium = media.find((one) => one.id === id);
  if (medium !== undefined) return medium;
  const names = media.map((one) => one.id);
  throw new PommgrError('usage.media', `POM knows no medium ${id} (${pom.configFile}).`, {
    hints: [
      names.length === 0
        ? 'Add one with "proxmox-offline-mirror config media add"; with --format pom, --media takes its id.'
        : `It knows ${names.join(', ')}; with --format pom, --media takes an id.`,
    ],
    details: { medium: id, found: names },
  });
}

function checkCarries(
  medium: PomMedium,
  mirrors: readonly CopiedMirror[],
  { config, baseline }: { config: Config; baseline: Baseline },
): void {
  const clash = medium.mirrors.find((id) => reserved.includes(id));
  if (clash !== undefined) {
    const why = `its mirror ${clash} has the name of a directory that pommgr needs there`;
    throw unfit(medium, why, 'Give that mirror another id.');
  }
  for (const { mirror } of baseline.snapshots) {
    const found = mirrors.find(({ id }) => id === mirror);
    if (found === undefined) {
      const all = [...new Set([...medium.mirrors, ...baseline.snapshots.map((one) => one.mirror)])];
      const flags = all.map((id) => `--mirrors ${id}`).join(' ');
      const command = `proxmox-offline-mirror config media update --id ${medium.id} ${flags}`;
      throw unfit(medium, `it does not have the mirror ${mirror} of ${baseline.name}`, `Add it: ${command}`);
    }
    if (found.baseDir.replace(/\/+$/, '') === config.baseDir) continue;
    const why = `POM keeps its mirror ${mirror} in ${found.baseDir}, expected ${config.baseDir}`;
    throw unfit(medium, why, 'Make baseDir in the config and base-dir in POM the same.');
  }
}

async function checkMounted({ id, mountpoint }: PomMedium): Promise<void> {
  const isThere = await pathExists(mountpoint);
  if (isThere && (await isMountPoint(mountpoint))) return;
  throw new PommgrError(
    'state.not-mounted',
    isThere
      ? `Nothing is mounted at ${mountpoint}, the mount point of the medium ${id}.`
      : `${mountpoint}, the mount point of the medium ${id}, does not exist.`,
    {
      hints: [
        `Mount the medium there, then run the same command again. POM would write into the empty directory.`,
      ],
      details: { medium: id, mountpoint },
    },
  );
}

/** POM follows links: what it writes through a link on a returned medium is not on the medium. */
async function refuseLinks({ mountpoint, mirrors }: PomMedium): Promise<void> {
  const top = topPlace(mountpoint);
  for (const name of await namesAt(top)) {
    if (!name.startsWith('.pool') && !name.startsWith('.mirror-state') && !mirrors.includes(name)) continue;
    const place = below(top, name);
    const kind = await kindAt(place);
    if (kind === 'other') throw notADirectory(place);
    for (const inner of kind === 'directory' ? await namesAt(place) : []) {
      if ((await kindAt(below(place, inner))) === 'other') throw notADirectory(below(place, inner));
    }
  }
}

/** POM names the pool on a medium by the base-dir, and does not find it again when that changes. */
async function checkSamePool({ id, mountpoint }: PomMedium, mirror: CopiedMirror): Promise<void> {
  const top = topPlace(mountpoint);
  const pool = below(top, mediumPoolName(mirror.baseDir));
  const isThere = (await kindAt(below(top, mirror.id))) !== undefined;
  if (!isThere || (await kindAt(pool)) !== undefined) return;
  throw new PommgrError(
    'state.medium',
    `${mountpoint} has the mirror ${mirror.id} of another base-dir than ${mirror.baseDir}.`,
    {
      hints: [
        'POM can fill a medium only from the base-dir that it was first filled from: use another medium, or empty this one.',
      ],
      details: { medium: id, mirror: mirror.id, expected: pathOf(pool) },
    },
  );
}

function unknownMirror(medium: PomMedium, mirror: string): PommgrError {
  return unfit(
    medium,
    `POM has no mirror ${mirror} any more`,
    `Take it off the medium: proxmox-offline-mirror config media update --id ${medium.id} --mirrors …`,
  );
}

function unfit({ id }: PomMedium, why: string, hint: string): PommgrError {
  return new PommgrError('config.medium', `The medium ${id} cannot carry the baseline: ${why}.`, {
    hints: [hint],
    details: { medium: id },
  });
}
