/** Which config a command works with. */
export { loadConfig } from '../adapters/config-file.ts';
