/** Implements `pommgr serve --print-nginx`: an nginx server that offers the same. Changes nothing. */
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { locateStore } from '../../store/adapters/store.ts';
import { readTemplate } from '../../core/adapters/templates.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parseListenAddress } from '../domain/listen-address.ts';

export interface NginxConfig {
  store: string;
  /** Text of a `server` block. */
  config: string;
}

/** @throws PommgrError `usage.listen`, `config.store` for a path that nginx cannot be told. */
export async function nginxConfig(options: {
  root?: string | undefined;
  store?: string | undefined;
  /** `ADDRESS:PORT` */
  listen: string;
}): Promise<NginxConfig> {
  const { host, port } = parseListenAddress(options.listen);
  const root = await namedRoot(options.root);
  const { directory } = await locateStore(root, options.store);
  if (/["\\$\n]/.test(directory)) {
    throw new PommgrError('config.store', `nginx cannot be told of ${JSON.stringify(directory)}.`, {
      hints: ['Name a store whose path has no quotation marks, backslashes and dollar signs with --store.'],
    });
  }
  const values = new Map([
    ['LISTEN', `${host.includes(':') ? `[${host}]` : host}:${port}`],
    ['STORE', directory],
  ]);
  const template = await readTemplate('nginx-store.conf');
  const config = template.replaceAll(/@([A-Z]+)@/g, (all, name: string) => values.get(name) ?? all);
  return { store: directory, config };
}
