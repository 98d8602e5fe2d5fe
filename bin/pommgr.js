#!/usr/bin/env node
import { execute } from '@oclif/core';

// A reader that went away (`pommgr … | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

await execute({ dir: import.meta.url });
