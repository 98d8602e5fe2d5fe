/**
 * What fixtures leave behind is put away when the test file that used them has ended. Test files of one project
 * share a process, where a module is loaded once: a hook of its own would run after the first file alone.
 */
const cleanups: (() => Promise<void> | void)[] = [];

/** Registers a cleanup, once per fixture module; it runs after each test file and must allow to be run again. */
export function afterTestFile(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** Runs all of them, the last registered first: what is mounted goes before the directory that it is mounted on. */
export async function endTestFile(): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanup of cleanups.toReversed())
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  if (failures.length > 0) throw new AggregateError(failures, 'a fixture could not be put away');
}
