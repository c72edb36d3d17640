/** AIX 5.3 and later; its /bin/sh is ksh88. */

export const aix = String.raw`
aix_disks() {
  for d in $(lspv | cut -d' ' -f1); do echo "$d $(getconf DISK_SIZE /dev/$d)"; done
}
aix_groups() {
  for v in $(lsvg); do lsvg $v; done
}
aix() {
  part aix-level oslevel -s
  part aix-model uname -M
  part prtconf $limit prtconf
  part netstat-in $limit netstat -in
  part df $limit df -kP
  part aix-disks aix_disks
  part lsvg aix_groups
  part bsd-listeners $limit netstat -an -f inet
  part lslpp $limit lslpp -Lcq
  have rpm && part rpm $limit rpm -qa --qf '%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n'
  part lssrc $limit lssrc -a
  have lswpar && part lswpar $limit lswpar -cqa name,state,type
  accounts
}
`;
