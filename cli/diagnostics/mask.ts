/** The address of a proxy without its login, however badly it is written: a password may hold any of the characters of a URL. */

const hidden = '[redacted]';

export function maskProxy(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(text) ?? [];
  const end = rest.lastIndexOf('@');
  if (end < 0) return text;
  const colon = rest.indexOf(':');
  // A login of one word is a key as often as a name.
  const user = colon >= 0 && colon < end ? `${rest.slice(0, colon)}:` : '';
  return `${scheme}${user}${hidden}${rest.slice(end)}`;
}
