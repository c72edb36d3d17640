/**
 * The two shell scripts that run inside a lab. Nothing in them, nor anything that they start, outlives the first:
 *
 * - `root` is process 1 of the lab's own PID namespace, in a mount namespace of its own. It starts one process 1 per
 *   host and then reads its standard input, a pipe whose other end only the owner has. However the owner ends, the pipe
 *   ends too; then `root` ends, the kernel kills every process in its PID namespace (pid_namespaces(7)), and with the last
 *   process of each network and mount namespace these are gone. No namespace has a name that would keep it.
 * - `host` is process 1 of one host or switch: it puts the host's own files in place, starts its servers, and reaps.
 */

/** $1: the lab's folder; the others: names of hosts and switches. Says `down NAME` when one has ended by itself. */
export const root = `here=$1
shift
for name in "$@"; do
  {
    unshare --net --mount --uts --ipc --pid --fork sh "$here/host.sh" "$name" "$here/hosts/$name"
    echo "down $name"
  } </dev/null &
done
cat >/dev/null
kill -s KILL -- -1
wait
rm -rf --one-file-system -- "$here"
`;

/**
 * $1: name; $2: the host's folder, as host-files.ts lays it out. Says `up NAME PID` when its files are in place.
 * Its own PID as the owner counts is to be read in the owner's /proc, before its own is mounted over it.
 */
export const host = `set -e
name=$1 here=$2
read -r pid rest </proc/self/stat
mount -n -t proc proc /proc
mount -n -t sysfs sysfs /sys
echo "$name" >/proc/sys/kernel/hostname
if [ -d "$here/class" ]; then
  mount -n -t overlay overlay -o "ro,lowerdir=$here/class:/sys/class" /sys/class
elif [ -d /sys/class/dmi ]; then
  mount -n -t tmpfs tmpfs /sys/class/dmi
fi
if [ -f "$here/sysctl" ]; then
  while read -r key value; do echo "$value" >"/proc/sys/$key"; done <"$here/sysctl"
fi
trees=
[ ! -f "$here/trees" ] || trees=$(cat "$here/trees")
for tree in $trees; do
  mount -n -t overlay overlay -o "lowerdir=/$tree,upperdir=$here/$tree/upper,workdir=$here/$tree/work" "/$tree"
done
if [ -d "$here/apt" ] && [ -d /var/lib/apt ]; then mount -n --bind "$here/apt" /var/lib/apt; fi
if [ -d "$here/ssh" ]; then mount -n --bind "$here/ssh" /etc/ssh; fi
if [ -d "$here/home" ]; then
  mount -n --bind "$here/home" /home
  mount -n --bind "$here/root" /root
  mount -n -o remount,bind,ro none /
  mount -n -t tmpfs -o mode=755 tmpfs /run
  mount -n -t tmpfs -o mode=1777 tmpfs /tmp
fi
start=:
[ -z "$trees" ] || start='. /etc/rc.local'
echo "up $name $pid"
exec >/dev/null
eval "$start"
sleep infinity &
wait $!
`;
