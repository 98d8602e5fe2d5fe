/** What `pommgr verify` found, for people. */
import type { VerifyResult } from '../workflows/offline/verify.ts';
