/** Defines a mirror: one APT repository and suite, with the part of it that a baseline takes. */
import { z } from 'zod';
import type { ArchiveType } from '../../apt/domain/apt-sources.ts';

/** The packages of a mirror that are left out. `skip` has its meaning in POM; an empty `include` takes everything. */
export const filtersSchema = z.strictObject({
  skip: z.strictObject({ packages: z.array(z.string()), sections: z.array(z.string()) }),
  include: z.strictObject({ packages: z.array(z.string()) }),
  versions: z.enum(['all', 'latest']),
});
export type Filters = z.infer<typeof filtersSchema>;

export const noFilters: Filters = {
  skip: { packages: [], sections: [] },
  include: { packages: [] },
  versions: 'all',
};

/** Returns whether a mirror with these filters lists packages that a baseline does not hold. */
export function isFiltered(filters: Filters): boolean {
  return (
    filters.versions === 'latest' ||
    filters.include.packages.length > 0 ||
    filters.skip.packages.length > 0 ||
    filters.skip.sections.length > 0
  );
}

/** The product whose subscription key POM uses for a repository. */
export const subscriptionSchema = z.enum(['pve', 'pbs', 'pmg', 'pom']);
export type Subscription = z.infer<typeof subscriptionSchema>;

/** The settings of a mirror that name a file which its server or its connection needs. */
export type AccessFile = 'authFile' | 'caFile' | 'clientCertificate' | 'clientKey';

export interface Mirror {
  id: string;
  types: ArchiveType[];
  /** Base URI without a slash at its end; never with a user or password in it. */
  uri: string;
  suite: string;
  /** Sorted. */
  components: string[];
  /** Sorted, without `all`, which is always taken where upstream offers it. */
  architectures: string[];
  /** Path of an OpenPGP keyring, binary or armored. */
  keyring: string;
  /** Path of a file with the login, in the format of apt_auth.conf(5). */
  authFile?: string;
  /** Path of the certificates (PEM) that its server is checked against, in place of the system's (CaInfo of apt.conf). */
  caFile?: string;
  /** Path of the certificate (PEM) that is shown to its server (SslCert of apt.conf). */
  clientCertificate?: string;
  /** Path of the private key of `clientCertificate` (SslKey of apt.conf). Default: it is in the same file. */
  clientKey?: string;
  /** The product whose subscription key, which POM knows, is the login; only the pom engine can. */
  useSubscription?: Subscription;
  /** Whether a Release past its Valid-Until is refused; false only for archives of old releases. */
  checkValidUntil: boolean;
  filters: Filters;
}
