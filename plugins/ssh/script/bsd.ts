/** FreeBSD, OpenBSD, NetBSD and DragonFly. */

export const bsd = String.raw`
openbsd_services() {
  rcctl ls on | sed 's/^/on /'
  rcctl ls started | sed 's/^/started /'
}
# The rest of the loader's environment may hold its password.
smbios_environment() { kenv | grep '^smbios\.'; }
bsd() {
  part release release
  case $system in FreeBSD | NetBSD | DragonFly) part fqdn $limit hostname -f ;; esac
  part sysctl $limit sysctl kern.boottime kern.hostuuid hw.ncpu hw.ncpuonline hw.physicalcpu hw.packages hw.physmem hw.physmem64 hw.model \
    hw.vendor hw.product hw.version hw.serialno hw.uuid machdep.dmi.system-vendor machdep.dmi.system-product \
    machdep.dmi.system-serial machdep.dmi.system-uuid kern.vm_guest security.jail.jailed
  have freebsd-version && part freebsd-version freebsd-version -u
  have kenv && part kenv smbios_environment
  case $system in
    FreeBSD | DragonFly) part df $limit df -kT ;;
    *) part df $limit df -kP ;;
  esac
  have geom && part geom $limit geom disk list
  have sockstat && part sockstat $limit sockstat -46l
  have sockstat || part bsd-listeners $limit netstat -an -f inet
  have jls && part jls $limit jls jid name host.hostname
  have service && [ "$system" = FreeBSD ] && part rc-enabled $limit service -e
  have rcctl && part rcctl openbsd_services
  # /usr/sbin/pkg is only what would install it.
  [ -x /usr/local/sbin/pkg ] && part pkg $limit /usr/local/sbin/pkg query '%n\t%v\t%q'
  have pkg_info && part pkg-info $limit pkg_info
  accounts
}
`;
