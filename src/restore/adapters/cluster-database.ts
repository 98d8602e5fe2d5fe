/**
 * Copies the configuration database of Proxmox VE's cluster file system (pmxcfs(8)), which may write to it at any time.
 * Invariant: the copy is one state of the database, made by SQLite in one read transaction and checked by it, and never
 * the bytes of files that are being written. Only its owner can read it, and nothing of it stays on disk.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDurably } from '../../core/adapters/atomic-files.ts';
import { readPlainFile } from '../../core/adapters/plain-file.ts';
import { run } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';

/** A larger file is not a configuration: pmxcfs holds at most 128 MiB of files. */
const maxBytes = 160 * 1024 * 1024;
/** Time for which SQLite waits while pmxcfs writes. */
const busyMs = 20_000;

/** @throws PommgrError `tool.sqlite` where no SQLite can be found, or the copy is not whole. */
export async function copyClusterDatabase(path: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'pommgr-database-'));
  const copy = join(directory, 'config.db');
  try {
    await copyByAnySqlite(path, copy);
    return await readPlainFile(copy, maxBytes);
  } finally {
    await removeDurably(directory);
  }
}

type Copier = (path: string, copy: string) => Promise<string>;

/** `VACUUM INTO` reads in one transaction (SQLite, lang_vacuum); each way ends with what `PRAGMA integrity_check` says. */
const copiers: readonly Copier[] = [bySqliteProgram, byPython, byNode];

async function copyByAnySqlite(path: string, copy: string): Promise<void> {
  for (const copier of copiers) {
    let verdict: string;
    try {
      verdict = await copier(path, copy);
    } catch (error) {
      if (error instanceof PommgrError && error.code === 'tool.missing') continue;
      throw failed(path, error instanceof Error ? error.message : String(error), error);
    }
    if (verdict === 'ok') return;
    throw failed(path, `the check of its copy says: ${verdict}`);
  }
  throw failed(path, 'there is no SQLite on this machine');
}

async function bySqliteProgram(path: string, copy: string): Promise<string> {
  const open = ['-batch', '-bail', '-noheader', '-init', '/dev/null'];
  const copying = [`.timeout ${busyMs}`, `VACUUM INTO ${quoted(copy)};`];
  await run('sqlite3', [...open, '-readonly', path, ...copying]);
  return (await run('sqlite3', [...open, '-readonly', copy, 'PRAGMA integrity_check;'])).stdout.trim();
}

const pythonProgram = `
import sqlite3, sys
from urllib.parse import quote
def open_read_only(path):
    return sqlite3.connect("file:" + quote(path) + "?mode=ro", uri=True, timeout=${busyMs / 1000}, isolation_level=None)
open_read_only(sys.argv[1]).execute("VACUUM INTO ?", (sys.argv[2],))
print(open_read_only(sys.argv[2]).execute("PRAGMA integrity_check").fetchone()[0])
`;

async function byPython(path: string, copy: string): Promise<string> {
  return (await run('python3', ['-I', '-c', pythonProgram, path, copy])).stdout.trim();
}

/** Only newer ones have it; the types of older ones do not know it. */
interface Sqlite {
  DatabaseSync: new (
    path: string,
    options: { readOnly: boolean },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): { get(...values: string[]): Record<string, unknown> | undefined };
    close(): void;
  };
}

async function byNode(path: string, copy: string): Promise<string> {
  const { DatabaseSync } = await importSqlite();
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    source.exec(`PRAGMA busy_timeout = ${busyMs}`);
    source.exec(`VACUUM INTO ${quoted(copy)}`);
  } finally {
    source.close();
  }
  const made = new DatabaseSync(copy, { readOnly: true });
  try {
    return String(Object.values(made.prepare('PRAGMA integrity_check').get() ?? {})[0]);
  } finally {
    made.close();
  }
}

async function importSqlite(): Promise<Sqlite> {
  const name = 'node:sqlite';
  try {
    return (await import(name)) as Sqlite;
  } catch (error) {
    throw new PommgrError('tool.missing', `This Node.js has no ${name}.`, { cause: error });
  }
}

/** A text of SQL. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function failed(path: string, why: string, cause?: unknown): PommgrError {
  return new PommgrError('tool.sqlite', `${path} could not be copied: ${why}.`, {
    hints: [
      'Install the package sqlite3, then run the same command again.',
      `Or stop pve-cluster for a moment, and copy ${path} by hand.`,
    ],
    details: { file: path },
    cause,
  });
}
