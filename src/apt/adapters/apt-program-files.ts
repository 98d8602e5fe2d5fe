/** Finds the apt of another Debian release in a root directory, and checks that it runs here. */
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { run } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { withApt, type AptProgram } from '../domain/apt-program.ts';

/** @throws PommgrError `config.apt-root` where the directory has no apt that runs on this machine. */
export async function findAptProgram(root: string): Promise<AptProgram> {
  const libraries = join(root, 'usr/lib');
  for (const name of await listDirectory(libraries)) {
    if (!/-linux-gnu/.test(name)) continue;
    const loader = (await listDirectory(join(libraries, name))).find((file) =>
      /^ld(?:64|-linux[a-z0-9-]*)\.so\.[0-9]+$/.test(basename(file)),
    );
    if (loader === undefined) continue;
    const path = join(libraries, name, loader);
    const found = { root, loader: path, libraries: dirname(path) };
    await checkRuns(found);
    return found;
  }
  throw noApt(root, 'there is no dynamic loader below usr/lib');
}

async function checkRuns(program: AptProgram): Promise<void> {
  const [command, ...args] = withApt(program, ['apt-get', '--version']);
  try {
    await run(command, args, { code: 'tool.apt' });
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    throw noApt(program.root, error.message, error);
  }
}

function noApt(root: string, why: string, cause?: unknown): PommgrError {
  return new PommgrError('config.apt-root', `${root} has no apt that runs on this machine: ${why}.`, {
    hints: [
      'Make it with "mmdebstrap --variant=apt RELEASE DIR", for the architecture of this machine, or remove it from aptRoots.',
    ],
    details: { directory: root },
    cause,
  });
}
