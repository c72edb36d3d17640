/**
 * What runs on a target: one constant POSIX sh script (dash, bash, BusyBox ash, ksh), fed to the standard input of one `/bin/sh`.
 * It writes nothing, takes no argument, and reads only what is listed here. The only values from outside are the two of the
 * greeting, a hexadecimal nonce and 0 or 1.
 */

/** Bound of one command’s output, enforced on the target where `head -c` exists: the package list of a very full host is 1 MiB. */
export const maxPartBytes = 4 * 1024 * 1024;
/** A command that hangs (df on a dead file server) gives way to the others after this. */
const commandSeconds = 20;

/**
 * The first line, before anything else is sent: only a POSIX shell answers with `@NONCE 42`. The command line of a switch or a
 * menu that ignores which program was asked for never gets to see the script.
 */
export const greeting = (nonce: string, sudo: boolean) => `K=${nonce}; S=${sudo ? 1 : 0}; echo "@$K $((40+2))"\n`;

/** The word that the greeting makes a shell say. */
export const greetingAnswer = '42';

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const dpkgFormat = '${Status}\\t${Package}\\t${Version}\\t${Architecture}\\n';
const rpmFormat = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

/**
 * Each part is printed as
 *   @NONCE begin NAME
 *   (what the command printed)
 *   @NONCE exit STATUS     missing when the output was cut off
 *   @NONCE end
 * The braces make the shell read the whole script before it runs a line of it, so that no command can eat the rest.
 */
export const script = String.raw`{
LC_ALL=C LANG=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL LANG PATH
unset ENV BASH_ENV GREP_OPTIONS GREP_COLOR GREP_COLORS BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE COLUMNS
umask 077
cap=cat
[ "$(echo ab | head -c 1)" = a ] && cap='head -c ${maxPartBytes}'
limit=
timeout -s KILL 1 true && limit='timeout -s KILL ${commandSeconds}'
have() { command -v "$1" >/dev/null; }
part() {
  echo "@$K begin $1"
  shift
  { "$@"; s=$?; echo; echo "@$K exit $s"; } | $cap
  echo
  echo "@$K end"
}
lines() { grep -sH . "$@"; }

kernel() { uname -s; uname -r; uname -v; uname -m; uname -n; }
net_sys() {
  cd /sys/class/net || return
  lines */ifindex */address */mtu */operstate */carrier */speed */type */flags */addr_assign_type */ifalias */tun_flags \
    */uevent */device/uevent
}
resolver() {
  if [ -r /run/systemd/resolve/resolv.conf ]; then cat /run/systemd/resolve/resolv.conf; else cat /etc/resolv.conf; fi
}
release() {
  lines /etc/os-release || lines /usr/lib/os-release
  lines /etc/machine-id /var/lib/dbus/machine-id /etc/timezone /etc/TZ /etc/redhat-release /etc/SuSE-release \
    /etc/alpine-release /etc/debian_version /etc/openwrt_release /etc/slackware-version
}
zone() { readlink /etc/localtime; date +%Z; }
dmi() {
  cd /sys/class/dmi/id || return
  lines sys_vendor product_name product_version product_sku product_serial product_uuid board_vendor board_name \
    board_version board_serial bios_vendor bios_version bios_date chassis_vendor chassis_serial
  for f in product_serial product_uuid board_serial; do
    [ -e $f ] && [ ! -r $f ] && echo "unreadable:$f"
  done
}
dmi_tool() {
  [ -e /sys/class/dmi/id/product_uuid ] && [ ! -r /sys/class/dmi/id/product_uuid ] || return 3
  [ "$S" = 1 ] || return 126
  have sudo && have dmidecode || return 127
  $limit sudo -n dmidecode -t 0,1,2
}
device_tree() {
  for f in model serial-number compatible; do
    [ -r /proc/device-tree/$f ] && echo "$f:$(tr '\000' ' ' </proc/device-tree/$f)"
  done
}
cpu() {
  grep -vE '^(flags|vmx flags|bugs|Features|isa|power management)' /proc/cpuinfo
  grep -qE '^flags.* hypervisor( |$)' /proc/cpuinfo && echo 'hypervisor: yes'
  lines /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq
}
lscpu_model() { lscpu | grep -E '^(Model name|Vendor ID|CPU max MHz|Hypervisor vendor)'; }
block() {
  cd /sys/block || return
  lines */size */removable */queue/rotational */device/vendor */device/model */device/serial */device/wwid */serial \
    */wwid */device/type
}
filesystems() { $limit df -kPTl || $limit df -kPT || $limit df -kP; }
marks() {
  lines /sys/hypervisor/type /run/systemd/container /proc/1/cgroup
  for f in /.dockerenv /run/.containerenv /proc/vz /proc/bc /dev/lxd/sock; do [ -e $f ] && echo "exists:$f"; done
}
rpm_database() { ls /var/lib/rpm/Packages* /var/lib/rpm/rpmdb.sqlite /usr/lib/sysimage/rpm/* | grep -q .; }

linux() {
  if have ip; then
    part ip-address $limit ip -o addr show
    part ip-neighbour $limit ip neigh show
    part ip-route $limit ip -4 route show
    part ip-route6 $limit ip -6 route show
    part ip-link $limit ip -o link show
  fi
  part proc-arp cat /proc/net/arp
  part proc-route cat /proc/net/route
  have ip || part ifconfig $limit ifconfig -a
  part net-sys net_sys
  part resolver resolver
  echo "@$K network"
  part release release
  part boot grep -s '^btime' /proc/stat
  part fqdn $limit hostname -f
  part zone zone
  have systemd-detect-virt && part detect-virt $limit systemd-detect-virt
  part marks marks
  part dmi dmi
  part dmidecode dmi_tool
  part device-tree device_tree
  part cpu cpu
  have lscpu && part lscpu $limit lscpu -p=CPU,CORE,SOCKET
  have lscpu && part lscpu-model lscpu_model
  part memory grep -s '^MemTotal' /proc/meminfo
  part block block
  have lsblk && part lsblk $limit lsblk -dnbP -o NAME,SERIAL,MODEL
  part df filesystems
  have dpkg-query && part dpkg $limit dpkg-query -W -f='${dpkgFormat}'
  have rpm && rpm_database && part rpm $limit rpm -qa --qf '${rpmFormat}'
  have apk && part apk $limit apk info -v
  have pacman && part pacman $limit pacman -Q
  have opkg && part opkg $limit opkg list-installed
}
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
  have sw_vers && part sw-vers sw_vers
  have ioreg && part ioreg $limit ioreg -rd1 -c IOPlatformExpertDevice
  have kenv && part kenv kenv
  have pkg && [ "$(uname -s)" = FreeBSD ] && part pkg $limit pkg query '%n\t%v\t%q'
}
main() {
  part kernel kernel
  if [ "$(uname -s)" = Linux ]; then linux; else unix; fi
  echo "@$K done"
}
main </dev/null 2>/dev/null
exit 0
}
`;
