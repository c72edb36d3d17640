/** Reads etc/ksocket/policy.toml; its absence permits everything, a fault in it stops the agent. */
import { join } from 'node:path';
import { type Home, parseDocument, validate } from '../config/index.js';
import { failure } from '../contract/index.js';
import { readIfThere } from '../runtime/index.js';
import { Policy, policySchema } from './policy.js';

/** @throws Failure E_INPUT: a policy that cannot be read must not turn into none. */
export async function readPolicy(home: Home): Promise<Policy> {
  const path = join(home.etc, 'policy.toml');
  for (const other of ['policy.yaml', 'policy.yml']) {
    if ((await readIfThere(join(home.etc, other))) === undefined) continue;
    throw failure('E_INPUT', `${join(home.etc, other)} is not read`, {
      remedy: 'the policy is written as TOML, in policy.toml',
    });
  }
  const text = await readIfThere(path);
  if (text === undefined) return Policy.open;
  return new Policy(validate(policySchema, parseDocument(text, path), path, Object.keys(policySchema.shape)));
}
