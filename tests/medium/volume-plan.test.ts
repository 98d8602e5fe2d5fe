import { array, assert, integer, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maxEntryBytes,
  planVolumes,
  tarPaddingBytes,
  volumeFileName,
} from '../../src/medium/domain/volume-plan.ts';

const entry = (name: string, sizeBytes: number) => ({ name, sizeBytes, sha256: 'a'.repeat(64) });
const documents = [entry('baseline.json', 100), entry('packages.jsonl', 512)];
/** Two headers, two blocks of data, the end. */
const documentsBytes = 512 * 4 + 1024;

describe('planVolumes', () => {
  it('puts the documents first, and an object into the next volume when it does not fit', () => {
    const objects = [entry('objects/1', 513), entry('objects/2', 0), entry('objects/3', 1)];
    const size = documentsBytes + 512 + 1024;
    expect(planVolumes(documents, objects, size)).toEqual([
      { file: 'vol-0001.tar', sizeBytes: size, entries: [...documents, objects[0]] },
      { file: 'vol-0002.tar', sizeBytes: 1024 + 512 + 1024, entries: objects.slice(1) },
    ]);
    expect(planVolumes(documents, objects, size + 511)).toHaveLength(2);
    expect(planVolumes(documents, objects, size + 512)).toMatchObject([
      { entries: { length: 4 } },
      { entries: { length: 1 } },
    ]);
  });

  it('makes a volume of the documents alone', () => {
    expect(planVolumes(documents, [], documentsBytes)).toEqual([
      { file: 'vol-0001.tar', sizeBytes: documentsBytes, entries: documents },
    ]);
  });

  it.each([
    ['the documents', [], documentsBytes - 1, 'baseline.json and packages.jsonl', documentsBytes],
    ['an object', [entry('objects/1', 9000)], 9000, 'objects/1', 512 + 9216 + 1024],
  ])('names %s and the least size when they do not fit', (_what, objects, size, name, least) => {
    const refused = expect.objectContaining({
      code: 'usage.volume-size',
      exitCode: 2,
      message: expect.stringContaining(name) as unknown,
      details: { entry: name, expected: least, found: size },
    }) as Error;
    expect(() => planVolumes(documents, objects, size)).toThrow(refused);
    expect(planVolumes(documents, objects, least).length).toBeGreaterThan(0);
  });

  it('refuses an object that no tar header can say, and more volumes than there are names', () => {
    const large = [entry('objects/1', maxEntryBytes + 1)];
    expect(() => planVolumes(documents, large, 2 ** 40)).toThrow(
      expect.objectContaining({ code: 'refused.size' }),
    );
    const many = Array.from({ length: 10_000 }, (_, index) => entry(`objects/${index}`, 1024));
    expect(() => planVolumes(documents, many, documentsBytes)).toThrow(
      expect.objectContaining({ code: 'usage.volume-size' }),
    );
  });

  it('keeps every entry in order, and every volume within its size', () => {
    assert(
      property(array(nat(5000), { maxLength: 60 }), integer({ min: 8192, max: 40_000 }), (sizes, limit) => {
        const objects = sizes.map((size, index) => entry(`objects/${index}`, size));
        const volumes = planVolumes(documents, objects, limit);
        expect(volumes.flatMap(({ entries }) => entries)).toEqual([...documents, ...objects]);
        for (const [index, { file, sizeBytes, entries }] of volumes.entries()) {
          expect(file).toBe(volumeFileName(index + 1));
          expect(sizeBytes).toBeLessThanOrEqual(limit);
          const data = entries.reduce(
            (sum, { sizeBytes: size }) => sum + 512 + size + tarPaddingBytes(size),
            1024,
          );
          expect(sizeBytes).toBe(data);
        }
      }),
    );
  });
});
