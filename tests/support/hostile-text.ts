/** Texts that a medium may hold in place of documents: made up by chance, and those that broke other programs. */
import * as fc from 'fast-check';

/** Kept from earlier trials and from what is known of JSON's dark corners; `like` is a true document. */
export function hostileCorpus(like: string): string[] {
  const [first = ''] = /"[^"]+":/.exec(like) ?? [];
  const deep = 200_000;
  return [
    ...[
      '',
      ' ',
      '\n',
      '\0',
      '{',
      '[',
      '"',
      '{}',
      '[]',
      'null',
      'true',
      '0',
      '-0',
      '1e999',
      '"\\ud800"',
      'NaN',
    ],
    ...['//', '{"schema":null}', '{"schema":"pommgr/bundle/v2"}', '{"schema":"pommgr/bundle/v999999"}'],
    ...[
      '[['.repeat(deep),
      '['.repeat(deep) + ']'.repeat(deep),
      '{"a":'.repeat(deep) + '1' + '}'.repeat(deep),
    ],
    like.replace('{', `{"__proto__":{"polluted":true},`),
    like.replace('{', `{"constructor":{"prototype":{"polluted":true}},`),
    like.replace('{', `{${first}"other",`),
    like.replace('{', `{"x":${'['.repeat(deep)}${']'.repeat(deep)},`),
    like.replace('{', `{"${'k'.repeat(1_000_000)}":1,`),
    like.replace('{', `{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":${index}`).join(',')},`),
    like.replace('{', '{"\\ud800\\u0000\\u001b[2J\\n":1,'),
    like.replaceAll(/:\s*[0-9]+/g, ':1e308'),
    like.replaceAll(/:\s*[0-9]+/g, ':9007199254740993'),
    like.replaceAll(/:\s*[0-9]+/g, `:${'9'.repeat(100_000)}`),
    like.replaceAll(/:\s*[0-9]+/g, ':-1'),
    like.replaceAll(/:\s*"[^"]*"/g, ':"\\ud800"'),
    like.replaceAll(/:\s*"[^"]*"/g, ':null'),
    like.replaceAll(/:\s*"[^"]*"/g, `:"${'a'.repeat(200_000)}"`),
    `\uFEFF${like}`,
    `${like}${like}`,
    `${like}\0`,
    like.slice(0, -2),
    like.toUpperCase(),
    like.replaceAll(/[a-f0-9]{64}/g, (digest) => digest.toUpperCase()),
  ];
}

/** Made of a true text: any JSON at all, any text, pieces of the true one in another order, other characters in it. */
export function hostileTexts(like: string): fc.Arbitrary<string> {
  const piece = fc
    .tuple(fc.nat(like.length), fc.nat(80))
    .map(([start, length]) => like.slice(start, start + length));
  const changed = fc
    .tuple(fc.nat(Math.max(0, like.length - 1)), fc.nat(20), fc.string({ unit: 'binary', maxLength: 20 }))
    .map(([place, removed, added]) => like.slice(0, place) + added + like.slice(place + removed));
  return fc.oneof(
    { weight: 4, arbitrary: changed },
    { weight: 1, arbitrary: fc.json({ maxDepth: 8 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 400 }) },
    { weight: 2, arbitrary: fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')) },
  );
}
