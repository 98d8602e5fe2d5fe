/** Which failures are the repository's own, and no connection's. */
import { PommgrError } from '../../core/domain/errors.ts';

/** A file that upstream lacks, or has other than its own indices say. */
export function isUpstreamFault(error: unknown): error is PommgrError {
  return error instanceof PommgrError && /^(?:network\.missing$|integrity\.)/.test(error.code);
}
