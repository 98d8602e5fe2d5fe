import { failureSteps, keySteps } from './failure-steps.ts';
import { filterSteps, prefilledSteps } from './filter-steps.ts';
import { replay } from './replay.ts';

replay('key files', keySteps);
replay('failures', failureSteps);
replay('filters and full disks', filterSteps);
replay('a pool filled before', prefilledSteps);
