/** Defines `advisories` of pommgr.yaml: security data that is taken with each baseline. */
import { z } from 'zod';
import type { CheckFailure } from './config-issues.ts';
import type { AccessFile } from './mirror.ts';
import { textSchema } from './mirror-settings.ts';

/** Part of a file name that every file system accepts. */
export const advisoryNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens');
export const advisoryFormatSchema = z.enum(['tracker', 'debsecan', 'osv']);
export type AdvisoryFormat = z.infer<typeof advisoryFormatSchema>;

export const advisorySchema = z.strictObject({
  name: advisoryNameSchema.describe('Name of the data, unique.'),
  format: advisoryFormatSchema.describe(
    "Format: tracker (JSON of Debian's security tracker), debsecan (what debsecan reads), or osv (Open Source Vulnerability format: an entry, a list of entries, or one after the other).",
  ),
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/, 'expected an http:// or https:// URI without a login')
    .optional()
    .describe('Address that it is fetched from at each new baseline. Either this or file.'),
  file: textSchema.optional().describe('File that was brought here. Either this or url.'),
  release: textSchema
    .optional()
    .describe('Debian release of the data, by its codename. Only debsecan needs it: its data does not say.'),
  maxAgeDays: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Days after which the data is too old: no baseline is made with it.'),
  authFile: textSchema
    .optional()
    .describe('File with the login, as apt_auth.conf(5) has it, for its owner only.'),
  caFile: textSchema
    .optional()
    .describe('Certificates (PEM) that its server is checked against, in place of those of the system.'),
  clientCertificate: textSchema.optional().describe('Certificate (PEM) that is shown to its server.'),
  clientKey: textSchema
    .optional()
    .describe('Private key of clientCertificate. Default: it is in the same file.'),
});
/** One entry, its paths absolute after `completeAdvisories`. */
export type AdvisorySettings = z.infer<typeof advisorySchema>;

/** Names of files on media that begin with this are those of security data. */
export const advisoryPrefix = 'advisories';

export function checkAdvisories(advisories: readonly AdvisorySettings[]): CheckFailure[] {
  return advisories.flatMap(({ url, file, format, release }, index) => {
    const failures: CheckFailure[] = [];
    if ((url === undefined) === (file === undefined))
      failures.push({ path: ['advisories', index], message: 'expected either url or file, and not both' });
    if ((format === 'debsecan') !== (release !== undefined))
      failures.push({
        path: ['advisories', index, ...(release === undefined ? [] : ['release'])],
        message:
          release === undefined
            ? 'expected release: the data of debsecan does not say which release it is for'
            : 'expected no release: only the data of debsecan needs it',
      });
    return failures;
  });
}

const paths = ['file', 'authFile', 'caFile', 'clientCertificate', 'clientKey'] as const;

/** Makes the paths absolute. */
export function completeAdvisories(
  advisories: readonly AdvisorySettings[],
  absolute: (path: string) => string,
): AdvisorySettings[] {
  return advisories.map((settings) => {
    const complete = { ...settings };
    for (const path of paths) if (complete[path] !== undefined) complete[path] = absolute(complete[path]);
    return complete;
  });
}

/** Addresses with the files that give access to them, as the downloader takes them. */
export function advisoryLogins(
  advisories: readonly AdvisorySettings[],
): ({ uri: string } & Partial<Record<AccessFile, string>>)[] {
  return advisories.flatMap(({ url, authFile, caFile, clientCertificate, clientKey }) =>
    url === undefined
      ? []
      : [
          {
            uri: new URL('.', url).href.replace(/\/$/, ''),
            ...(authFile === undefined ? {} : { authFile }),
            ...(caFile === undefined ? {} : { caFile }),
            ...(clientCertificate === undefined ? {} : { clientCertificate }),
            ...(clientKey === undefined ? {} : { clientKey }),
          },
        ],
  );
}
