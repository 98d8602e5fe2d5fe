/** Parses and formats the repository line of a POM mirror: apt's one-line format, with one URI and one suite. */
import { parseOneLineSources } from '../../apt/domain/apt-one-line.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { ArchiveType } from '../../apt/domain/apt-sources.ts';

export interface PomRepository {
  type: ArchiveType;
  /** Without a login and without slashes at its end. */
  uri: string;
  suite: string;
  /** Sorted. */
  components: string[];
  /** Whether the line's URI has a login in it. */
  hasLogin: boolean;
}

/** The line for a mirror that POM can express. */
export function formatPomRepository(mirror: Pick<Mirror, 'types' | 'uri' | 'suite' | 'components'>): string {
  return [mirror.types[0], mirror.uri, mirror.suite, ...mirror.components].join(' ');
}

/**
 * Reads a line; returns undefined for one that is no `deb` or `deb-src` repository. Options in brackets are ignored.
 */
export function parsePomRepository(line: string): PomRepository | undefined {
  const source = sourceOf(line);
  const [type] = source?.types ?? [];
  const [uri = ''] = source?.uris ?? [];
  if (source === undefined || (type !== 'deb' && type !== 'deb-src') || !URL.canParse(uri)) return undefined;
  const withoutLogin = uri.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');
  return {
    type,
    uri: withoutLogin.replace(/\/+$/, ''),
    suite: source.suites[0] ?? '',
    components: [...new Set(source.components)].toSorted(compareText),
    hasLogin: withoutLogin !== uri,
  };
}

function sourceOf(line: string) {
  try {
    const sources = parseOneLineSources(line, 'POM');
    return sources.length === 1 ? sources[0] : undefined;
  } catch (error) {
    if (error instanceof PommgrError && error.code === 'config.apt-sources') return undefined;
    throw error;
  }
}
