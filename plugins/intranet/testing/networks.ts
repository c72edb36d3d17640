/** The small networks that several tests look at. */
import type { Lab } from './lab.js';

/** `here` 10.66.0.1/24 on v0, and `there` that answers for 10.66.0.2 and for 10.66.0.64 to .79. */
export function oneLink(it: Lab): void {
  it.space('here');
  it.space('there');
  it.cable(['here', 'v0', '10.66.0.1/24'], ['there', 'v1', '10.66.0.2/24']);
  it.ip('there', 'route add local 10.66.0.64/28 dev lo');
}

/** `here` behind `middle`, whose far link is 10.67.0.0/24 with `far` at .2 and for .64 to .79. */
export function twoLinks(it: Lab): void {
  for (const name of ['here', 'middle', 'far']) it.space(name);
  it.cable(['here', 'v0', '10.66.0.1/24'], ['middle', 'v1', '10.66.0.254/24']);
  it.cable(['middle', 'v2', '10.67.0.1/24'], ['far', 'v3', '10.67.0.2/24']);
  it.sysctl('middle', 'net.ipv4.ip_forward', '1');
  // No default route: what the router says of this machine's resolver would use up its unreachables of a second.
  it.ip('here', 'route add 10.67.0.0/16 via 10.66.0.254');
  it.ip('far', 'route add default via 10.67.0.1');
  it.ip('far', 'route add local 10.67.0.64/28 dev lo');
}
