/** Parses the text of a pommgr.yaml: the result is its values if all of it is valid, else every issue. */
import { checkConfig } from './config-checks.ts';
import { issueAt, schemaIssues, type ConfigIssue } from './config-issues.ts';
import { configSchema, type ConfigFile } from './config.ts';
import { checkVersion } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { redactSecrets } from '../../core/domain/redaction.ts';
import { parseYaml } from './yaml-text.ts';

/**
 * Parses and checks; `file` names it in messages.
 * @throws PommgrError `config.syntax` (not YAML, or YAML that is refused), `config.version` (of another
 * major version), `config.invalid` (all issues of the values, each with line and column).
 */
export function parseConfig(text: string, file: string): ConfigFile {
  const yaml = parseYaml(text);
  if (yaml.problems.length > 0)
    throw issuesError(
      'config.syntax',
      file,
      yaml.problems.map((problem) => ({ path: '', ...problem })),
    );
  const { line, column } = yaml.locate(['schema']);
  checkVersion(yaml.value, { noun: 'config' }, `${file}:${line}:${column}`);
  const result = configSchema.safeParse(yaml.value);
  if (!result.success)
    throw issuesError('config.invalid', file, schemaIssues(result.error, configSchema, yaml));
  const issues = checkConfig(result.data).map(({ path, message }) => issueAt(yaml, path, message));
  if (issues.length > 0) throw issuesError('config.invalid', file, issues);
  return result.data;
}

function issuesError(
  code: 'config.syntax' | 'config.invalid',
  file: string,
  issues: ConfigIssue[],
): PommgrError {
  const sorted = issues
    .map((issue) => ({ ...issue, message: redactSecrets(issue.message) }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map(
    ({ line, column, path, message }) =>
      `  ${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  const head = sorted.length === 1 ? `The config has an error:` : `The config has ${sorted.length} errors:`;
  return new PommgrError(code, [head, ...lines].join('\n'), {
    hints: [
      'Correct the file, then run the same command again. The examples/ directory has complete configs.',
    ],
    details: { file, issues: sorted },
  });
}
