/** Checks whether there are backups: of guests, and of a mail gateway's own settings. */
import { z } from 'zod';
import { parseJson } from '../../../core/domain/fact.ts';
import { before, fail, known, listed, mapFact, pass, unknown, warn, type UpgradeCheck } from './check.ts';

/** An older backup is named: the upgrade should follow one closely. */
const longestDays = 7;
const secondsOfDay = 86_400;

const backupTasksSchema = z.array(
  z.object({ endtime: z.number().optional(), status: z.string().optional(), type: z.string() }),
);
const uncoveredSchema = z.array(z.object({ vmid: z.int().positive() }));

export const backupChecks: readonly UpgradeCheck[] = [
  {
    id: 'guest-backups',
    title: 'The guests have a recent backup',
    phases: before,
    products: ['pve'],
    byHand: 'pvesh get /nodes/localhost/tasks --typefilter vzdump',
    judge: ({ texts, guests, now }) =>
      known([guests], (all) => {
        if (all.length === 0) return pass('this node has no guest');
        const tasks = mapFact(texts.backups, (text) =>
          text === null ? null : parseJson(text, backupTasksSchema),
        );
        return known([tasks], (found) => {
          if (found === null) return unknown('pvesh is not installed');
          const ends = found
            .filter(
              ({ status, type }) => type === 'vzdump' && (status === 'OK' || status?.startsWith('WARNINGS')),
            )
            .flatMap(({ endtime }) => endtime ?? []);
          const todo =
            'Back up every guest, and try to restore one: vzdump --all. Where another program makes the backups, accept this finding.';
          if (ends.length === 0) return fail('no successful backup of this node is on record', todo);
          const days = (now.getTime() / 1000 - Math.max(...ends)) / secondsOfDay;
          const seen = `the last one ended ${Math.max(0, Math.floor(days))} days ago`;
          return days > longestDays ? warn(seen, todo) : pass(seen);
        });
      }),
  },
  {
    id: 'backup-jobs',
    title: 'Every guest is in a backup job',
    phases: before,
    products: ['pve'],
    byHand: 'pvesh get /cluster/backup-info/not-backed-up',
    judge: ({ texts }) => {
      const guests = mapFact(texts.notBackedUp, (text) =>
        text === null ? null : parseJson(text, uncoveredSchema),
      );
      return known([guests], (found) => {
        if (found === null) return unknown('pvesh is not installed');
        return found.length === 0
          ? pass('every guest is in a job')
          : warn(
              `in none: ${listed(found.map(({ vmid }) => String(vmid)))}`,
              'Back them up once, outside of a job, or accept their loss.',
            );
      });
    },
  },
  {
    id: 'pmg-backup',
    title: 'The mail gateway has a recent backup of its settings',
    phases: before,
    products: ['pmg'],
    byHand: 'ls -l /var/lib/pmg/backup',
    judge: ({ pmgBackups, now }) =>
      known([pmgBackups], (names) => {
        const days = names.flatMap((name) => {
          const [, year, month, day] = /^pmg-backup_(\d{4})_(\d{2})_(\d{2})_/.exec(name) ?? [];
          return year === undefined
            ? []
            : [(now.getTime() - Date.parse(`${year}-${month}-${day}`)) / 1000 / secondsOfDay];
        });
        const todo = 'Make one and copy it elsewhere: pmgbackup backup --statistic';
        if (days.length === 0) return fail('there is none in /var/lib/pmg/backup', todo);
        const seen = `the last one is ${Math.max(0, Math.floor(Math.min(...days)))} days old`;
        return Math.min(...days) > longestDays ? warn(seen, todo) : pass(seen);
      }),
  },
];
