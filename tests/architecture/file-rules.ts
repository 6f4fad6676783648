import { commentRules } from './comment-rules.js';
import { idRules } from './id-rules.js';
import { importRules } from './import-rules.js';
import { nameRules } from './name-rules.js';
import { purityRules } from './purity-rules.js';
import { serverRules } from './server-rules.js';
import { sizeRules } from './size-rules.js';
import { testRules } from './test-rules.js';
import { typeRules } from './type-rules.js';
import { workflowRules } from './workflow-rules.js';

/** Every rule about one file at a time. */
export const fileRules = [
  ...sizeRules,
  ...nameRules,
  ...typeRules,
  ...purityRules,
  ...importRules,
  ...serverRules,
  ...workflowRules,
  ...idRules,
  ...testRules,
  ...commentRules,
] as const;
