/**
 * Runs Proxmox Offline Mirror's own commands. Invariant: POM's messages to people decide nothing; pommgr reads its JSON
 * and its exit code.
 */
import { namedSchema, valueOf } from '../../core/domain/named.ts';
import { z } from 'zod';
import { PommgrError } from '../../core/domain/errors.ts';
import { pomKeySchema, type PomKey } from '../domain/pom-keys.ts';
import { pomMirrorSchema, type PomMirror } from '../domain/pom-mirrors.ts';
import type { PomOptions } from '../../mirror/domain/pom-change.ts';
import type { PomBinary } from './pom-binary.ts';
import { pomRunner, type WatchOptions } from './pom-run.ts';

export interface Pom extends PomBinary {
  configFile: string;
  listMirrors(): Promise<PomMirror[]>;
  /** Ids of the media. */
  listMedia(): Promise<string[]>;
  addMirror(id: string, options: PomOptions): Promise<void>;
  updateMirror(id: string, options: PomOptions): Promise<void>;
  /** The result contains secrets: they go into no message and no file. */
  listKeys(): Promise<PomKey[]>;
  /** Names of a mirror's finished snapshots, oldest first. */
  listSnapshots(id: string): Promise<string[]>;
  /**
   * Makes a snapshot; only POM's exit code reports success.
   * @returns what it wrote to stderr, without secrets.
   * @throws PommgrError `tool.stalled`, `tool.crashed` (a panic), `tool.failed`, `interrupted.signal`.
   */
  createSnapshot(id: string, options: WatchOptions): Promise<string>;
  removeSnapshot(id: string, name: string): Promise<void>;
}

const mirrorsSchema = z.array(pomMirrorSchema);
const mediaSchema = z.array(z.object({ id: z.string() }));
const keysSchema = z.array(pomKeySchema);
const snapshotsSchema = namedSchema(z.string(), z.array(z.string()));

export function openPom(binary: PomBinary, configFile: string): Pom {
  const program = binary.path;
  const { runPom, runWatched } = pomRunner(program, configFile);

  async function ask<T>(args: string[], schema: z.ZodType<T>): Promise<T> {
    const { stdout } = await runPom([...args, '--output-format', 'json']);
    return parseAnswer(stdout, { schema, command: [program, ...args].join(' ') });
  }

  return {
    ...binary,
    configFile,
    listMirrors: () => ask(['config', 'mirror', 'list'], mirrorsSchema),
    listMedia: async () => (await ask(['config', 'media', 'list'], mediaSchema)).map(({ id }) => id),
    async addMirror(id, options) {
      await runPom(['config', 'mirror', 'add', '--id', id, ...optionArguments(options)]);
    },
    async updateMirror(id, options) {
      await runPom(['config', 'mirror', 'update', '--id', id, ...optionArguments(options)]);
    },
    listKeys: () => ask(['key', 'list'], keysSchema),
    async listSnapshots(id) {
      const found = await ask(['mirror', 'snapshot', 'list', id], snapshotsSchema);
      return (valueOf(found, id) ?? []).toSorted();
    },
    createSnapshot: (id, options) => runWatched(['mirror', 'snapshot', 'create', id], options),
    async removeSnapshot(id, name) {
      await runPom(['mirror', 'snapshot', 'remove', id, name]);
    },
  };
}

/** A value that begins with a hyphen would be parsed as the next option. */
function optionArguments(options: PomOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one.startsWith('-') ? [`--${name}=${one}`] : [`--${name}`, one])),
  );
}

function parseAnswer<T>(stdout: string, { schema, command }: { schema: z.ZodType<T>; command: string }): T {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    // Never quoted: it may hold keys.
    answer = undefined;
  }
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new PommgrError('tool.output', `${command} gave an answer that pommgr cannot read.`, {
    hints: ['This version of Proxmox Offline Mirror may be too new: look for a newer pommgr.'],
    details: { command },
  });
}
