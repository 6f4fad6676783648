/** Every workflow of the control plane, under its registered name. */
export { submitStrategy } from './submit-strategy.js';
