/**
 * Opens the view of the local host: dpkg's database, the files themselves, debconf's answers, and running processes.
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import {
  findConffile,
  readConffileRecords,
  readConfOptions,
  readDebconfState,
  readDiversions,
  readInfoFile,
} from '../adapters/host-files.ts';
import { listProcesses, type RunningProcess } from '../adapters/processes.ts';
import { divertedPath, recordedHash } from '../domain/dpkg-records.ts';
import type { HostView } from '../domain/host-view.ts';

/** `processes` is null for a root that is not running. */
export async function openHostView(
  aptRoot: AptRoot,
): Promise<{ view: HostView; processes: RunningProcess[] | null }> {
  const [records, diversions] = [await readConffileRecords(aptRoot), await readDiversions(aptRoot)];
  const processes = aptRoot.kind === 'host' ? await listProcesses() : null;
  const view: HostView = {
    async conffile(path, name) {
      const at = divertedPath(path, name, diversions);
      return { recorded: recordedHash(records, { path, name }), ...(await findConffile(aptRoot, at)) };
    },
    options: await readConfOptions(aptRoot),
    debconf: await readDebconfState(aptRoot),
    controlFile: (about, file) => readInfoFile(aptRoot, about, file),
    mappedFiles: processes === null ? null : new Set(processes.flatMap(({ files }) => files)),
  };
  return { view, processes };
}
