/** What stores. */

export const storage = String.raw`
block() {
  cd /sys/block || return
  lines */size */removable */queue/rotational */device/vendor */device/model */device/serial */device/wwid */serial \
    */wwid */device/type */device/firmware_rev */device/rev */*/partition */*/size
}
block_tree() {
  for c in ,PARTTYPE,PARTTYPENAME ,PARTTYPE ''; do
    $limit lsblk -nbP -o NAME,KNAME,PKNAME,TYPE,SIZE,SERIAL,MODEL,FSTYPE,UUID$c && return
  done
}
filesystems() { $limit df -kPTl || $limit df -kPT || $limit df -kP; }
# Even to read, LVM would write its hints in /run.
volume_report() { as_root "$1" --config devices/hints=none --readonly --noheadings --nosuffix --units k --separator '|' -o "$2"; }
told() { printf '%s\n' "$2"; return $1; }
btrfs() {
  cd /sys/fs/btrfs || return
  for f in */devices/* */allocation/data/*/total_bytes; do [ -e "$f" ] && echo "$f"; done
  lines */label
}
linux_storage() {
  part block block
  have lsblk && part lsblk block_tree
  part df filesystems
  [ -e /proc/mdstat ] && part mdstat cat /proc/mdstat
  if have pvs; then
    physical=$(volume_report pvs vg_name,pv_name,vg_size,vg_free)
    brief pvs told $? "$physical"
    [ -n "$physical" ] && part lvs volume_report lvs vg_name,lv_name,lv_size
  fi
  if have zpool; then
    part zpool-list $limit zpool list -Hp -o name,size,free,health
    part zpool-status $limit zpool status
    part zfs-volumes $limit zfs list -Hp -t volume -o name,volsize
  fi
  [ -d /sys/fs/btrfs ] && part btrfs btrfs
  for f in storcli64 storcli perccli64 perccli; do
    have $f || continue
    part storcli as_root $f /call show J nolog
    break
  done
  have ssacli && part ssacli as_root ssacli ctrl all show config
}
`;
