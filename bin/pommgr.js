#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { prepareProcess } from './start.js';

prepareProcess();
const { answerQuickly } = await import('./quick.js');

const own = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);
const answered = await answerQuickly(process.argv.slice(2), {
  read: (path) => readFileSync(own(path), 'utf8'),
  lastCheck: async () =>
    /** @type {typeof import('../src/snapshot/adapters/last-check.ts')} */ (
      await import(own('dist/snapshot/adapters/last-check.js').href)
    ),
  unchangedText: async () =>
    /** @type {typeof import('../src/snapshot/ui/unchanged-text.ts')} */ (
      await import(own('dist/snapshot/ui/unchanged-text.js').href)
    ),
});
if (!answered) {
  const { runProgram } = /** @type {{ runProgram: () => Promise<void> }} */ (
    await import(own('dist/program/code/program.mjs').href)
  );
  await runProgram();
}
