/** A change of a file's schema shows in the review as a change of tests/contract/schemas/. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonSchemaText, schemaNames } from '../support/schemas.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const committed = fileURLToPath(new URL('./schemas', import.meta.url));

describe('file schemas', () => {
  it.each(schemaNames)('of %s is the committed one', async (name) => {
    await expect(jsonSchemaText(name)).toMatchFileSnapshot(`./schemas/${name}.json`);
  });

  it('are here for every schema that the source names', async () => {
    const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const named = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(source, file), 'utf8');
      for (const [, name = ''] of text.matchAll(/z\.(?:literal\(|enum\(\[)'pommgr\/([a-z-]+)\/v1'/g))
        named.add(name);
    }
    expect(named.size).toBeGreaterThan(5);
    // A line of packages.jsonl names no schema.
    expect([...named, 'package-entry'].toSorted()).toEqual(schemaNames.toSorted());
  });

  it('are committed for no other name', async () => {
    expect((await readdir(committed)).toSorted()).toEqual(
      schemaNames.map((name) => `${name}.json`).toSorted(),
    );
  });
});
