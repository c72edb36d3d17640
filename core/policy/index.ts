/** What the operator permits, whatever the space orders. */
export { Policy, policySchema } from './policy.js';
export { readPolicy } from './read.js';
