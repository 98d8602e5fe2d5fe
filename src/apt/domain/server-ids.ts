/** The server ID in what the products' own subscription tools print. The subscription key there is passed over. */
import { compareText } from '../../core/domain/canonical-json.ts';

/**
 * The 32 hex digits after each `serverid`, upper-case, sorted, each once: in `name: value` lines
 * (`pvesubscription get`, `pmgsubscription get`), in JSON and in tables (`proxmox-backup-manager subscription get`).
 */
export function serverIdsIn(output: string): string[] {
  const found = new Set<string>();
  for (const [, id = ''] of output.matchAll(/\bserver-?id\b[^0-9A-Za-z\n]*([0-9A-Fa-f]{32})\b/gi)) {
    found.add(id.toUpperCase());
  }
  return [...found].toSorted(compareText);
}
