/** The TCP ports that tell whether a host is there and what it serves. Their names are IANA's. */

export const services: readonly { readonly name: string; readonly port: number }[] = [
  { name: 'ssh', port: 22 },
  { name: 'http', port: 80 },
  { name: 'epmap', port: 135 },
  { name: 'https', port: 443 },
  { name: 'microsoft-ds', port: 445 },
  { name: 'ms-wbt-server', port: 3389 },
  { name: 'wsman', port: 5985 },
  { name: 'http-alt', port: 8080 },
];

/**
 * In which order a silent host is asked, a group at a time: any closed port of an unfiltered host answers, so the first
 * group holds the ports that firewalls let through most.
 */
export const groups: readonly (readonly number[])[] = [
  [443, 80, 22],
  [445, 3389, 135],
  [5985, 8080],
];

/**
 * Never touched: printers print what arrives at 515 and 9100, and controllers of plants have stopped at less than a
 * connection (S7, Modbus, DNP3, EtherNet/IP, BACnet).
 */
export const untouchable: ReadonlySet<number> = new Set([102, 502, 515, 9100, 20000, 44818, 47808]);
