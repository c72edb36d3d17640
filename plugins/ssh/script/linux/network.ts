/** The addresses come first: they are what a scan waits for. */

export const network = String.raw`
net_sys() {
  cd /sys/class/net || return
  lines */ifindex */address */mtu */operstate */carrier */speed */duplex */type */flags */addr_assign_type */ifalias \
    */tun_flags */uevent */device/uevent */master/uevent
  for f in */lower_* */phy80211; do [ -e "$f" ] && echo "exists:$f"; done
}
# With the tables of policies and VRFs, where this ip knows them.
routes() { ip -$1 route show table all || ip -$1 route show; }
linux_network() {
  if have ip; then
    part ip-address ip -o addr show
    part ip-neighbour ip neigh show
    part ip-route routes 4
    part ip-route6 routes 6
    part ip-link ip -o link show
  fi
  part proc-arp cat /proc/net/arp
  part proc-route cat /proc/net/route
  have ip || part ifconfig $limit ifconfig -a
  part net-sys net_sys
  [ -e /proc/net/vlan/config ] && part vlan cat /proc/net/vlan/config
  part resolver resolver
}
listeners() {
  if have ss; then as_root ss -tulnp || { $limit ss -tulnp && return 126; }
  elif have netstat; then as_root netstat -tulnp || { $limit netstat -tulnp && return 126; }
  else grep -sH : /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6; fi
}
`;
