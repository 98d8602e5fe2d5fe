/** Defines the settings of one mirror in pommgr.yaml. pommgr.yaml(5) is made from their texts. */
import { z } from 'zod';
import { archiveTypeSchema } from '../../apt/domain/apt-sources.ts';
import { mirrorIdSchema } from '../../core/domain/names.ts';
import { isPackageGlob } from './filters.ts';
import { subscriptionSchema } from './mirror.ts';

export const textSchema = z.string().min(1);
const textsSchema = z.array(textSchema);
export const architectureSchema = z
  .string()
  .regex(
    /^(?!(any|source|all)$)[a-z0-9][a-z0-9-]+$/,
    'expected an architecture like amd64 ("all" comes by itself)',
  );
/** A package's name or a glob for some, as filters.ts has them. */
export const packageGlobSchema = z
  .string()
  .refine(isPackageGlob, 'expected a package name, in which * ? [abc] and {a,b} match');

export const mirrorConfigSchema = z.strictObject({
  id: mirrorIdSchema.describe(
    'Name of the mirror, unique, 3 to 32 characters. It is part of every baseline: do not change it later.',
  ),
  uri: z
    .string()
    .refine(isRepositoryUri, 'expected an http://, https:// or file:// URI without "?" and "#"')
    .refine(
      (uri) => !/^[a-z]+:\/\/[^/]*@/.test(uri),
      'expected a URI without a login: put that into a file and name it in authFile',
    )
    .describe('Address of the repository: http://, https:// or file:///, as in sources.list(5).'),
  suite: textSchema
    .refine(
      isSuite,
      'expected the name of a suite, or the directory of a flat repository with "/" at its end, without ".." and blanks',
    )
    .describe('Name of the suite, or the directory of a flat repository with a slash at its end.'),
  components: textsSchema.default([]).describe('Components; none in a flat repository, and only there.'),
  architectures: z
    .array(architectureSchema)
    .min(1)
    .optional()
    .describe('Architectures to mirror. Default: those of the whole config.'),
  types: z
    .array(archiveTypeSchema)
    .min(1)
    .optional()
    .describe('deb for packages, deb-src for sources. Default: deb.'),
  keyring: textSchema.describe(
    'OpenPGP keyring, binary or armored, with the certificates that may sign its Release file.',
  ),
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
  useSubscription: subscriptionSchema
    .optional()
    .describe(
      'Product whose subscription key, which Proxmox Offline Mirror knows, is the login; with the pom engine.',
    ),
  checkValidUntil: z
    .boolean()
    .optional()
    .describe(
      'Whether a Release file past its Valid-Until is refused. Default: true; false is for archives of old releases.',
    ),
  skip: z
    .strictObject({
      packages: z
        .array(packageGlobSchema)
        .optional()
        .describe('Packages to leave out; * ? [abc] and {a,b} match.'),
      sections: textsSchema.optional().describe('Sections to leave out, e.g. debug.'),
    })
    .optional()
    .describe('What is left out, as Proxmox Offline Mirror means it. Hosts do not see it.'),
  include: z
    .strictObject({
      packages: z
        .array(packageGlobSchema)
        .optional()
        .describe('Packages to mirror; what they depend on is not added by itself.'),
    })
    .optional()
    .describe('What alone is taken. Default: everything.'),
  versions: z
    .enum(['all', 'latest'])
    .optional()
    .describe('All versions that the repository lists, or the latest of each package. Default: all.'),
});

/** A mirror as the file has it, defaults left out. */
export type MirrorConfig = z.infer<typeof mirrorConfigSchema>;

function isSuite(suite: string): boolean {
  return /^[!-~]+$/.test(suite) && !/[#"[\]]/.test(suite) && !suite.split('/').includes('..');
}

function isRepositoryUri(uri: string): boolean {
  return /^(https?:\/\/[^\s/?#]+|file:\/\/\/)[^\s?#]*$/.test(uri) && URL.canParse(uri);
}
