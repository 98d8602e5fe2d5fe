/** Defines the flags of the commands that write to a medium. */
import { Flags } from '@oclif/core';

export const allowLocalFlag = Flags.boolean({
  summary: 'Write to a directory of this machine: one on the file system of / or of baseDir.',
});
