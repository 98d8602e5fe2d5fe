/** Defines `--approver`, for the commands that show or change whose keys a host trusts. */
import { Flags } from '@oclif/core';

export const approverFlag = {
  approver: Flags.boolean({ summary: 'The keys of approvers, not those of signers.' }),
};
