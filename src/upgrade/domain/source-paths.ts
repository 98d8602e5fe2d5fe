/** Knows which paths apt reads as sources. Pure. */

/** Returns whether apt would read a file of this path as a source (sources.list(5)). */
export function isSourcePath(path: string): boolean {
  return (
    path === '/etc/apt/sources.list' ||
    /^\/etc\/apt\/sources\.list\.d\/[A-Za-z0-9_.-]+\.(?:list|sources)$/.test(path)
  );
}
