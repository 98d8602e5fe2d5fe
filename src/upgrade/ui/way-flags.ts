/** Flags of the commands that work on a way of a major upgrade. */
import { Flags } from '@oclif/core';

export const wayFlags = {
  baseline: Flags.string({ summary: 'Baseline of the store. Default: the applied one.', helpValue: 'NAME' }),
  way: Flags.string({ summary: 'Way of the baseline, where several fit the host.', helpValue: 'NAME' }),
};
