/** Every workflow of the control plane, under its registered name. */
export { addArtifacts } from './add-artifacts.js';
export { publishOutbox } from './publish-outbox.js';
export { submitStrategy } from './submit-strategy.js';
export { superviseOutbox } from './supervise-outbox.js';
