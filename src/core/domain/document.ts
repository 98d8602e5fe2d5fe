/** Reads our JSON documents: known schema name, known major version, exactly the expected members. */
import type { z } from 'zod';
import { PommgrError, type ErrorCode } from './errors.ts';

export interface DocumentKind<T> {
  /** The noun in `pommgr/<noun>/v1`. */
  noun: string;
  /** Major versions that the schema accepts, the newest last. Default: only 1. */
  versions?: readonly number[];
  schema: z.ZodType<T>;
  /** Code of the error when the text is not such a document. Default: `config.document`. */
  code?: ErrorCode;
}

/**
 * Parses and validates a document; `where` names the file in messages.
 * @throws PommgrError `kind.code`, or `config.version` when a newer pommgr wrote it.
 */
export function parseDocument<T>(text: string, kind: DocumentKind<T>, where: string): T {
  const code = kind.code ?? 'config.document';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PommgrError(code, `${where} is not valid JSON: ${(error as Error).message}.`, { cause: error });
  }
  checkVersion(value, kind, where);
  const result = kind.schema.safeParse(value);
  if (result.success) return result.data;
  throw new PommgrError(code, `${where} is not a valid ${kind.noun} document: ${issuesText(result.error)}.`, {
    hints: ['The file was changed, or another program wrote it. Take a good copy of it.'],
    details: { file: where },
  });
}

/** @throws PommgrError `config.version` when `value` names a major version of its schema that is not read here. */
export function checkVersion(
  value: unknown,
  { noun, versions = [1] }: Pick<DocumentKind<unknown>, 'noun' | 'versions'>,
  where: string,
): void {
  const name = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  const major =
    typeof name === 'string' ? new RegExp(`^pommgr/${noun}/v([0-9]{1,6})$`).exec(name)?.[1] : undefined;
  if (major === undefined || versions.includes(Number(major))) return;
  const expected = versions.map((version) => `pommgr/${noun}/v${version}`).join(' and ');
  throw new PommgrError(
    'config.version',
    `${where} has the schema ${String(name)}; this pommgr reads ${expected}.`,
    {
      hints: [
        `Use a pommgr that reads version ${major} of this file: the one that wrote it, or a newer one.`,
      ],
      details: { file: where, found: name, expected },
    },
  );
}

/** Formats the first few issues of a zod error on one line: `content.mirrors[0].id: expected …`. */
export function issuesText(error: z.ZodError): string {
  const texts = error.issues
    .slice(0, 3)
    .map((issue) => `${shortened(pathText(issue.path))}: ${shortened(issue.message)}`);
  if (error.issues.length > 3) texts.push(`and ${error.issues.length - 3} more`);
  return texts.join('; ');
}

/** Both may contain names that others chose. */
function shortened(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)} …`;
}

/** `mirrors[2].uri`; `document` for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text === '' ? 'document' : text.replace(/^\./, '');
}
