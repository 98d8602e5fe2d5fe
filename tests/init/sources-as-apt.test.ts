/** The mirrors that `init --from-apt` makes of a source list are those that apt reads there; apt is asked each time. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openAptRoot, prepareAptRoot, runApt, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { readAptSetup } from '../../src/init/adapters/apt-setup.ts';
import { draftFromSources } from '../../src/init/domain/apt-draft.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { scratchDirectory } from '../support/scratch.ts';

let aptRoot: AptRoot;

beforeAll(async () => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/arch'), 'amd64\ni386\n');
  aptRoot = await openAptRoot(root);
  await prepareAptRoot(aptRoot);
});

const usual = 'Types: deb\nURIs: http://h.example/debian\nSuites: stable\nComponents: main\n';
const line = 'deb http://h.example/debian stable main\n';

describe.each([
  ['plain', usual],
  ['CRLF', crlf(usual)],
  ['CRLF, two stanzas', crlf(`${usual}\n${usual.replace('stable', 'other')}`)],
  ['a field twice', `${usual}Suites: other\n`],
  ['a byte order mark', `\ufeff${usual}`],
  ['tabs after the colon', usual.replaceAll(': ', ':\t')],
  ['nothing after the colon', usual.replaceAll(': ', ':')],
  ['a blank before the colon', usual.replace(':', ' :')],
  ['names in lower case', usual.toLowerCase()],
  ['a comment in the middle', usual.replace('Suites', '# c\nSuites')],
  ['a comment in a folded field', usual.replace('main', 'main\n# c\n contrib')],
  ['what looks like a comment', usual.replace('main', 'main # c')],
  ['a scheme in capitals', usual.replace('http', 'HTTP')],
  ['file: in capitals', usual.replace('http://h.example/debian', 'FILE:///x')],
  ['file: with one slash', usual.replace('http://h.example/debian', 'file:/x/y/')],
  ['copy:', usual.replace('http://h.example/debian', 'copy:/x/y')],
  ['a type in capitals', usual.replace('deb', 'DEB')],
  ['$(ARCH) in the URI', usual.replace('debian', 'debian/$(ARCH)')],
  ['$(ARCH) in the suite', usual.replace('stable', 'stable-$(ARCH)')],
  ['Enabled: no', `${usual}Enabled: no\n`],
  ['Enabled: false', `${usual}Enabled: false\n`],
  ['Enabled: maybe', `${usual}Enabled: maybe\n`],
  ['architectures', `${usual}Architectures: amd64 arm64\n`],
  ['architectures with commas', `${usual}Architectures: amd64,arm64\n`],
  ['an architecture more', `${usual}Architectures-Add: arm64\n`],
  ['an architecture less', `${usual}Architectures-Remove: i386\n`],
  ['the own architecture taken away', `${usual}Architectures-Remove: amd64\n`],
  ['several URIs', usual.replace('debian\n', 'debian https://i.example/d\n')],
  ['slashes at the end', usual.replace('debian\n', 'debian///\n')],
  ['a URI with %20', usual.replace('debian\n', 'de%20bian\n')],
  ['blank lines', `\n\n${usual}\n\n\n# x\n\n${usual.replace('stable', 'b')}`],
  ['a line of blanks between stanzas', `${usual}   \n${usual.replace('stable', 'b')}`],
  ['no newline at the end', usual.trimEnd()],
  ['a component with a slash', usual.replace('main', 'updates/main')],
  ['a suite with a slash', usual.replace('stable', 'bookworm/updates')],
  ['suites on lines of their own', usual.replace(' stable', '\n stable\n other')],
  ['no suite', usual.replace('stable', '')],
  ['unknown fields', `${usual}X-Repolib-Name: hey\nInclude: foo\n`],
  ['suites with a comma', usual.replace('stable', 'stable,other')],
  ['only a comment', '# x\n'],
  ['no deb822', 'hello\n'],
  ['an unknown first field', usual.replace('Types', 'Type')],
  [
    'a vendor with everything',
    `${usual}Architectures: amd64\nLanguages: en\nTargets: Packages\nPDiffs: no\n`,
  ],
])('%s in a .sources file', (_what, text) => {
  test('is read as apt reads it', () => compare('x.sources', text));
});

describe.each([
  ['plain', line],
  ['CRLF', crlf(line)],
  ['CR without LF', line.replace('\n', '\r')],
  ['a comment at the end', line.replace('main', 'main # c')],
  ['tabs', line.replaceAll(' ', '\t')],
  ['blanks before it', `   ${line}`],
  ['the type in capitals', line.replace('deb', 'DEB')],
  ['blanks in the brackets', line.replace('deb', 'deb [ arch=amd64 lang=en ]')],
  ['no blank after the brackets', line.replace('deb ', 'deb [arch=amd64]')],
  ['a comma and a blank', line.replace('deb', 'deb [arch=amd64,arm64 ]')],
  ['an unknown option', line.replace('deb', 'deb [foo=bar]')],
  ['no option', line.replace('deb', 'deb []')],
  ['an architecture more', line.replace('deb', 'deb [arch+=arm64]')],
  ['an architecture less', line.replace('deb', 'deb [arch-=i386]')],
  ['an option in capitals', line.replace('deb', 'deb [ARCH=amd64]')],
  ['an option by its deb822 name', line.replace('deb', 'deb [architectures=amd64]')],
  ['an option without a value', line.replace('deb', 'deb [arch]')],
  ['enabled=no', line.replace('deb', 'deb [enabled=no]')],
  ['a quoted URI', line.replace('http://h.example/debian', '"http://h.example/debian"')],
  ['no component', line.replace(' main', '')],
  ['file:', line.replace('http://h.example/debian', 'file:/x')],
  ['file: in capitals', line.replace('http://h.example/debian', 'FILE:/x')],
  ['$(ARCH)', line.replace('debian', '$(ARCH)')],
  ['two types', line.replace('deb', 'deb deb-src')],
  ['another type', line.replace('deb', 'rpm')],
  ['a word', 'nonsense\n'],
  ['the same twice', line + line],
  ['more components on another line', `${line}deb http://h.example/debian/ stable contrib main\n`],
])('%s in a .list file', (_what, text) => {
  test('is read as apt reads it', () => compare('x.list', text));
});

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

async function compare(name: string, text: string): Promise<void> {
  const directory = join(aptRoot.root, 'etc/apt/sources.list.d');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await writeFile(join(directory, name), text);

  expect(await ours()).toEqual(await apts());
}

/** `refused`, or a line an index. */
async function ours(): Promise<string[] | 'refused'> {
  try {
    const setup = await readAptSetup(aptRoot.root);
    const { mirrors } = draftFromSources(setup);
    const lines = mirrors.flatMap(({ settings: { uri, suite, components, architectures } }) =>
      components.flatMap((component) =>
        (architectures ?? setup.architectures).map(
          (architecture) => `${uri} ${suite} ${component} ${architecture}`,
        ),
      ),
    );
    return [...new Set(lines)].toSorted();
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.apt-sources') return 'refused';
    throw error;
  }
}

async function apts(): Promise<string[] | 'refused'> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ARCHITECTURE)';
  const { stdout, exitCode } = await runApt(
    aptRoot,
    ['apt-get', 'indextargets', '--no-release-info', '--format', format, 'Created-By: Packages'],
    [0, 100],
  );
  if (exitCode !== 0) return 'refused';
  const lines = stdout.split('\n').filter((text) => text !== '' && !text.endsWith(' all'));
  return [...new Set(lines.map(asInConfig))].toSorted();
}

function asInConfig(text: string): string {
  const [uri = '', ...rest] = text.split(' ');
  const [, scheme = '', path = ''] = /^([^:]+):(.*?)\/*$/.exec(uri) ?? [];
  const isLocal = ['file', 'copy'].includes(scheme.toLowerCase());
  const written = isLocal ? `file://${path.replace(/^\/\//, '')}` : `${scheme.toLowerCase()}:${path}`;
  return [written, ...rest].join(' ');
}
