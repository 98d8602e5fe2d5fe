#!/usr/bin/env node
import { prepareProcess } from './start.js';

prepareProcess();
const { answerQuickly } = await import('./quick.js');
if (!(await answerQuickly(process.argv.slice(2)))) {
  const url = new URL('../dist/core/ui/main.js', import.meta.url).href;
  const { main } = /** @type {typeof import('../src/core/ui/main.ts')} */ (await import(url));
  await main(process.argv.slice(2), import.meta.url);
}
