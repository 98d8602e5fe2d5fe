#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// On a large machine V8 lets garbage pile up before it collects. This keeps 70,000 packages well inside 250 MiB
// (npm run bench), and must come before anything else is loaded.
setFlagsFromString('--optimize-for-size');

// A reader that went away (`pommgr … | head`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

const url = new URL('../dist/ui/main.js', import.meta.url).href;
const { main } = /** @type {typeof import('../src/ui/main.ts')} */ (await import(url));
await main(process.argv.slice(2), import.meta.url);
