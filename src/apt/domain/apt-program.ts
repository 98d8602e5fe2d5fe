/** The apt of another Debian release than the machine's, run from a directory that holds its packages unpacked. */
export interface AptProgram {
  /** `/srv/roots/trixie` */
  root: string;
  /** The dynamic loader of that release (ld.so(8)), and where its libraries are. */
  loader: string;
  libraries: string;
}

/** Returns the command that runs a program of that apt with its own libraries. */
export function withApt(
  { root, loader, libraries }: AptProgram,
  [program, ...args]: readonly string[],
): [string, ...string[]] {
  return [loader, '--library-path', libraries, `${root}/usr/bin/${program}`, ...args];
}
