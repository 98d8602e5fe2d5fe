/** Which failures are the repository's own, and no connection's. */
import { PommgrError } from '../../core/domain/errors.ts';

/**
 * A file that upstream lacks, or has other than its own indices say. S3 and some CDNs answer 403 for what is not there;
 * where a login was sent, 403 is the login's fault.
 */
export function isUpstreamFault(error: unknown): error is PommgrError {
  if (!(error instanceof PommgrError)) return false;
  if (error.code === 'network.login')
    return error.details['status'] === 403 && error.details['loginSent'] === false;
  return error.code === 'network.missing' || error.code.startsWith('integrity.');
}

/** The server answered, and did not give the file: it may have it under another name, where apt asks next. */
export function isRefusal(error: unknown): error is PommgrError {
  return error instanceof PommgrError && refusals.test(error.code);
}

const refusals = /^(?:network\.(?:missing|login|status|redirect|range)$|integrity\.)/;
