/** What the address of a proxy may look like, wherever it is written: in the settings file or in HTTPS_PROXY and its kin. */

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:'];
const form = 'write it as http://USER:PASSWORD@HOST:PORT; https, socks5 and socks5h are possible too';

/** RFC 1929 counts the bytes of either in one byte. */
const maxSocksBytes = 255;

/** What is wrong with it, or undefined. The text itself is never quoted: it holds a password. */
export function proxyComplaint(text: string): string | undefined {
  if (!URL.canParse(text)) return `is no URL; ${form}`;
  const url = new URL(text);
  if (!schemes.includes(url.protocol)) return `is of no known kind; ${form}`;
  // A # or / in a password ends the host; everything after it would be lost in silence.
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    return `has no host, or something after it; ${form}, with %23 for #, %2F for / and %3F for ? in the password`;
  if (url.port === '0') return 'has the port 0';
  let parts: string[];
  try {
    parts = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  } catch {
    return 'has a % in its user or password that begins no character; write %25 for it';
  }
  if (parts[0]!.includes(':') && !url.protocol.startsWith('socks'))
    return 'has a colon in its user name, which the login to an HTTP proxy cannot carry (RFC 7617)';
  if (url.protocol.startsWith('socks') && parts.some((part) => Buffer.byteLength(part) > maxSocksBytes))
    return `has a user or password of more than ${maxSocksBytes} bytes, which SOCKS5 cannot carry`;
  return undefined;
}
