import { aptSteps, subscriptionSteps } from './key-steps.ts';
import { replay } from './replay.ts';

replay('subscription keys and helper', subscriptionSteps);
replay('apt on a medium', aptSteps);
