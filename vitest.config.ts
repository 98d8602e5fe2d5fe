import { defineConfig } from 'vitest/config';

const report = process.env['VITEST_JSON_REPORT'];
/** Tests of whole workflows, commands and programs: each file in a process of its own. */
const whole = ['workflows', 'commands', 'contract', 'e2e'].map((folder) => `tests/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 300_000,
    disableConsoleIntercept: true,
    setupFiles: ['tests/support/each-file.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      { extends: true, test: { name: 'whole', include: whole } },
      {
        extends: true,
        test: { name: 'rooms', include: ['tests/**/*.test.ts'], exclude: whole, isolate: false },
      },
    ],
  },
});
