/** Answers of the tools -> the facts that gates judge by. Every answer that cannot be parsed becomes unknown here. */
import { PommgrError } from '../../core/domain/errors.ts';
import { parseDocument } from '../../core/domain/document.ts';
import {
  backupJobsSchema,
  cephStatusSchema,
  clusterStatusSchema,
  forecastSchema,
  haResourcesSchema,
  haStatusSchema,
  nodeStatusSchema,
  okToStopSchema,
  optionsSchema,
  osdTreeSchema,
  replicationSchema,
  resourcesSchema,
  servicesSchema,
  tasksSchema,
  timeSchema,
} from './answers.ts';
import type { GateFacts } from './check.ts';
import { jsonFact, readFact, type Answer, type Fact } from '../../core/domain/fact.ts';
import { sharedStorages } from './guest-config.ts';
import { versionsSchema } from './plan-answers.ts';
import { parseQuorum } from './quorum.ts';
import { rolloutFileName, rolloutKind, type Rollout } from './rollout.ts';

/** As they came; a file that is not there is an empty text. */
export type GateAnswers = Record<Exclude<keyof GateFacts, 'now' | 'guestConfigs' | 'hasCeph'>, Answer> & {
  cephConfig: Answer;
};

export function factsOf(
  answers: GateAnswers,
  { guestConfigs, now }: Pick<GateFacts, 'guestConfigs' | 'now'>,
): GateFacts {
  return {
    now,
    clusterStatus: jsonFact(answers.clusterStatus, clusterStatusSchema),
    quorum: readFact(answers.quorum, parseQuorum),
    haResources: jsonFact(answers.haResources, haResourcesSchema),
    haStatus: jsonFact(answers.haStatus, haStatusSchema),
    resources: jsonFact(answers.resources, resourcesSchema),
    tasks: jsonFact(answers.tasks, tasksSchema),
    backupJobs: jsonFact(answers.backupJobs, backupJobsSchema),
    options: jsonFact(answers.options, optionsSchema),
    storages: readFact(answers.storages, sharedStorages),
    guestConfigs,
    rollout: rolloutFact(answers.rollout),
    hasCeph: readFact(answers.cephConfig, (text) => text.trim() !== ''),
    cephStatus: jsonFact(answers.cephStatus, cephStatusSchema),
    osdTree: jsonFact(answers.osdTree, osdTreeSchema),
    okToStop: jsonFact(answers.okToStop, okToStopSchema),
    nodeStatus: jsonFact(answers.nodeStatus, nodeStatusSchema),
    services: jsonFact(answers.services, servicesSchema),
    replication: jsonFact(answers.replication, replicationSchema),
    time: jsonFact(answers.time, timeSchema),
    versions: jsonFact(answers.versions, versionsSchema),
    forecast: jsonFact(answers.forecast, forecastSchema),
  };
}

/** Null where nobody holds the cluster. */
export function rolloutFact(answer: Answer): Fact<Rollout | null> {
  return readFact(answer, (text) => {
    if (text === '') return null;
    try {
      return parseDocument(text, rolloutKind, rolloutFileName);
    } catch (error) {
      if (error instanceof PommgrError) throw new SyntaxError(error.message);
      throw error;
    }
  });
}
