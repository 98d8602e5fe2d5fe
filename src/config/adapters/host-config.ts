/**
 * Reads the host's own settings, `<root>/etc/pommgr/config.yaml`: where its store is, how many keys must sign, and how
 * many approvers must approve.
 */
import { z } from 'zod';
import { issuesText } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';

export const hostConfigSchema = z.strictObject({
  schema: z.literal('pommgr/host-config/v1').optional().describe('Format of this file.'),
  store: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .optional()
    .describe('Directory of the store, on one file system. Default: /var/lib/pommgr.'),
  signing: z
    .strictObject({
      threshold: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .describe('How many different trusted keys must have signed whatever comes on a medium.'),
    })
    .optional()
    .describe('What counts as signed.'),
  approval: z
    .strictObject({
      threshold: z
        .int()
        .min(1)
        .max(16)
        .describe('How many different approvers must have approved a bundle before it is applied.'),
    })
    .optional()
    .describe('Who must have approved a bundle: the keys in /etc/pommgr/approvers.d. Default: nobody.'),
  upgrade: z
    .strictObject({
      dpkgOptions: z
        .array(z.enum(['--force-confdef', '--force-confold', '--force-confnew', '--force-confmiss']))
        .default(['--force-confdef', '--force-confold'])
        .describe(
          'Answers of dpkg to questions about configuration files in "upgrade-release next --run". By default changed files stay.',
        ),
    })
    .optional()
    .describe('How a major upgrade runs.'),
});
type HostConfig = z.infer<typeof hostConfigSchema>;

const maxHostConfigBytes = 64 * 1024;

/** @throws PommgrError `config.invalid` for a file that is no such config; none at all is an empty one. */
export async function readHostConfig(root: string): Promise<HostConfig> {
  const file = await pathInRoot(root, '/etc/pommgr/config.yaml');
  let text: string;
  try {
    text = (await readPlainFile(file, maxHostConfigBytes)).toString('utf8');
  } catch (error) {
    if (isAbsent(error)) return {};
    throw error;
  }
  const { parseYaml } = await import('../domain/yaml-text.ts');
  const { value, problems } = parseYaml(text);
  const problem = problems[0];
  if (problem !== undefined) throw invalid(`${file}:${problem.line}:${problem.column}: ${problem.message}`);
  const result = hostConfigSchema.safeParse(value ?? {});
  if (!result.success) throw invalid(`${file}: ${issuesText(result.error)}`);
  return result.data;
}

function invalid(what: string): PommgrError {
  return new PommgrError('config.invalid', `The host's config has an error: ${what}.`, {
    hints: [
      'The settings are "store: /absolute/path", "signing: { threshold: 2 }", "approval: { threshold: 1 }" and "upgrade: { dpkgOptions: [--force-confold] }".',
    ],
  });
}
