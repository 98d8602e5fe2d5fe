/** What `serve` says to people: where it answers, each request, and the sum at its end. */
import type { ServedRequest, ServeReport } from '../domain/serve-report.ts';
import { formatBytes, formatCount } from '../../core/ui/format.ts';

export function readyText(url: string): string {
  return `Answering at ${url}; end with Ctrl-C.\nOn another host: pommgr apply --from ${url}`;
}

/** One line: `192.0.2.9 GET /baselines/… 200 1234`. */
export function requestText({ address, method, target, status, sentBytes }: ServedRequest): string {
  return [address, method, target, status, sentBytes].join(' ');
}

export function serveText({ store, requests, refused, sentBytes }: ServeReport): string {
  return `Served ${store}: ${formatCount(requests, 'request')}, ${refused} refused, ${formatBytes(sentBytes)} sent.`;
}
