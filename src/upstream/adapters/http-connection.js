/**
 * One kept HTTP/1.1 connection of fetch-worker.js: requests go out in their order, and the answers to them come back in
 * it (pipelining, RFC 9112 9.3.2).
 * Invariant: an answer counts only with status 200, the length that was asked for and the bytes that its file must have;
 * whatever else comes back ends the connection, so that no later byte of it is taken for an answer.
 */
import { connect } from 'node:net';

/**
 * `part` takes the bytes of the body in their order, and says false where all of them are not what they must be.
 * `restart` says whether the file can be asked for again after a connection broke off in it. `giveBack` ends the request
 * unmet.
 * @typedef {object} FileRequest
 * @property {string} head all its lines and the empty one
 * @property {number} sizeBytes above 0
 * @property {(bytes: Buffer, isLast: boolean) => boolean} part
 * @property {() => boolean} restart
 * @property {() => void} giveBack
 */
/**
 * `isPipelined`: sent while answers before it were to come; `isAlone`: nothing else may be on its way with it.
 * @typedef {FileRequest & { breaks: number, isAlone: boolean, isPipelined: boolean, sentMs: number }} SentRequest
 */
/** Result instead of an answer: a closed connection, another status, an invalid answer, silence. */
/** @typedef {'closed' | 'refused' | 'wrong' | 'silent'} Fault */
/** @typedef {ReturnType<typeof openConnection>} Connection */

/** A request behind a large file would only wait. */
const mostBytesInFlight = 256 * 1024;
const longestHeadBytes = 16 * 1024;
/** A server may be silent this long between two pending answers, or eight times its usual delay. */
const patienceMs = 2000;

/** One buffer serves all connections of the thread, because its content is used before the next read. */
const received = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * `onEnd` gets what was not answered: the request that was next, and those behind it. `isFresh`: nothing but that request
 * was ever on the connection.
 * @param {{ host: string, port: number, timeoutMs: number }} server
 * @param {{
 *   onAnswer: (request: SentRequest) => void,
 *   onEnd: (fault: Fault, next: SentRequest | undefined, behind: SentRequest[], isFresh: boolean) => void,
 * }} events
 */
export function openConnection({ host, port, timeoutMs }, { onAnswer, onEnd }) {
  /** @type {SentRequest[]} */
  const sent = [];
  let outgoing = '';
  /** The beginning of a head. @type {Buffer | undefined} */
  let begun;
  /** Bytes of the current body that are still missing; undefined before its head. @type {number | undefined} */
  let left;
  let heardMs = performance.now();
  let usualDelayMs = 0;
  let isFresh = true;
  let isLastAnswer = false;
  let hasEnded = false;
  /** @param {number} count */
  const callback = (count) => receive(received.subarray(0, count));
  const socket = connect({ host, port, noDelay: true, onread: { buffer: received, callback } });
  socket.on('error', () => end('closed'));
  socket.on('close', () => end('closed'));

  /** @param {Buffer} bytes */
  function receive(bytes) {
    heardMs = performance.now();
    for (let at = 0; at < bytes.length && !hasEnded; ) {
      const [request] = sent;
      if (request === undefined) end('closed');
      else if (left === undefined) at += takeHead(bytes.subarray(at), request);
      else {
        const part = bytes.subarray(at, at + left);
        at += part.length;
        left -= part.length;
        takePart(part, request);
      }
    }
    return true;
  }

  /** Returns the number of these bytes that belong to the head. @param {Buffer} bytes @param {SentRequest} request */
  function takeHead(bytes, request) {
    const known = begun?.length ?? 0;
    const text = begun === undefined ? bytes : Buffer.concat([begun, bytes]);
    const length = text.indexOf('\r\n\r\n');
    if (length === -1) {
      begun = Buffer.from(text);
      if (begun.length > longestHeadBytes) end('wrong');
      return bytes.length;
    }
    begun = undefined;
    if (!request.isPipelined) usualDelayMs = heardMs - request.sentMs;
    const head = readHead(text.toString('latin1', 0, length));
    if (head === undefined) end('wrong');
    else if (head.status !== 200) end('refused');
    else if (head.sizeBytes !== request.sizeBytes) end('wrong');
    else {
      left = request.sizeBytes;
      isLastAnswer = head.closes;
    }
    return length + 4 - known;
  }

  /** @param {Buffer} part @param {SentRequest} request */
  function takePart(part, request) {
    const isLast = left === 0;
    if (!request.part(part, isLast)) return end('wrong');
    if (!isLast) return;
    left = undefined;
    isFresh = false;
    sent.shift();
    if (isLastAnswer) end('closed');
    onAnswer(request);
  }

  /** @param {Fault} fault */
  function end(fault) {
    if (hasEnded) return;
    hasEnded = true;
    socket.destroy();
    const unanswered = sent.splice(0);
    // After its last answer, a server need not answer requests that came too late.
    if (isLastAnswer && left === undefined) onEnd(fault, undefined, unanswered, false);
    else onEnd(fault, unanswered[0], unanswered.slice(1), isFresh);
  }

  return {
    end,
    /** Closes it where no request is pending. */
    close() {
      hasEnded = true;
      socket.destroy();
    },
    count: () => sent.length,
    /** Returns whether the request may be sent behind the pending ones. @param {SentRequest} request */
    hasRoomFor({ sizeBytes }) {
      if (isLastAnswer) return false;
      let bytes = sizeBytes;
      for (const other of sent) {
        if (other.isAlone) return false;
        bytes += other.sizeBytes;
      }
      return bytes <= mostBytesInFlight;
    },
    /** Queues the request for the next `flush`. @param {SentRequest} request */
    send(request) {
      request.isPipelined = sent.length > 0;
      if (request.isPipelined) isFresh = false;
      request.sentMs = performance.now();
      if (!request.isPipelined) heardMs = request.sentMs;
      sent.push(request);
      outgoing += request.head;
    },
    flush() {
      if (outgoing !== '') socket.write(outgoing, 'latin1');
      outgoing = '';
    },
    /** Closes it when the server has been silent for too long. @param {number} nowMs */
    checkSilence(nowMs) {
      const [request] = sent;
      if (request === undefined) return;
      const isBetween = request.isPipelined && left === undefined && begun === undefined;
      const longestMs = isBetween ? Math.min(timeoutMs, patienceMs + 8 * usualDelayMs) : timeoutMs;
      if (nowMs - heardMs > longestMs) end('silent');
    },
  };
}

/**
 * Returns undefined for an unsupported answer: this client needs HTTP/1.1, a Content-Length and no encoding.
 * @param {string} text
 */
function readHead(text) {
  const [first = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.1 ([2-5][0-9][0-9])(?: |$)/.exec(first) ?? [];
  if (status === undefined) return undefined;
  let sizeBytes;
  let closes = false;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case 'content-length':
        if (sizeBytes !== undefined || !/^[0-9]{1,15}$/.test(value)) return undefined;
        sizeBytes = Number(value);
        break;
      case 'connection':
        closes = value.toLowerCase() !== 'keep-alive';
        break;
      case 'transfer-encoding':
      case 'content-encoding':
      case 'content-range':
        return undefined;
    }
  }
  return { status: Number(status), sizeBytes, closes };
}
