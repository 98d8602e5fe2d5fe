/** The framing of a tar file (POSIX ustar). */

/** A tar file is made of blocks: a header, the data filled up with zeros, and two blocks of zeros at its end. */
export const tarBlockBytes = 512;
export const tarEndBytes = 2 * tarBlockBytes;
