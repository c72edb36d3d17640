/** Linux of every distribution. The addresses come first: they are what a scan waits for. */

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const dpkgFormat = '${Status}\\t${Package}\\t${Version}\\t${Architecture}\\n';
const rpmFormat = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

export const linux = String.raw`
net_sys() {
  cd /sys/class/net || return
  lines */ifindex */address */mtu */operstate */carrier */speed */type */flags */addr_assign_type */ifalias */tun_flags \
    */uevent */device/uevent
}
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
`;
