/** A bridge that spoils what it carries would be measured instead of what crosses it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { labObstacle } from '../../plugins/intranet/testing/lab.js';
import { Network } from '../bench/discovery/network.js';
import { populate, seeded } from '../bench/discovery/population.js';

const obstacle = labObstacle();
const population = populate({ prefix: 24, alive: { count: 20 }, random: seeded(1) });
const [alive = ''] = population.alive;

/** A network whose bridge loses this share; `run` gives what a script prints in the asking namespace. */
async function over(t: TestContext, loss: number, script: string) {
  const network = await Network.build(population, { place: 'link', loss, seed: 1, bridge: true });
  t.after(() => network.close());
  const [command = '', ...args] = network.here([process.execPath, '-e', script]);
  const { stdout } = await promisify(execFile)(command, args);
  return { stdout, carried: await network.close() };
}

const connect = `require('net').connect(22, '${alive}').on('error', (e) => console.log(e.code))`;

test('a connect crosses the bridge and is refused by the host itself', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const { stdout, carried } = await over(t, 0, connect);
  assert.equal(stdout.trim(), 'ECONNREFUSED');
  assert.equal(carried?.lost, 0);
  assert.equal(carried?.failed, 0);
});

test('frames are lost in the share that was asked for', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  // Datagrams to a closed port; the answers are few, since a kernel limits its unreachables.
  const send = `const s = require('dgram').createSocket('udp4'); let n = 0; s.on('error', () => {});
    const next = () => n++ < 2000 ? s.send('x', 9, '${alive}', () => setImmediate(next)) : s.close(); next();`;
  const { carried } = await over(t, 0.2, send);
  assert.ok(carried !== undefined && carried.lost + carried.carried > 1500, JSON.stringify(carried));
  const share = carried.lost / (carried.lost + carried.carried);
  assert.ok(Math.abs(share - 0.2) < 0.04, `${share}`);
});
