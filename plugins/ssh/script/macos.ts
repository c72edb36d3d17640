/** What only macOS has, beside what unix.ts asks. */

export const macos = String.raw`
macos() {
  have sw_vers && part sw-vers sw_vers
  have ioreg && part ioreg $limit ioreg -rd1 -c IOPlatformExpertDevice
}
`;
