/** The sessions' storage on the database. */
import type { SessionStore } from '../session/store.js';
import { type Conclude, commitBatches } from './commit.js';
import { abandonedOrders, newsForSlots, openOrders } from './operations.js';
import type { Database } from './schema.js';
import { claimSlot, markDisconnected } from './slots.js';

/** @param conclude done in the same transaction as an outcome */
export function sessionStore(db: Database, conclude: Conclude): SessionStore {
  return {
    claim: (slotId, hello, terms) => claimSlot(db, slotId, hello, terms),
    commit: (batches, now) => commitBatches(db, batches, now, conclude),
    openOrders: (slotId) => openOrders(db, slotId),
    news: () => newsForSlots(db),
    abandoned: (now, leaseMs) => abandonedOrders(db, now, leaseMs),
    disconnected: (slotId, epoch, now, lastFrameAt) => markDisconnected(db, slotId, epoch, now, lastFrameAt),
  };
}
