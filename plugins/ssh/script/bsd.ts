/** What only the BSDs have, beside what unix.ts asks. */

export const bsd = String.raw`
bsd() {
  have kenv && part kenv kenv
  have pkg && [ "$(uname -s)" = FreeBSD ] && part pkg $limit pkg query '%n\t%v\t%q'
}
`;
