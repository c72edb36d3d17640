/**
 * Is this the output of the old `ksocket encrypt`? Its format was never published, so it is told by what a credential file cannot be:
 * no text, or one long word instead of a table, or a container that says so itself.
 */

/** Names of containers: OpenSSL's enc, Fernet (the Python library's tokens), age, PGP, Ansible. */
const containers = /^(?:Salted__|U2FsdGVkX1|gAAAAA|age-encryption\.org|-----BEGIN (?:PGP|AGE)|\$ANSIBLE_VAULT)/;

/** A value in a readable file that is such a container. */
const word = /(?:^|["'\s:=])(?:gAAAAA[\w-]{60,}={0,2}|U2FsdGVkX1[A-Za-z0-9+/]{20,}={0,2}|\$ANSIBLE_VAULT;)/m;

export function isEncrypted(bytes: Buffer): boolean {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return true;
  }
  if (text.includes('\0')) return true;
  const body = text.trim();
  if (containers.test(body) || word.test(body)) return true;
  // Base64 and nothing else; a TOML or YAML file has an equals sign or a colon in its first line.
  return body.length >= 64 && /^[A-Za-z0-9+/_\r\n-]+={0,2}$/.test(body);
}
