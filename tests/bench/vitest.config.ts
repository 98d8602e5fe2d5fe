import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/bench/*.bench.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
    setupFiles: ['tests/support/each-file.ts'],
    pool: 'forks',
    fileParallelism: false,
    reporters: ['dot'],
  },
});
