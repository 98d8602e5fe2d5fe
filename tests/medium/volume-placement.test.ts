import { describe, expect, it } from 'vitest';
import { placeVolumes } from '../../src/medium/domain/volume-placement.ts';

const volumes = [40, 40, 30, 10].map((sizeBytes, index) => ({
  file: `vol-000${index + 1}.tar`,
  sizeBytes,
  entries: [],
}));

describe('volumes on media', () => {
  it.each([
    { rooms: [200], placed: [[1, 2, 3, 4]], left: [] },
    {
      rooms: [80, 40],
      placed: [
        [1, 2],
        [3, 4],
      ],
      left: [],
    },
    // In their order: the small one does not go before the large one.
    { rooms: [79, 100], placed: [[1], [2, 3, 4]], left: [] },
    { rooms: [40, 40], placed: [[1], [2]], left: [3, 4] },
    { rooms: [39, 40], placed: [[], [1]], left: [2, 3, 4] },
    { rooms: [0], placed: [[]], left: [1, 2, 3, 4] },
  ])('with room for $rooms', ({ rooms, placed, left }) => {
    const found = placeVolumes(
      volumes,
      rooms.map((sizeBytes) => ({ sizeBytes, files: null })),
    );
    const numbers = (some: readonly { file: string }[]): number[] => some.map(({ file }) => Number(file[7]));
    expect(found.placed.map(numbers)).toEqual(placed);
    expect(numbers(found.left)).toEqual(left);
  });

  it('go on where a medium takes no more files', () => {
    const { placed, left } = placeVolumes(volumes, [
      { sizeBytes: 1000, files: 1 },
      { sizeBytes: 1000, files: 2 },
    ]);
    expect(placed.map((own) => own.length)).toEqual([1, 2]);
    expect(left).toHaveLength(1);
  });
});
