/** Recognises failures that are the repository's fault, and not the connection's. */
import { PommgrError } from '../../core/domain/errors.ts';

/**
 * Returns whether upstream lacks the file, or has another one than its own indices say. S3 and some CDNs answer 403 for
 * a missing file; where a login was sent, 403 is about the login.
 */
export function isUpstreamFault(error: unknown): error is PommgrError {
  if (!(error instanceof PommgrError)) return false;
  if (error.code === 'network.login')
    return error.details['status'] === 403 && error.details['loginSent'] === false;
  return error.code === 'network.missing' || error.code.startsWith('integrity.');
}

/**
 * Returns whether the server answered without sending the file: it may have it under another name, which apt tries
 * next.
 */
export function isRefusal(error: unknown): error is PommgrError {
  return error instanceof PommgrError && refusals.test(error.code);
}

const refusals = /^(?:network\.(?:missing|login|status|redirect|range)$|integrity\.)/;
