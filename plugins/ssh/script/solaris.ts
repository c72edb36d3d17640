/** Solaris 10 and 11, and illumos: OmniOS, OpenIndiana, SmartOS. */

export const solaris = String.raw`
solaris_df() { if [ -x /usr/xpg4/bin/df ]; then /usr/xpg4/bin/df -kP; else df -k; fi; }
solaris() {
  part solaris-release head -n 1 /etc/release
  part kstat $limit kstat -p unix:0:system_misc:boot_time
  part psrinfo $limit psrinfo -pv
  part solaris-prtconf $limit prtconf
  part smbios as_root smbios -t SMB_TYPE_SYSTEM
  part dladm $limit dladm show-phys -m
  part df solaris_df
  part iostat $limit iostat -En
  part bsd-listeners $limit netstat -an -f inet -P tcp
  have pkg && part solaris-pkg $limit pkg list -H
  have pkginfo && part pkginfo $limit pkginfo -x
  have svcs && part svcs $limit svcs -aHo state,fmri
  have zoneadm && part zoneadm $limit zoneadm list -cp
  accounts
}
`;
