/** How wide the lines for a person may be. */

/** Columns of the terminal that a stream goes to; unlimited for a file or a pipe, where lines are read by programs. */
export function terminalColumns(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}
