/** Defines `--config`, only for the commands that read the online side's config. */
import { Flags } from '@oclif/core';

export const configFlag = {
  config: Flags.file({
    summary: 'Config file. Default: $POMMGR_CONFIG, ./pommgr.yaml, /etc/pommgr/pommgr.yaml.',
    helpGroup: 'GLOBAL',
    helpValue: 'FILE',
  }),
};
