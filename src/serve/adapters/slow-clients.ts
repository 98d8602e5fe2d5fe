/**
 * Limits clients that would exhaust a server: many connections from one, and answers that their client does not read. A
 * client that reads a byte a minute is never idle, and would hold its connection and an open file for days.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clientOf } from '../domain/client-address.ts';

/** Closes a connection that exceeds its client's limit immediately: it takes a place from nobody else. */
export function limitEachClient(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const client = clientOf(socket.remoteAddress ?? '');
    const count = (open.get(client) ?? 0) + 1;
    open.set(client, count);
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    if (count > most) socket.destroy();
  });
}

/** Checks every answer each `progressMs`; a connection that took less than `slowestBytes` since is closed. */
export function endSlowReaders(
  server: Server,
  { progressMs, slowestBytes }: { progressMs: number; slowestBytes: number },
): void {
  /** `before`: bytes at the last look; undefined for an answer that is new since. */
  const answers = new Map<ServerResponse, { socket: Socket; before: number | undefined }>();
  server.on('request', ({ socket }, response) => {
    answers.set(response, { socket, before: undefined });
    response.once('close', () => answers.delete(response));
  });
  const timer = setInterval(() => {
    for (const answer of answers.values()) {
      const { socket, before } = answer;
      if (before !== undefined && socket.bytesWritten - before < slowestBytes) socket.destroy();
      else answer.before = socket.bytesWritten;
    }
  }, progressMs).unref();
  server.once('close', () => clearInterval(timer));
}
