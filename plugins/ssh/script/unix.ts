/**
 * Every Unix that is not Linux: what most of them share, then each one’s own. `hostname` gets no option where it could be taken
 * for a new name: on Solaris and HP-UX `hostname -f`, by root, calls the host "-f".
 */

const shared = `
passwd_lines() { cut -d: -f1,3,4,5,6,7 /etc/passwd; }
accounts() {
  part passwd passwd_lines
  part group cut -d: -f1,3,4 /etc/group
}
`;

export const unix = `${shared}
unix() {
  if [ "$system" = VMkernel ]; then
    esxi
    return
  fi
  part ifconfig $limit ifconfig -a
  part bsd-arp $limit arp -an
  part bsd-route $limit netstat -rn
  part resolver resolver
  echo "@$K network"
  part zone zone
  rights
  case "$system" in
    Darwin) macos ;;
    *BSD | DragonFly) bsd ;;
    AIX) aix ;;
    SunOS) solaris ;;
    HP-UX) hpux ;;
  esac
}
`;
