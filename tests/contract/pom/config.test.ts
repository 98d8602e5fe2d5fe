import { configSteps, helpSteps } from './config-steps.ts';
import { oddSteps } from './odd-steps.ts';
import { replay } from './replay.ts';

replay('help', helpSteps);
replay('config and first snapshots', configSteps);
replay('odd cases', oddSteps);
