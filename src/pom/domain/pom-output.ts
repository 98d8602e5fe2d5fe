/** Cleans messages of Proxmox Offline Mirror for display, and recognises the few that tell which file failed. */
import { redactSecrets } from '../../core/domain/redaction.ts';

/** Without secrets, colours and control characters; a tab becomes blanks, as a terminal would show it. */
export function shownOutput(text: string): string {
  return redactSecrets(
    text
      // oxlint-disable-next-line no-control-regex -- control characters are what is removed
      .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll('\t', '    ')
      // oxlint-disable-next-line no-control-regex -- control characters are what is removed
      .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ''),
  );
}

/** The digest that a file should have had, of `hash mismatch: FOUND != EXPECTED`; undefined for other words. */
export function expectedDigest(words: string): string | undefined {
  return /hash mismatch: [0-9a-f]+ != ((?:[0-9a-f]{64}){1,2})\b/.exec(words)?.[1];
}

/** Returns whether it refused an index because of a repeated field in a stanza. */
export function refusedStanza(words: string): boolean {
  return /duplicate field `/.test(words);
}
