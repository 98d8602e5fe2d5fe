/** Words failures of the network. Invariant: no message contains a login or the query of a URI. */
import { PommgrError } from '../../core/domain/errors.ts';

/** Returns the error for an HTTP status other than success; `loginSent` decides the hint. */
export function statusError(
  status: number,
  { uri, loginSent, retryAfterMs }: { uri: string; loginSent: boolean; retryAfterMs: number },
): PommgrError {
  const shown = displayUri(uri);
  const details = { uri: shown, status };
  switch (status) {
    case 404:
    case 410:
      return new PommgrError('network.missing', `${shown} does not exist (HTTP status ${status}).`, {
        hints: [
          'Check uri and suite of this mirror. If they are right, upstream may be in the middle of an update.',
        ],
        details,
      });
    case 401:
    case 403:
      return new PommgrError('network.login', `${shown} was refused (HTTP status ${status}).`, {
        hints: [
          loginSent
            ? 'The login was not accepted: check authFile of this mirror, and that the subscription is active.'
            : 'No login was sent. Name a file with one in authFile of this mirror; for a plain http:// URI its line begins with "machine http://HOST".',
        ],
        details: { ...details, loginSent },
      });
    case 206:
    case 416:
      return new PommgrError(
        'network.range',
        `${shown}: the server gave another part of the file than asked for.`,
        {
          details,
        },
      );
    default:
      return new PommgrError('network.status', `${shown} was answered with HTTP status ${status}.`, {
        hints: [
          // nginx answers this over TLS to a client that presents no certificate.
          ...(status === 400 && uri.startsWith('https:') ? [clientCertificateHint] : []),
          'Try again later, or use another server of this repository.',
        ],
        details: { ...details, retryAfterMs },
      });
  }
}

/** Returns the URI without parts that may be secret: user, password and query. */
export function displayUri(uri: string): string {
  const { protocol, host, pathname } = new URL(uri);
  return `${protocol}//${host}${pathname}`;
}

const clientCertificateHint =
  'If the server asks for a client certificate, check clientCertificate and clientKey of this mirror.';

const timeoutCodes = [
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
];

/** Returns the error for a failed connection or a truncated body; a PommgrError is returned unchanged. */
export function networkError(error: unknown, uri: string, signal: AbortSignal): PommgrError {
  if (error instanceof PommgrError) return error;
  if (signal.aborted) return new PommgrError('interrupted.signal', 'Interrupted while downloading.');
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = error instanceof Error && error.message !== '' ? error.message : code;
  const shown = displayUri(uri);
  const options = { details: { uri: shown, code }, cause: error };
  if (timeoutCodes.includes(code)) {
    return new PommgrError('network.timeout', `${shown} took too long (${why}).`, {
      ...options,
      hints: ['Check the connection, or raise download.timeoutSeconds in the config.'],
    });
  }
  if (code === 'ENOTFOUND') {
    return new PommgrError('network.host', `There is no host ${new URL(uri).hostname} (for ${shown}).`, {
      ...options,
      hints: ['Check the spelling of the URI, the DNS server, and whether a proxy is needed.'],
    });
  }
  if (/CERT|TLS|SSL|SIGNATURE|SELF_SIGNED/.test(code)) {
    return new PommgrError('network.tls', `${shown}: no trusted connection (${why}).`, {
      ...options,
      hints: tlsHints(code),
    });
  }
  return new PommgrError('network.connection', `${shown} could not be fetched (${why}).`, {
    ...options,
    hints: [
      'Check the connection and the proxy variables of the environment, then run the same command again.',
      // Many servers close the connection without an alert in this case.
      ...(uri.startsWith('https:') ? [clientCertificateHint] : []),
    ],
  });
}

/** An alert is the server's message about the client. */
function tlsHints(code: string): string[] {
  if (code.includes('_ALERT_')) return [clientCertificateHint];
  return [
    "Check the clock, and that the CA of the server is in the system's certificate store (update-ca-certificates), or name its certificate in caFile of this mirror.",
  ];
}
