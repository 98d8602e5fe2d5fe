/**
 * Kills or fails this process where a test asks for it: operations that change the disk, and child processes, are
 * counted, and $POMMGR_FAULT_AT selects one. Without that variable an operation is called and nothing else happens.
 */
import { writeSync } from 'node:fs';
import { PommgrError } from '../domain/errors.ts';
import { locateError } from './error-place.ts';

/**
 * `12` kills the process right before the 12th operation, `12+` right after it. `12:EIO` fails that operation,
 * `12+:EIO` fails it and all later ones. `12:SIGINT` sends this process that signal before it. `list` writes each
 * operation to standard error.
 */
interface Fault {
  number: number;
  plus: boolean;
  /** Code of the system error to fail with; without one the process is killed. */
  code: string | undefined;
}

const variable = process.env['POMMGR_FAULT_AT'];
const fault = variable === undefined ? undefined : parseFault(variable);
const isListing = variable === 'list';
let count = 0;

/**
 * Runs `work`, which is one operation. `what` names it as `<verb> <path>` or `<verb> <path> to <path>`, for a system
 * error and for the last message of a killed process.
 */
export async function operate<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await (fault === undefined ? work() : operateWithFault(what, { fault, work }));
  } catch (error) {
    const path = /^(?:.* to |\w+ )(\S.*)$/.exec(what)?.[1];
    if (path !== undefined) await locateError(error, path);
    throw error;
  }
}

async function operateWithFault<T>(
  what: string,
  { fault, work }: { fault: Fault; work: () => Promise<T> },
): Promise<T> {
  count += 1;
  if (isListing) writeSync(2, `operation ${count}: ${what}\n`);
  const { number, plus, code } = fault;
  const isHit = count === number;
  if (code?.startsWith('SIG') === true) {
    if (isHit) await signalSelf(code as NodeJS.Signals);
    return work();
  }
  if (code !== undefined && (isHit || (plus && count > number))) throw systemError(code, what);
  if (code === undefined && isHit && !plus) die(what);
  const result = await work();
  if (code === undefined && isHit) die(what);
  return result;
}

/** The signal handlers run before the operation does. */
async function signalSelf(signal: NodeJS.Signals): Promise<void> {
  process.kill(process.pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
}

function parseFault(text: string): Fault {
  if (text === 'list') return { number: 0, plus: false, code: undefined };
  const [, number, plus, code] = /^([1-9][0-9]*)(\+?)(?::(E[A-Z]+|SIG[A-Z]+))?$/.exec(text) ?? [];
  if (number === undefined) {
    throw new PommgrError(
      'usage.environment',
      `POMMGR_FAULT_AT is for tests: expected a number, found "${text}".`,
    );
  }
  return { number: Number(number), plus: plus === '+', code };
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: POMMGR_FAULT_AT, ${what}`), { code });
}

function die(what: string): never {
  writeSync(2, `killed at ${count}: ${what}\n`);
  process.kill(process.pid, 'SIGKILL');
  // SIGKILL ends the process before this is reached.
  throw new PommgrError('bug.fault', 'SIGKILL did not end the process.');
}
