/** macOS. Nothing that asks Apple: what waits as an update is what the machine has found by itself. */

export const macos = String.raw`
applications() {
  for a in /Applications/*.app /Applications/Utilities/*.app; do
    [ -d "$a" ] || continue
    printf '%s\t%s\n' "$a" "$(defaults read "$a/Contents/Info" CFBundleShortVersionString)"
  done
}
macos() {
  part release release
  part fqdn $limit hostname -f
  part sysctl $limit sysctl kern.boottime kern.hostuuid hw.ncpu hw.physicalcpu hw.packages hw.memsize hw.model machdep.cpu.brand_string
  have sw_vers && part sw-vers sw_vers
  have ioreg && part ioreg $limit ioreg -rd1 -c IOPlatformExpertDevice
  part df $limit df -kP
  have diskutil && part diskutil $limit diskutil info -all
  have launchctl && part launchctl $limit launchctl list
  have brew && part brew $limit brew list --versions
  part applications applications
  part mac-updates $limit defaults read /Library/Preferences/com.apple.SoftwareUpdate RecommendedUpdates
  have dscl && part dscl-users $limit dscl . -list /Users UniqueID
  have dscl && part dscl-groups $limit dscl . -list /Groups PrimaryGroupID
}
`;
