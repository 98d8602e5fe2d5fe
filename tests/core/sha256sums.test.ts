import { describe, expect, it } from 'vitest';
import { renderDigests } from '../../src/core/domain/digest-list.ts';
import { parseRoot, rootDigests, rootOf } from '../../src/core/domain/sha256sums.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const { purpose } = rootOf('site-1', { document: a, files: new Map() });
const root = `${purpose}  PURPOSE\n${a}  bundle.json\n${b}  vol-0001.tar\n`;

describe('the root of a bundle', () => {
  it('is written as sha256sum writes it, sorted, and read back', () => {
    const files = new Map([
      ['vol-0002.tar', a],
      ['vol-0001.tar', b],
    ]);
    const text = renderDigests(rootDigests(rootOf('site-1', { document: a, files })));
    expect(text).toBe(`${root}${a}  vol-0002.tar\n`);
    expect(renderDigests(rootDigests(parseRoot(text, 'root')))).toBe(text);
    expect(parseRoot(root, 'root')).toEqual({
      purpose,
      document: a,
      files: new Map([['vol-0001.tar', b]]),
    });
  });

  it('has the files of a bundle on a medium that POM filled', () => {
    const names = ['baseline.json', 'keyring-a-b.gpg', 'keyring-a.b_C.gpg', 'packages.jsonl'];
    const text = renderDigests(
      rootDigests(rootOf('site-1', { document: a, files: new Map(names.map((name) => [name, b])) })),
    );
    expect(text).toContain(`${b}  baseline.json\n${a}  bundle.json\n${b}  keyring-a-b.gpg\n`);
    expect([...parseRoot(text, 'root').files.keys()]).toEqual(names);
  });

  it.each([
    ['with a keyring of no mirror', `${root}${a}  xkeyring-abc.gpg\n`],
    ['with a keyring elsewhere', `${purpose}  PURPOSE\n${a}  bundle.json\n${a}  keyring-../x.gpg\n`],
    ['empty', ''],
    ['without bundle.json', `${purpose}  PURPOSE\n${b}  vol-0001.tar\n`],
    ['without PURPOSE', `${a}  bundle.json\n${b}  vol-0001.tar\n`],
    ['not sorted', `${b}  vol-0001.tar\n${a}  bundle.json\n${purpose}  PURPOSE\n`],
    ['with a file twice', `${purpose}  PURPOSE\n${a}  bundle.json\n${a}  bundle.json\n`],
    ['without a newline at its end', root.trimEnd()],
    ['with an empty line', `${root}\n`],
    ['with a carriage return', root.replaceAll('\n', '\r\n')],
    ['with a comment', `# root\n${root}`],
    ['with one blank', root.replace('  bundle', ' bundle')],
    ['in binary mode', root.replaceAll('  ', ' *')],
    ['with an upper-case digest', root.replaceAll('a'.repeat(64), 'A'.repeat(64))],
    ['with a short digest', root.replace(a, a.slice(1))],
    ['with another file', `${root}${a}  tool.sh\n`],
    ['with a path', `${purpose}  PURPOSE\n${a}  bundle.json\n${a}  x/vol-0001.tar\n`],
    ['with an escaped name', `\\${root}`],
    ['with a NUL', root.replace('bundle', 'bundle\0')],
  ])('%s is refused', (_what, text) => {
    expect(() => parseRoot(text, 'root')).toThrow(
      expect.objectContaining({ code: 'integrity.root', exitCode: 5 }),
    );
  });
});
