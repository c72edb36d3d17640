/** The operating system and the machine below it. */

export const system = String.raw`
locale_files() { grep -sH '^LANG=' /etc/locale.conf /etc/default/locale /etc/sysconfig/i18n; }
installed() {
  [ -e /var/lib/cloud/instance ] && echo cloud
  stat -c '%n %Y %W' / /var/log/installer /var/log/anaconda /var/log/YaST2/y2log-1.xz
}
dmi() {
  cd /sys/class/dmi/id || return
  lines sys_vendor product_name product_version product_sku product_serial product_uuid board_vendor board_name \
    board_version board_serial bios_vendor bios_version bios_date chassis_type chassis_vendor chassis_serial chassis_asset_tag
  for f in product_serial product_uuid board_serial chassis_serial; do
    [ -e $f ] && [ ! -r $f ] && echo "unreadable:$f"
  done
  lines /run/udev/data/+dmi:id
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
# Elsewhere, and on some old virtual machines, /proc/cpuinfo names no sockets; on x86 lscpu adds nothing to it.
kernel_knows_cpu() {
  case $machine in x86_64 | i?86) grep -q '^physical id' /proc/cpuinfo ;; *) return 1 ;; esac
}
lscpu_model() { lscpu | grep -E '^(Model name|Vendor ID|CPU max MHz|Hypervisor vendor)'; }
marks() {
  lines /sys/hypervisor/type /run/systemd/container /proc/1/cgroup /proc/xen/capabilities
  for f in /.dockerenv /run/.containerenv /proc/vz /proc/bc /dev/lxd/sock; do [ -e $f ] && echo "exists:$f"; done
}
pci() {
  cd /sys/bus/pci/devices || return
  a=
  for d in *; do
    read -r c <$d/class && case $c in
      0x03* | 0x0104* | 0x0107*) a="$a $d/class $d/vendor $d/device /run/udev/data/+pci:$d" ;;
    esac
  done
  [ -n "$a" ] || return 0
  grep -sHE '^0x|_FROM_DATABASE=' $a
  [ -d /run/udev/data ] || { have lspci && $limit lspci -Dmm; }
}
power() {
  cd /sys/class/power_supply || return
  lines */type */scope */status */online */manufacturer */model_name */serial_number
}
linux_system() {
  part release release
  brief locale locale_files
  brief boot grep -s '^btime' /proc/stat
  brief fqdn $limit hostname -f
  brief zone zone
  brief installed installed
  have systemd-detect-virt && brief detect-virt $limit systemd-detect-virt
  part marks marks
  part dmi dmi
  [ -e /sys/class/dmi/id/sys_vendor ] && part dmidecode as_root dmidecode -t 0,1,2,3,17,39
  part device-tree device_tree
  part cpu cpu
  if have lscpu && ! kernel_knows_cpu; then
    part lscpu $limit lscpu -p=CPU,CORE,SOCKET
    part lscpu-model lscpu_model
  fi
  brief memory grep -sE '^(MemTotal|SwapTotal):' /proc/meminfo
  part pci pci
  part power power
}
`;
