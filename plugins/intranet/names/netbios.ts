/** NetBIOS node status: Windows, Samba and many a printer and storage box tell their names at port 137. */
import { nodeStatusRequest, readNodeStatus } from '../wire/netbios.js';
import type { Question } from './question.js';

export const netbios: Question = {
  port: 137,
  ask: ({ id }) => nodeStatusRequest(id),
  read(message, { id }) {
    const status = readNodeStatus(message, id);
    return status && (status.name === undefined ? [] : [status.name]);
  },
};
