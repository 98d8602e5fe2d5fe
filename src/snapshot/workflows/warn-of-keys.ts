/** Warns of keys of mirrors that hosts do not accept, now or soon, though this machine does. */
import type { Target } from '../../apt/domain/target.ts';
import { upstreamKeyWarnings, type MirrorKey } from '../../baseline/domain/upstream-key-events.ts';
import { readCertificates } from '../../upstream/adapters/openpgp-signer.ts';
import { hostKeyWarnings } from '../../upstream/domain/host-key-policy.ts';
import type { VerifiedRelease } from '../../upstream/workflows/verify-releases.ts';

/** Lines about keys that hosts of the targets refuse, and about keys that expire within `days`. */
export async function keyWarnings(
  releases: readonly VerifiedRelease[],
  { targets, now, days }: { targets: readonly Target[]; now: Date; days: number },
): Promise<string[]> {
  const refused = targets.flatMap(({ mirrors, codename }) =>
    releases
      .filter(({ mirror }) => mirrors.includes(mirror.id))
      .flatMap(({ mirror, signed }) => hostKeyWarnings(mirror.id, signed, { codename, now })),
  );
  const until = new Date(now.getTime() + days * 86_400_000);
  const expiring = upstreamKeyWarnings(await keysOf(releases), { today: dateOf(now), until: dateOf(until) });
  return [...new Set([...refused, ...expiring])];
}

async function keysOf(releases: readonly VerifiedRelease[]): Promise<MirrorKey[]> {
  const found = new Map<string, MirrorKey>();
  for (const { mirror, certificates } of releases) {
    for (const facts of await readCertificates(certificates)) {
      const known = found.get(facts.fingerprint);
      if (known === undefined)
        found.set(facts.fingerprint, { ...facts, mirrors: [mirror.id], isForSqv: false });
      else known.mirrors.push(mirror.id);
    }
  }
  return [...found.values()];
}

function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
