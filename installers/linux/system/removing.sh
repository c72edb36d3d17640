# Before the files go.
home=/opt/fixpoint/ksocket
if [ -d /run/systemd/system ] && [ -f "$home/usr/lib/ksocket/active" ]; then
  "$home/bin/ksocket" service uninstall || echo "ksocket: the service could not be removed; see: systemctl status ksocket"
fi
