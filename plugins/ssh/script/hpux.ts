/** HP-UX 11. */

export const hpux = String.raw`
hpux_machine() {
  echo "model: $(model)"
  echo "serial: $(getconf MACHINE_SERIAL)"
  echo "ident: $(getconf MACHINE_IDENT)"
  echo "partition: $(getconf PARTITION_IDENT)"
}
hpux_addresses() {
  for i in $(netstat -in | cut -d' ' -f1 | sort -u); do
    case $i in [a-z]*[0-9]) ifconfig $i ;; esac
  done
}
hpux() {
  part hpux-machine hpux_machine
  part hpux-ifconfig hpux_addresses
  part lanscan $limit lanscan
  [ -x /usr/contrib/bin/machinfo ] && part machinfo $limit /usr/contrib/bin/machinfo
  part bdf $limit bdf -l
  part bsd-listeners $limit netstat -an -f inet
  part swlist $limit swlist -l product
  accounts
}
`;
