/** Told where upstream has nothing new. It stands alone because the quick check loads nothing else. */
export function unchangedText({ name, created }: { name: string; created: string }): string {
  return `Upstream did not change since ${name} (${created}). No baseline was made; --force makes one.`;
}
