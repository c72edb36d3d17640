# After the files are there. $1: install or upgrade.
home=/opt/fixpoint/ksocket
# The packages of the system always fill slot a; `ksocket update` may have made b the active one.
printf 'a\n' > "$home/usr/lib/ksocket/active.new"
mv -f "$home/usr/lib/ksocket/active.new" "$home/usr/lib/ksocket/active"
# A container or a chroot has no service manager; whoever starts ksocket there knows how.
if [ -d /run/systemd/system ]; then
  if [ "$1" = install ]; then
    "$home/bin/ksocket" service install || echo "ksocket: set host and token, then run: ksocket service install"
  elif [ "$("$home/bin/ksocket" service status)" != missing ]; then
    "$home/bin/ksocket" service install && "$home/bin/ksocket" service restart ||
      echo "ksocket: the service still runs the old version; run: ksocket service restart"
  fi
fi
