/** Every Unix that is not Linux: what most of them share, then each one’s own. */

export const unix = String.raw`
unix() {
  part ifconfig $limit ifconfig -a
  part bsd-arp $limit arp -an
  part bsd-route $limit netstat -rn
  part resolver resolver
  echo "@$K network"
  part release release
  part fqdn $limit hostname -f
  part zone zone
  part sysctl $limit sysctl kern.boottime kern.hostuuid hw.ncpu hw.physicalcpu hw.packages hw.memsize hw.physmem hw.model machdep.cpu.brand_string
  case "$(uname -s)" in
    Darwin) macos ;;
    *BSD | DragonFly) bsd ;;
  esac
}
`;
