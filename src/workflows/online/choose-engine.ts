/** Which engine makes the snapshots: the seam where the `pom` engine joins the builtin one. */
import type { Pool } from '../../adapters/pool.ts';
import type { Config } from '../../domain/config.ts';
import { PommgrError } from '../../domain/errors.ts';
import type { Context } from '../../domain/progress.ts';
import { createBuiltinEngine } from './builtin-engine.ts';
import type { Engine } from './steps.ts';

/** @throws PommgrError `config.engine` where the config asks for an engine that is not there. */
export function chooseEngine(config: Config, pool: Pool, context: Context): Engine {
  if (config.engine === 'pom') {
    throw new PommgrError(
      'config.engine',
      `${config.file}: engine: pom is not available in this version of pommgr.`,
      {
        hints: [
          'Set engine: builtin (or auto). Its snapshots have the layout that Proxmox Offline Mirror uses.',
        ],
      },
    );
  }
  const why = config.engine === 'auto' ? 'the only one in this version' : 'as the config says';
  context.progress.note(`Engine: builtin (${why}).`);
  return createBuiltinEngine({ baseDir: config.baseDir, pool, context });
}
