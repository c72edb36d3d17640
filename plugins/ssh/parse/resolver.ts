/** resolv.conf(5). */
import { addressOf } from './addresses.js';
import { linesOf, wordsOf } from './text.js';

export function nameServers(text: string): string[] {
  const servers = new Set<string>();
  for (const line of linesOf(text)) {
    const [keyword, value] = wordsOf(line);
    const address = keyword === 'nameserver' ? addressOf(value) : undefined;
    if (address !== undefined) servers.add(address);
  }
  return [...servers];
}
