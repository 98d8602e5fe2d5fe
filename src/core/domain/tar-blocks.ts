/** Defines the framing of a tar file (POSIX ustar). */

/** A tar file consists of blocks: a header, the data padded with zeros, and two blocks of zeros at the end. */
export const tarBlockBytes = 512;
export const tarEndBytes = 2 * tarBlockBytes;
