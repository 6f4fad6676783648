import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { payloadConverterPath } from '../payloads/data-converter.js';
import { preloadModules, workflowBundle, workflowsPath } from './workflow-bundle.js';

/** Build step: bundles the workflows with converter and preloads. */
const { code } = await bundleWorkflowCode({
  workflowsPath,
  payloadConverterPath,
  preloadModules,
  logger: new DefaultLogger('WARN'),
});
await writeFile(workflowBundle.codePath, code);
