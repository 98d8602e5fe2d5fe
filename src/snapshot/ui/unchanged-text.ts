/** Printed where upstream has nothing new. It is a file of its own because the quick check loads nothing else. */
export function unchangedText({ name, created }: { name: string; created: string }): string {
  return `Upstream did not change since ${name} (${created}). No baseline was made; --force makes one.`;
}

/**
 * Returns the document that `--json` prints for it; `isRetaining`: whether `retention` is set, and removed nothing.
 * @public
 */
export function unchangedDocument({
  baseline,
  isRetaining,
}: {
  baseline: object;
  isRetaining: boolean;
}): string {
  const retention = { baselines: [], snapshots: [], freed: { files: 0, sizeBytes: 0 } };
  const result = { outcome: 'unchanged', baseline, ...(isRetaining ? { retention } : {}) };
  return JSON.stringify({ schema: 'pommgr/snapshot-result/v1', result, warnings: [] }, null, 2);
}
