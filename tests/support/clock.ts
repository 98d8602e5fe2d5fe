/** An own clock for the program under test: trust is judged by the real one, which no environment variable moves. */
import { vi } from 'vitest';

/** Sets the clock of this process; `vi.useRealTimers()` sets it right again. */
export function setClock(time: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
}

/** Environment for a Node.js process whose clock starts at `time`. */
export function clockEnvironment(time: string): Record<string, string> {
  const code = `const offset = ${Date.parse(time)} - Date.now();
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...given);
  }
  static now() {
    return RealDate.now() + offset;
  }
};`;
  return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(code).toString('base64')}` };
}
