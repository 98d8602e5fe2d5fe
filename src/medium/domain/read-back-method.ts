/** Says how written bytes are read back from the medium and not from the machine's memory. */
/**
 * How a medium was read after it was written: `direct`, bypassing the kernel's cache; `cache-dropped`, after the kernel
 * was asked to drop it; `cached`, where the file system offers neither.
 */
export type ReadBackMethod = 'direct' | 'cache-dropped' | 'cached';
