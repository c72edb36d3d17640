/** `ksocket diagnostics authenticate`: a whole handshake with the token; it occupies the slot for a moment, and never takes it from anybody. */
import { checkSpace, ProbeFault } from '../../core/container/probe.js';
import type { SpaceRoute } from '../../core/container/route.js';
import { version } from '../version.js';
import type { Examination } from './examination.js';
import { told } from './refusals.js';
import { spaceFor, statesSpace } from './space.js';

/** @param lookup for tests, which ask no name server */
export async function authenticate(examination: Examination, lookup?: SpaceRoute['lookup']): Promise<void> {
  const space = await spaceFor(examination);
  if (space === undefined) return;
  const { settings } = space;
  const route = { ...space.route, lookup };
  statesSpace(examination, space);
  await examination.block([
    {
      title: 'Complete authentication',
      async run() {
        try {
          const slot = await checkSpace(route, { settings, version: version() }, examination.context.signal);
          return { data: { ...slot } };
        } catch (error) {
          throw error instanceof ProbeFault ? told(error) : error;
        }
      },
    },
  ]);
}
