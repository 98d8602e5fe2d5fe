/** Set-up file of vitest: evaluated anew for each test file, also where files share a process. */
import { afterAll } from 'vitest';
import { endTestFile } from './file-end.ts';

afterAll(endTestFile);
