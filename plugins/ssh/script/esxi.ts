/** VMware ESXi: BusyBox ash, and esxcli, whose tables come as CSV. */

export const esxi = String.raw`
esx() {
  n=$1
  shift
  part "esxi-$n" $limit esxcli --formatter=csv "$@"
}
esxi() {
  esx interfaces network ip interface list
  esx ipv4 network ip interface ipv4 get
  esx ipv6 network ip interface ipv6 address list
  esx routes network ip route ipv4 list
  esx neighbours network ip neighbor list
  part resolver cat /etc/resolv.conf
  echo "@$K network"
  part zone zone
  esx version system version get
  esx hostname system hostname get
  esx platform hardware platform get
  part esxi-summary $limit vim-cmd hostsvc/hostsummary
  esx nics network nic list
  esx devices storage core device list
  esx datastores storage filesystem list
  esx vibs software vib list
  esx accounts system account list
  part esxi-services $limit chkconfig --list
  part esxi-vms $limit vim-cmd vmsvc/getallvms
  esx running vm process list
}
`;
