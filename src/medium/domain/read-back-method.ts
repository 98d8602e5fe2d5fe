/** How the bytes that were written come back from the medium, and not from the machine's memory. */
/**
 * How a medium was read after it was written: `direct`, past the kernel's cache; `cache-dropped`, after the kernel was
 * asked to forget; `cached`, where the file system gives no way to the medium itself.
 */
export type ReadBackMethod = 'direct' | 'cache-dropped' | 'cached';
