/**
 * Manages the connections of fetch-worker.js to one server, and chooses the connection of each request.
 * Invariant: a server that answers pipelined requests wrongly is asked for one file at a time from then on, and a server
 * that gives no file as this client takes it is left to another client: every request ends as taken or as given back.
 */
import { openConnection } from './http-connection.js';

/** @typedef {import('./http-connection.js').FileRequest} FileRequest */
/** @typedef {import('./http-connection.js').SentRequest} SentRequest */

/** Maximum number of pending requests on one connection. */
const mostInFlight = 8;
/** Closed connections that one request tolerates. */
const mostBreaks = 3;
const silenceCheckMs = 100;

/**
 * @param {{ host: string, port: number, timeoutMs: number }} server
 * @param {number} connections at most
 */
export function openOrigin(server, connections) {
  /** @type {SentRequest[]} */
  const waiting = [];
  /** @type {Set<import('./http-connection.js').Connection>} */
  const open = new Set();
  const counts = { answered: 0, givenBack: 0 };
  let depth = 1;
  let deepest = mostInFlight;
  /** Failed when it was pipelined; a request sent alone shows whether server or file is at fault. @type {SentRequest | undefined} */
  let trial;
  let isStopped = false;
  const watch = setInterval(() => {
    const nowMs = performance.now();
    for (const connection of open) connection.checkSilence(nowMs);
  }, silenceCheckMs);

  const isUnsuited = () => isStopped || counts.givenBack > 8 + counts.answered / 4;

  function pump() {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const connection = isUnsuited() ? undefined : freeConnection(next);
      if (connection === undefined && !isUnsuited()) break;
      waiting.shift();
      if (connection === undefined) giveBack(next);
      else connection.send(next);
    }
    for (const connection of open) connection.flush();
  }

  /** Returns an idle connection, a new one, or the one with the fewest pending requests. @param {SentRequest} next */
  function freeConnection(next) {
    if (next.isAlone) return freshConnection();
    let best;
    let fewest = depth;
    for (const connection of open) {
      const count = connection.count();
      if (count === 0) return connection;
      if (count >= fewest || !connection.hasRoomFor(next)) continue;
      fewest = count;
      best = connection;
    }
    return open.size < connections ? connect() : best;
  }

  /** Opens a new one, which replaces an idle one if necessary. */
  function freshConnection() {
    if (open.size >= connections) {
      const idle = [...open].find((connection) => connection.count() === 0);
      if (idle === undefined) return undefined;
      open.delete(idle);
      idle.close();
    }
    return connect();
  }

  function connect() {
    const connection = openConnection(server, {
      onAnswer(request) {
        counts.answered += 1;
        if (request === trial) {
          // The request succeeds alone: the server cannot handle several at once.
          trial = undefined;
          deepest = 1;
        }
        if (trial === undefined) depth = Math.min(deepest, depth * 2);
        pump();
      },
      onEnd(fault, next, behind, isFresh) {
        open.delete(connection);
        waiting.unshift(...behind);
        if (next !== undefined) judge(next, fault, isFresh);
        pump();
      },
    });
    open.add(connection);
    return connection;
  }

  /**
   * What becomes of a request whose answer did not come. One that was not by itself on its connection may have got
   * another's: it is sent again, alone.
   * @param {SentRequest} request
   * @param {import('./http-connection.js').Fault} fault
   * @param {boolean} isFresh
   */
  function judge(request, fault, isFresh) {
    if (fault === 'closed') request.breaks += 1;
    const mayPass =
      fault === 'closed' ? request.breaks < mostBreaks : fault !== 'refused' && !isFresh && !request.isAlone;
    if (isStopped || !mayPass || !request.restart()) {
      giveBack(request);
      return;
    }
    if (!isFresh && (fault !== 'closed' || request.breaks > 1)) {
      depth = 1;
      request.isAlone = true;
      trial ??= request;
    }
    waiting.unshift(request);
  }

  /** @param {SentRequest} request */
  function giveBack(request) {
    counts.givenBack += 1;
    if (request === trial) trial = undefined;
    request.giveBack();
  }

  return {
    /** @param {FileRequest} request */
    ask(request) {
      waiting.push(Object.assign(request, { breaks: 0, isAlone: false, isPipelined: false, sentMs: 0 }));
      pump();
    },
    /** Returns the requests that were not started. */
    stop() {
      isStopped = true;
      clearInterval(watch);
      pump();
      for (const connection of open) connection.end('refused');
    },
  };
}
