import { damagedMediumSteps, mediumSteps } from './media-steps.ts';
import { replay } from './replay.ts';

replay('media', mediumSteps);
replay('damaged and full media', damagedMediumSteps);
