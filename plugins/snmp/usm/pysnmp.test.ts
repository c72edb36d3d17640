/** Every pair of security protocols against pysnmp, which has triple DES and both ways of making a key longer, and whose names are ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSnmp } from '../testing/open.js';
import { pysnmp, withoutPysnmp } from '../testing/pysnmp.js';
import { authDataOf, testUser } from '../testing/users.js';
import { type AuthName, auths, type PrivName, privs } from './protocols.js';

test('Every pair of security protocols of pysnmp opens a session', { skip: withoutPysnmp() }, async (t) => {
  const privNames = Object.keys(privs) as PrivName[];
  const users = (Object.keys(auths) as AuthName[]).flatMap((auth) => [
    testUser(auth),
    ...privNames.map((priv) => testUser(auth, priv)),
  ]);
  const port = await pysnmp(t, users);
  for (const user of users) {
    const session = await openSnmp({ port, authData: authDataOf(user), timeout: 10 });
    await session.close();
  }
  assert.equal(users.length, 6 * 8);
  t.diagnostic(`${users.length} pairs: ${privNames.join(', ')} and none, each with ${Object.keys(auths).join(', ')}`);
});
