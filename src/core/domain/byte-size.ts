/** Formats sizes for people; the result is the same in every locale. */
import prettyBytes from 'pretty-bytes';

/** Decimal units: `1.23 MB`. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, { locale: false });
}
