/** What `serve` tells: each answer as it is given, and what it all came to. */

export interface ServedRequest {
  /** Of the client. */
  address: string;
  method: string;
  /** As it was sent, with what is not printable ASCII replaced. */
  target: string;
  status: number;
  /** Of the body; fewer when the client went away. */
  sentBytes: number;
}

export interface ServeReport {
  store: string;
  url: string;
  /** Whom the server ran as. */
  user: string;
  /** Names of the baselines that were offered when it began. */
  baselines: string[];
  requests: number;
  /** Of them, those that were answered with an error. */
  refused: number;
  sentBytes: number;
}
