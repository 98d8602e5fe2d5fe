/** Sizes as a person reads them; the same in every locale. */
import prettyBytes from 'pretty-bytes';

/** Decimal units: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, { locale: false });
}
