/** A returned medium with links in it: pack, verify, apply and receipts follow none, and write nothing elsewhere. */
import { beforeAll, expect, it } from 'vitest';
import { createSmallMedia, type SmallMedia } from '../support/hostile-medium.ts';
import { linkPlaces, plantLinks } from '../support/planted-links.ts';

let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

it('goes through no link, for reading, writing, renaming or removing', async () => {
  const places = linkPlaces(media);
  const directories = places.filter((place) => !/\.[a-z]+$|SHA256SUMS|PURPOSE$/.test(place));
  const sample = [...new Set([...directories, ...places])].filter((_, index) => index % 3 === 0);
  const { attempts, wrong } = await plantLinks(media, sample);
  expect(wrong).toEqual([]);
  expect(attempts).toBeGreaterThan(20);
}, 300_000);
