/** Every workflow of the control plane, by the name it is registered under. */
export { submitStrategy } from './submit-strategy.js';
