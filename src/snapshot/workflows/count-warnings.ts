/** Wraps a context to record whether a run warned of something: such a run is not remembered as a good one. */
import type { Context, Progress } from '../../core/domain/progress.ts';

export function countWarnings(context: Context): { context: Context; warned: () => boolean } {
  const { progress } = context;
  let count = 0;
  const counting: Progress = {
    step: (text) => progress.step(text),
    note: (text) => progress.note(text),
    meter: (text, total) => progress.meter(text, total),
    warn(text) {
      count += 1;
      progress.warn(text);
    },
  };
  return { context: { ...context, progress: counting }, warned: () => count > 0 };
}
