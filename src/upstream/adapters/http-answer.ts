/**
 * Makes one GET, follows its redirects, and words its failures. Invariant: a login is sent only to its own host, and no
 * message contains one.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import { parseRetryAfter } from '../../core/domain/retry.ts';
import type { FindLogin } from '../../config/adapters/login-file.ts';
import { displayUri, networkError, statusError } from './network-errors.ts';

/** apt follows any number of redirects, except in a circle; a malicious server could invent new ones forever. */
const mostRedirects = 500;

/** Sends one request, by default a GET, and returns the answer, whatever its status. */
export type Transport = (
  uri: URL,
  options: {
    method?: 'HEAD';
    headers: Record<string, string>;
    signal: AbortSignal;
    /** The URI before any redirect: the TLS settings of its mirror apply. */
    asked: URL;
  },
) => Promise<TransportAnswer>;

export interface TransportAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: AsyncIterable<Uint8Array>;
  /** Discards the rest, so that the connection can be reused. */
  discard(): Promise<void>;
}

/** A body with a success status. */
export interface Answer {
  /** Offset in the file at which the body begins, in bytes: 0 except for a range that the server sent. */
  startBytes: number;
  /** Bytes of the body, if the server reported them. */
  bodyBytes: number | undefined;
  /** `Last-Modified`, if the server sent a date that can be read. */
  lastModified?: Date | undefined;
  body: AsyncIterable<Uint8Array>;
  /** Frees the connection of a body that is not read. */
  discard(): Promise<void>;
}

export interface AnswerOptions {
  transport: Transport;
  findLogin: FindLogin;
  signal: AbortSignal;
  headers: Record<string, string>;
  /** Without it, a redirect is an error. */
  followsRedirects: boolean;
  /** If above 0, requests the bytes from here on. */
  startBytes: number;
}

/**
 * Requests `uri` and follows redirects, except in a circle. The body also throws the errors of `networkError`.
 * @throws PommgrError `network.missing` (404, 410), `network.login`, `network.status`, `network.redirect`,
 * `network.range` when nothing lies at `startBytes`, and those of `networkError`.
 */
export async function requestAnswer(uri: string, options: AnswerOptions): Promise<Answer> {
  let target = withoutUser(new URL(uri));
  const asked = target;
  let loginSent = false;
  const visited = new Set([target.href]);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const login = target.origin === asked.origin ? options.findLogin(target) : undefined;
    loginSent ||= login !== undefined;
    const headers = { ...options.headers };
    if (login)
      headers['authorization'] = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    if (options.startBytes > 0) headers['range'] = `bytes=${options.startBytes}-`;
    const answer = await send(target, { ...options, headers, asked });
    const location = headerOf(answer, 'location');
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) {
      const checked = await checkedAnswer(answer, { uri, startBytes: options.startBytes, loginSent });
      return { ...checked, body: toldInOurWords(checked.body, uri, options.signal) };
    }
    await answer.discard();
    if (!options.followsRedirects) throw notFollowed(uri);
    target = redirectTarget(location, { from: target, uri });
    if (visited.has(target.href)) break;
    visited.add(target.href);
  }
  throw new PommgrError(
    'network.redirect',
    `${displayUri(uri)} redirects ${visited.size > mostRedirects ? `more than ${mostRedirects} times` : 'in a circle'}.`,
    {
      hints: [
        'The server is misconfigured, or a login page stands in the way: open the address in a browser.',
      ],
      details: { uri: displayUri(uri) },
    },
  );
}

/**
 * Requests the size of a file, without a login and without redirects.
 * @throws PommgrError as `requestAnswer`; `network.status` where the server does not tell.
 */
export async function requestSize(
  uri: string,
  options: Pick<AnswerOptions, 'transport' | 'signal' | 'headers'>,
): Promise<number> {
  const { transport, ...sending } = options;
  const target = new URL(uri);
  const answer = await send(target, { ...sending, transport, method: 'HEAD', asked: target });
  await answer.discard();
  const length = headerOf(answer, 'content-length');
  if (answer.status === 200 && length !== undefined) return Number(length);
  throw statusError(answer.status, { uri, loginSent: false, retryAfterMs: 0 });
}

async function* toldInOurWords(
  body: AsyncIterable<Uint8Array>,
  uri: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw networkError(error, uri, signal);
  }
}

async function send(
  target: URL,
  { transport, ...options }: { transport: Transport } & Parameters<Transport>[1],
): Promise<TransportAnswer> {
  try {
    return await transport(target, options);
  } catch (error) {
    throw networkError(error, target.href, options.signal);
  }
}

function notFollowed(uri: string): PommgrError {
  const shown = displayUri(uri);
  return new PommgrError('network.redirect', `${shown} sends to another address, expected the file itself.`, {
    hints: ['Name the address of the store itself: a server of a store never redirects.'],
    details: { uri: shown },
  });
}

function redirectTarget(location: string, { from, uri }: { from: URL; uri: string }): URL {
  const target = URL.canParse(location, from.href) ? withoutUser(new URL(location, from)) : undefined;
  const refused =
    target === undefined || !/^https?:$/.test(target.protocol)
      ? 'to an address that is not http:// or https://'
      : from.protocol === 'https:' && target.protocol === 'http:'
        ? 'from https:// to http://, which apt does not follow either'
        : undefined;
  if (target !== undefined && refused === undefined) return target;
  throw new PommgrError('network.redirect', `${displayUri(uri)} redirects ${refused}.`, {
    hints: ['Correct the URI of this mirror in the config, or ask the operator of the server.'],
    details: { uri: displayUri(uri) },
  });
}

async function checkedAnswer(
  answer: TransportAnswer,
  { uri, startBytes, loginSent }: { uri: string; startBytes: number; loginSent: boolean },
): Promise<Answer> {
  const length = headerOf(answer, 'content-length');
  const bodyBytes = length === undefined ? undefined : Number(length);
  const { body } = answer;
  const discard = async (): Promise<void> => answer.discard().catch(() => {});
  const bodyStart = startOfBody(answer, startBytes);
  const modified = new Date(headerOf(answer, 'last-modified') ?? '');
  const lastModified = Number.isNaN(modified.getTime()) ? undefined : modified;
  if (bodyStart !== undefined) return { startBytes: bodyStart, bodyBytes, lastModified, body, discard };
  await answer.discard();
  throw statusError(answer.status, {
    uri,
    loginSent,
    retryAfterMs: parseRetryAfter(headerOf(answer, 'retry-after'), new Date()),
  });
}

/**
 * Returns where in the file the body begins; undefined where that is not what was requested. The content is checked
 * later.
 */
function startOfBody(answer: TransportAnswer, askedBytes: number): number | undefined {
  if (answer.status !== 206) return answer.status >= 200 && answer.status < 300 ? 0 : undefined;
  const [, start] = /^bytes\s+(\d+)-/i.exec(headerOf(answer, 'content-range') ?? '') ?? [];
  // Some servers answer 206 to a request for the whole file.
  if (start === undefined) return askedBytes === 0 ? 0 : undefined;
  return Number(start) === askedBytes || Number(start) === 0 ? Number(start) : undefined;
}

function headerOf(answer: TransportAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function withoutUser(uri: URL): URL {
  uri.username = '';
  uri.password = '';
  return uri;
}
