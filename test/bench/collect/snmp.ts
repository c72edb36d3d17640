/** What the simulated agents and those who ask them agree about. */

export const community = 'bench';
export const port = 161;
/** system, ifTable and ifXTable, which is all that a simulated switch has. */
export const switchTables = ['1.3.6.1.2.1.1', '1.3.6.1.2.1.2.2', '1.3.6.1.2.1.31.1.1'];
