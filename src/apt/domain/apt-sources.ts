/**
 * Parses apt's source lists (sources.list(5)) of a machine, and renders `pommgr.sources`. With the rendered text,
 * `apt-get update` runs without warnings on exactly the files of a store; tried on apt 2.6 and 3.0.
 */
import { z } from 'zod';
import { parseOneLineSources, type RawSource } from './apt-one-line.ts';
import { fieldOf, parseStanzas, wordsOf, type Stanza } from './deb822.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export const archiveTypeSchema = z.enum(['deb', 'deb-src']);
export type ArchiveType = z.infer<typeof archiveTypeSchema>;

export type SourceFormat = 'deb822' | 'one-line';

/** What may sign a source: keyrings and fingerprints, or one armored key in the file itself. */
export type SignedBy =
  | { kind: 'keyrings'; paths: string[]; fingerprints: string[] }
  | { kind: 'key'; armored: string };

/** One stanza or line. Lists are as written; empty `architectures` leave the choice to apt. */
export interface SourceEntry {
  file: string;
  /** Number of its first line, from 1. */
  line: number;
  types: ArchiveType[];
  uris: string[];
  /** With a slash at the end for a flat repository, which has no components. */
  suites: string[];
  components: string[];
  architectures: string[];
  signedBy?: SignedBy;
  enabled: boolean;
  /** Absent where the source does not say. */
  trusted?: boolean;
  /** Any other option, by its deb822 field name in lower case. */
  otherOptions: ReadonlyMap<string, string>;
}

/**
 * Returns the entries of a source list, including disabled stanzas; `file` names it in messages.
 * @throws PommgrError `config.apt-sources`, with the line, for what apt could not read either.
 */
export function parseSources(text: string, options: { file: string; format: SourceFormat }): SourceEntry[] {
  const { file, format } = options;
  const raw =
    format === 'one-line'
      ? parseOneLineSources(text, file)
      : parseStanzas(text, { file, comments: true, code: 'config.apt-sources' }).map(rawOf);
  return raw.map((source) => entryOf(source, file));
}

function rawOf(stanza: Stanza): RawSource {
  const { line, fields } = stanza;
  const lists = ['types', 'uris', 'suites', 'components'];
  return {
    line,
    types: wordsOf(stanza, 'Types'),
    uris: wordsOf(stanza, 'URIs'),
    suites: wordsOf(stanza, 'Suites'),
    components: wordsOf(stanza, 'Components'),
    fields: new Map([...fields].filter(([name]) => !lists.includes(name))),
  };
}

function entryOf(raw: RawSource, file: string): SourceEntry {
  const { fields, ...lists } = raw;
  const stanza = { line: raw.line, fields };
  const trusted = booleanOf(fieldOf(stanza, 'Trusted'));
  const signedBy = fieldOf(stanza, 'Signed-By');
  const known = ['architectures', 'signed-by', 'trusted', 'enabled'];
  return {
    file,
    ...lists,
    types: archiveTypes(raw, file),
    architectures: architectureList(fieldOf(stanza, 'Architectures')),
    ...(signedBy === undefined ? {} : { signedBy: signedByOf(signedBy) }),
    enabled: booleanOf(fieldOf(stanza, 'Enabled')) ?? true,
    ...(trusted === undefined ? {} : { trusted }),
    otherOptions: new Map([...fields].filter(([name]) => !known.includes(name))),
  };
}

/** Blanks and commas separate a list of architectures. */
export function architectureList(text = ''): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function archiveTypes(raw: RawSource, file: string): ArchiveType[] {
  for (const [name, list] of [['Types', raw.types] as const, ['URIs', raw.uris] as const]) {
    if (list.length === 0) throw malformed(`expected a field ${name}, found none`, raw, file);
  }
  if (raw.suites.length === 0) throw malformed('expected a field Suites, found none', raw, file);
  return raw.types.map((type) => {
    if (type === 'deb' || type === 'deb-src') return type;
    throw malformed(`expected the type deb or deb-src, found ${JSON.stringify(type)}`, raw, file);
  });
}

function malformed(why: string, { line }: RawSource, file: string): PommgrError {
  return new PommgrError('config.apt-sources', `${file}, line ${line}: ${why}.`, { details: { file, line } });
}

function signedByOf(value: string): SignedBy {
  if (value.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) {
    const lines = value
      .trim()
      .split('\n')
      .map((line) => line.trim());
    return { kind: 'key', armored: `${lines.map((line) => (line === '.' ? '' : line)).join('\n')}\n` };
  }
  const words = value.split(/[\s,]+/).filter((word) => word !== '');
  return {
    kind: 'keyrings',
    paths: words.filter((word) => word.startsWith('/')),
    fingerprints: words.filter((word) => !word.startsWith('/')),
  };
}

/** Follows apt's rules for no and yes (apt-pkg's StringToBool). */
function booleanOf(text: string | undefined): boolean | undefined {
  const word = (text ?? '').toLowerCase();
  if (['no', 'false', 'without', 'off', 'disable', '0'].includes(word)) return false;
  return ['yes', 'true', 'with', 'on', 'enable', '1'].includes(word) ? true : undefined;
}

/** One mirror of a target, as a host's apt should see it. Paths are absolute and as apt sees them. */
export interface SourceStanza {
  types: readonly ArchiveType[];
  /** URI of the directory that holds `dists/`, or of a flat repository. */
  uri: string;
  suite: string;
  components: readonly string[];
  /**
   * Architectures of the mirror that the target has. With none, the stanza is left out, because apt would use its own.
   */
  architectures: readonly string[];
  /** The keyring file. */
  signedBy: string;
  /** Whether the directory has a Translation-en for each component whose Release lists one. */
  hasTranslations: boolean;
}

/**
 * Renders `pommgr.sources`, with a stanza for each mirror in the given order.
 * @throws PommgrError `config.store` when a keyring's path has a character that apt cannot read there.
 */
export function renderSources(input: {
  baseline: { name: string; digest: string };
  stanzas: readonly SourceStanza[];
  /** Address of the store that has the packages, where that is another host. */
  packagesFrom?: string | null;
}): string {
  const { packagesFrom = null } = input;
  const head = [
    '# Written by pommgr, which replaces this file with each baseline. Do not edit it.',
    `# Baseline: ${input.baseline.name}`,
    `# Digest:   sha256:${input.baseline.digest}`,
    ...(packagesFrom === null ? [] : [`# Packages: ${packagesFrom}`]),
  ];
  const stanzas = input.stanzas.filter(({ architectures }) => architectures.length > 0).map(renderStanza);
  return `${[head, ...stanzas].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/**
 * Returns the same sources, which apt accepts without a good signature of upstream; the caller must have checked them.
 */
export function trustSources(text: string): string {
  return text.replaceAll(/^Signed-By: .*$/gm, '$&\nTrusted: yes');
}

/**
 * By-Hash is off because a store has no by-hash directories, and apt tries them first where Release offers them.
 * Targets are named because apt fails on an index that Release lists and the store lacks, such as the Contents that
 * apt-file requests.
 */
function renderStanza(stanza: SourceStanza): string[] {
  const targets = [
    'Packages',
    ...(stanza.types.includes('deb-src') ? ['Sources'] : []),
    ...(stanza.hasTranslations ? ['Translations'] : []),
  ];
  return [
    `Types: ${stanza.types.join(' ')}`,
    `URIs: ${stanza.uri}`,
    `Suites: ${stanza.suite}`,
    ...(stanza.components.length === 0 ? [] : [`Components: ${stanza.components.join(' ')}`]),
    `Architectures: ${stanza.architectures.join(' ')}`,
    `Signed-By: ${readableKeyringPath(stanza.signedBy)}`,
    'Check-Valid-Until: no',
    'By-Hash: no',
    `Targets: ${targets.join(' ')}`,
    `Languages: ${stanza.hasTranslations ? 'en' : 'none'}`,
  ];
}

/**
 * Returns the URI of a directory for a source list. It has three slashes because the repository panels of Proxmox's
 * products recognise a local repository only by a `://` in its URI, and report "no repository is enabled" without it.
 * apt reads, prints and names lists by `file:/DIR` and `file:///DIR` alike. apt decodes %XX everywhere in a file URI,
 * so every character that could have a meaning is encoded.
 */
export function fileUri(path: string): string {
  return `file://${encodeURIComponent(path)
    .replaceAll('%2F', '/')
    .replace(/[!'()*~]/g, percent)}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Signed-By is a list: blanks and commas separate it, and gpgv in apt 2.6 splits at colons. There is no escape. */
function readableKeyringPath(path: string): string {
  const found = /[\s,:]/.exec(path)?.[0];
  if (found === undefined) return path;
  throw new PommgrError(
    'config.store',
    `apt cannot read the keyring ${path}: expected a path without blanks, commas and colons, found ${JSON.stringify(found)}.`,
    {
      hints: ['Name a store whose path has none of these with --store.'],
      details: { file: path, found },
    },
  );
}
