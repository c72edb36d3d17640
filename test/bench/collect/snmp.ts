/** What the simulated agents and those who ask them agree about. */

import { testUser } from '../../../plugins/snmp/testing/users.js';

export const community = 'bench';
/** authPriv with what is most common today: SHA-256 and AES-128. */
export const user = testUser('usmHMAC192SHA256AuthProtocol', 'usmAesCfb128Protocol');
export const port = 161;
/** system, ifTable and ifXTable, which is all that a simulated switch has. */
export const switchTables = ['1.3.6.1.2.1.1', '1.3.6.1.2.1.2.2', '1.3.6.1.2.1.31.1.1'];
