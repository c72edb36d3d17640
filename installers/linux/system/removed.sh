# After the files are gone: what the updater and the service wrote beside them. Settings, credentials, records and logs stay.
home=/opt/fixpoint/ksocket
rm -rf "$home/usr"
if [ -d "$home" ]; then rmdir --ignore-fail-on-non-empty "$home"; fi
if [ -d /opt/fixpoint ]; then rmdir --ignore-fail-on-non-empty /opt/fixpoint; fi
