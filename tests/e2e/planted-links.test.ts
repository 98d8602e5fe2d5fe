/** A returned medium with links in it: pack, verify, apply and receipts follow none, and write nothing elsewhere. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createSmallMedia, type SmallMedia } from '../support/hostile-medium.ts';
import { linksOnHost, linksOnShare, linksServed } from '../support/links-elsewhere.ts';
import { linkPlaces, plantLinks } from '../support/planted-links.ts';
import { createSharedStore, type SharedStore } from '../support/shared-store.ts';

let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

it('goes through no link, for reading, writing, renaming or removing', async () => {
  const places = linkPlaces(media);
  const directories = places.filter((place) => !/\.[a-z]+$|SHA256SUMS|PURPOSE$/.test(place));
  const sample = [...new Set([...directories, ...places])].filter((_, index) => index % 6 === 0);
  const { attempts, wrong } = await plantLinks(media, sample);
  expect(wrong).toEqual([]);
  expect(attempts).toBeGreaterThan(15);
}, 300_000);

describe('a host, a share and a server', () => {
  let shared: SharedStore;
  const every = (step: number) => (index: number) => index % step === 0;

  beforeAll(async () => {
    shared = await createSharedStore();
  });

  it('apply --from takes nothing that it reaches by a link', async () => {
    const { attempts, wrong } = await linksOnShare(shared, every(9));
    expect(wrong).toEqual([]);
    expect(attempts).toBeGreaterThan(4);
  });

  it('nothing of a root or a store is written by a link', async () => {
    const { attempts, wrong } = await linksOnHost(shared, every(9));
    expect(wrong).toEqual([]);
    expect(attempts).toBeGreaterThan(12);
  });

  it('serve answers nothing by a link', async () => {
    const { attempts, wrong } = await linksServed(shared, every(5));
    expect(wrong).toEqual([]);
    expect(attempts).toBeGreaterThan(10);
  });
});
