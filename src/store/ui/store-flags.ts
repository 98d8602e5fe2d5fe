/** Defines the flags by which every command on a host names the host and its store. */
import { Flags } from '@oclif/core';

export const storeFlags = {
  root: Flags.directory({
    summary: "Work on the system below this directory. Default: the machine's own.",
    helpValue: 'DIR',
  }),
  store: Flags.string({
    summary: 'The store. Default: as the host is configured, else /var/lib/pommgr.',
    helpValue: 'DIR',
  }),
};

/** For commands that change something. */
export const dryRunFlag = {
  'dry-run': Flags.boolean({ summary: 'Show what would change; change nothing.' }),
};

/** For commands that read a medium only on request: they decide which signatures are accepted there. */
export const mediumTrustFlags = {
  key: Flags.file({
    multiple: true,
    relationships: [{ type: 'all', flags: ['media'] }],
    summary: "With --media: trust this public key of its signer instead of the machine's own.",
    helpValue: 'FILE',
  }),
  root: Flags.directory({
    relationships: [{ type: 'all', flags: ['media'] }],
    summary: 'With --media: take the trusted keys from the system below this directory.',
    helpValue: 'DIR',
  }),
};
