/** A real site whose bundles are spread over media, of which a test makes as many as it wants, with the volumes it wants. */
import { createHash } from 'node:crypto';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packSet, type PackSetOptions } from '../../src/bundle/workflows/pack-set.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSite, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage, type BuiltPackage } from './packages.ts';
import { scratchDirectory } from './scratch.ts';

export interface SetSite extends Site {
  /** Publishes packages of 100 kB more, and takes a snapshot. */
  grow(...names: string[]): Promise<void>;
  /** Packs the newest baseline as a set, onto one medium that is large enough for all of it. */
  packed(options?: Partial<PackSetOptions>): Promise<string>;
}

/** Its first baseline makes a bundle of four volumes. */
export async function createSetSite(): Promise<SetSite> {
  const site = await createSite();
  const { configFile } = site;
  const more: BuiltPackage[] = [];
  let hour = 0;
  async function add(name: string): Promise<void> {
    const data = createHash('shake256', { outputLength: 100_000 }).update(name).digest();
    more.push(await buildPackage({ name, version: '1', files: { [`/usr/share/${name}`]: data } }));
  }
  async function take(): Promise<void> {
    hour += 1;
    const date = new Date(`2025-06-01T0${hour}:00:00Z`);
    await site.publish({ components: { main: [...site.packages, ...more] }, date });
    const context = testContext(date.toISOString().replace('.000', ''));
    await snapshot({ configFile, context, dryRun: false, force: true });
  }
  for (const name of ['beech', 'cedar', 'dogwood', 'elm']) await add(name);
  await take();
  return {
    ...site,
    async grow(...names) {
      for (const name of names) await add(name);
      await take();
    },
    async packed(options = {}) {
      const media = await scratchDirectory();
      const context = testContext('2025-06-02T00:00:00Z');
      const how = { resume: false, volumeSizeBytes: 130_000, context, ...options };
      await packSet({ configFile, media: [media], ...how });
      return media;
    },
  };
}

/** A copy of a medium that has only these volumes of each of its bundles, by number. */
export async function mediumWith(media: string, ...numbers: number[]): Promise<string> {
  const copy = join(await scratchDirectory(), 'medium');
  await cp(media, copy, { recursive: true });
  for (const bundle of await readdir(join(copy, 'bundles'))) {
    for (const file of await readdir(join(copy, 'bundles', bundle))) {
      if (!file.endsWith('.tar') || numbers.includes(Number(file.slice(4, 8)))) continue;
      await rm(join(copy, 'bundles', bundle, file));
    }
  }
  return copy;
}
