/** Defines the one error type of pommgr, and the exit code of each family of errors. */

import { printable, printableName } from './printable.ts';

import type { ErrorCode } from './error-codes.ts';

/** Exit codes by family. */
export const exitCodes = {
  no: 1,
  usage: 2,
  config: 3,
  trust: 4,
  integrity: 5,
  network: 6,
  tool: 7,
  state: 8,
  refused: 9,
  bug: 70,
  interrupted: 130,
} as const;

/** SIGTERM exits with 128 plus its number, as in a shell; SIGINT with the code of its family. */
const terminatedExitCode = 143;

export type ErrorFamily = keyof typeof exitCodes;

export type { ErrorCode };

export interface ErrorOptions {
  /** What the user can do next, one sentence each. */
  hints?: string[];
  /** Machine-readable facts: expected, found, file, … Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * States what failed, in which file, what was expected and what was found; the hints say what to do. Control characters
 * in both are escaped here, whatever text they quote.
 */
export class PommgrError extends Error {
  readonly code: ErrorCode;
  readonly hints: string[];
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PommgrError';
    this.code = code;
    this.hints = (options.hints ?? []).map(printableName);
    this.details = options.details ?? {};
  }

  get family(): ErrorFamily {
    return this.code.slice(0, this.code.indexOf('.')) as ErrorFamily;
  }

  get exitCode(): number {
    return this.code === 'interrupted.terminated' ? terminatedExitCode : exitCodes[this.family];
  }
}
