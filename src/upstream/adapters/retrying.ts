/** Repeats work on the network when its failure may be temporary. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PommgrError } from '../../core/domain/errors.ts';
import { isPassingStatus, retryDelayMs } from '../../core/domain/retry.ts';

export interface RetryOptions {
  retries: number;
  signal: AbortSignal;
  /** Wait before the first retry, in milliseconds; it doubles. Default: 500. */
  firstDelayMs?: number;
}

/**
 * Repeats `work` after `network.timeout`, `network.connection` and a temporary `network.status`.
 * @throws the last failure, with the number of attempts in its message; PommgrError `interrupted.signal`.
 */
export async function retrying<Result>(options: RetryOptions, work: () => Promise<Result>): Promise<Result> {
  const { retries, signal, firstDelayMs = 500 } = options;
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) throw interrupted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PommgrError) || !mayPass(error)) throw error;
      if (attempt > retries) throw attempt === 1 ? error : afterAttempts(error, attempt);
      const { retryAfterMs } = error.details;
      await pause(
        retryDelayMs(attempt, {
          firstDelayMs,
          random: Math.random(),
          retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 0,
        }),
        signal,
      );
    }
  }
}

function mayPass(error: PommgrError): boolean {
  if (error.code === 'network.status') return isPassingStatus(Number(error.details['status']));
  return error.code === 'network.timeout' || error.code === 'network.connection';
}

function afterAttempts(error: PommgrError, attempts: number): PommgrError {
  return new PommgrError(error.code, `${error.message} Tried ${attempts} times.`, {
    hints: error.hints,
    details: { ...error.details, attempts },
    cause: error,
  });
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw error;
  }
}

function interrupted(): PommgrError {
  return new PommgrError('interrupted.signal', 'Interrupted while downloading.');
}
