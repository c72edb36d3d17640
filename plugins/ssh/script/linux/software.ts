/** What is installed, what runs by itself, and what runs in containers and virtual machines. */

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const dpkgFormat = '${Status}\\t${Package}\\t${Version}\\t${Architecture}\\n';
const rpmFormat = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{INSTALLTIME}\\t%{VENDOR}\\n';
/** The templates of docker and podman (Go’s text/template). */
const containerFormat = '{{.ID}}\\t{{.Names}}\\t{{.Image}}\\t{{.Status}}\\t{{.Ports}}';
const imageFormat = '{{.ID}}\\t{{.Repository}}:{{.Tag}}\\t{{.Size}}';

/**
 * Of a line of a crontab only the schedule, the user and the program leave the target: passwords stand in the rest. A word that
 * could be anything but the name of a program is left out; so is a line whose schedule is none. `cd / && backup` and
 * `[ -x backup ] && backup` are lines of backup, unless something is quoted, where words are no longer what they seem.
 */
const cronProgram = String.raw`
function program(i, w) {
  for (; i <= NF; i++) {
    w = $i
    if (w ~ /^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.,\/:@%+-]*$/) continue
    if (w == "{" || w == "(" || w == "if" || w == "!" || w == "exec" || w == "nice") continue
    if (w ~ /^(cd|test|\[|:|sleep)$/ && $0 !~ /["\047\\$]/) {
      while (i <= NF && $i !~ /^(&&|\|\||then)$/ && $i !~ /;$/) i++
      if (i < NF) continue
    }
    sub(/^[(]+/, "", w)
    sub(/[;)]+$/, "", w)
    return w ~ /^[A-Za-z0-9_.\/+[-]+$/ ? w : ""
  }
  return ""
}
{
  f = own
  if (own == "") {
    i = index($0, ":")
    f = substr($0, 1, i - 1)
    $0 = substr($0, i + 1)
  }
  n = $1 ~ /^@[a-z]+$/ ? 1 : 5
  s = $1
  for (i = 2; i <= n; i++) s = s " " $i
  if (n == 5 && s !~ /^-?[0-9*][0-9A-Za-z*,\/~-]*( [0-9A-Za-z*,\/~-]+)+$/) next
  u = users ? $(n + 1) : ""
  if (u !~ /^[A-Za-z0-9_.-]*$/) next
  print f "\t" s "\t" u "\t" program(n + 1 + users)
}`;

export const cronRows = `cron_rows() { awk -v users="$1" -v own="$2" '${cronProgram}'; }`;

export const software = String.raw`
rpm_database() { ls /var/lib/rpm/Packages* /var/lib/rpm/rpmdb.sqlite /usr/lib/sysimage/rpm/* | grep -q .; }
apk_database() { cat /lib/apk/db/installed || cat /usr/lib/apk/db/installed; }
pacman_database() { cd /var/lib/pacman/local && grep -shA1 -E '^%(NAME|VERSION|ARCH|INSTALLDATE)%$' */desc; }
linux_packages() {
  have dpkg-query && part dpkg $limit dpkg-query -W -f='${dpkgFormat}'
  have rpm && rpm_database && part rpm $limit rpm -qa --qf '${rpmFormat}'
  if [ -r /lib/apk/db/installed ] || [ -r /usr/lib/apk/db/installed ]; then
    part apk-database eval 'apk_database | grep "^[PVA]:"'
  elif have apk; then part apk $limit apk info -v; fi
  if [ -r /var/lib/pacman/local/ALPM_DB_VERSION ]; then part pacman-database pacman_database
  elif have pacman; then part pacman $limit pacman -Q; fi
  have opkg && part opkg $limit opkg list-installed
  [ -d /var/db/pkg ] && have emerge && part portage eval 'cd /var/db/pkg && printf "%s\n" */*-[0-9]*'
  have xbps-query && part xbps $limit xbps-query -l
  [ -d /var/lib/pkgtools/packages ] && part slackware ls /var/lib/pkgtools/packages
  [ -S /run/snapd.socket ] && have snap && part snap $limit snap list
  [ -d /var/lib/flatpak/app ] && have flatpak &&
    part flatpak $limit flatpak list --system --columns=application,version,arch,origin
}

runlevels() { printf '%s\n' /etc/rc[2345].d/S[0-9]* /etc/rc.d/rc[2345].d/S[0-9]* /etc/init.d/*; }
openrc() {
  printf '%s\n' /etc/init.d/* /etc/runlevels/*/* /run/openrc/started/* /run/openrc/failed/* /run/openrc/inactive/*
}
procd() { printf '%s\n' /etc/init.d/* /etc/rc.d/S[0-9]*; }
# list-unit-files would have process 1, which nobody can ask to be nice, work half a second for the same.
unit_files() {
  printf 'wanted:%s\n' /etc/systemd/system/*.wants/*.service /etc/systemd/system/*.requires/*.service
  printf 'runtime:%s\n' /run/systemd/system/*.wants/*.service /run/systemd/generator*/*.wants/*.service
  printf 'generated:%s\n' /run/systemd/generator*/*.service
  set -- /etc/systemd/system/*.service /usr/local/lib/systemd/system/*.service /usr/lib/systemd/system/*.service
  [ -L /lib ] || set -- "$@" /lib/systemd/system/*.service
  grep -sHE '^[[:space:]]*(WantedBy|RequiredBy|UpheldBy|Alias|Also)[[:space:]]*=' "$@" |
    sed -e 's/^\([^:]*\):[[:space:]]*Also.*/also:\1/' -e t -e 's/^\([^:]*\):.*/install:\1/'
  links=
  for f; do
    [ -e "$f" ] || continue
    if [ ! -s "$f" ]; then echo "masked:$f"
    elif [ ! -L "$f" ]; then echo "unit:$f"
    else case $f in /etc/*) links="$links $f" ;; esac; fi
  done
  [ -z "$links" ] || ls -ld $links | sed 's,^[^/]*,link:,'
}
linux_services() {
  read -r init </proc/1/comm
  if [ -d /run/systemd/system ]; then
    part systemd-units $limit systemctl list-units --type=service --all --plain --no-legend --no-pager --full
    part systemd-unit-files unit_files
    part systemd-timers utc systemctl show --no-pager \
      -p Id -p ActiveState -p UnitFileState -p NextElapseUSecRealtime -p NextElapseUSecMonotonic -p TimersCalendar -p TimersMonotonic '*.timer'
  elif [ -d /run/openrc ]; then part openrc openrc
  elif [ "$init" = procd ]; then part procd procd
  elif [ "$init" = runit ]; then part runit eval 'printf "%s\n" /var/service/* /etc/service/* /etc/runit/runsvdir/default/*'
  elif [ "$init" = init ]; then
    have initctl && part upstart $limit initctl list
    part sysv runlevels
  fi
}

${cronRows}
# Copies that editors and package managers leave are never run, and Debian's cron and run-parts want plain names.
cron_runs() {
  case $1 in
    '*' | '#'* | *'~' | *, | *,v | *.swp | *.rpmsave | *.rpmorig | *.rpmnew | *.cfsaved) return 1 ;;
    *[!A-Za-z0-9_-]*) [ ! -e /etc/debian_version ] ;;
  esac
}
cron_files() {
  set -- /etc/crontab
  cd /etc/cron.d && for f in *; do cron_runs "$f" && set -- "$@" "/etc/cron.d/$f"; done
  grep -sH . "$@" | cron_rows 1
  for f in hourly daily weekly monthly; do
    cd /etc/cron.$f || continue
    for p in *; do [ -x "$p" ] && cron_runs "$p" && printf '%s\t@%s\troot\t%s\n' /etc/cron.$f $f "/etc/cron.$f/$p"; done
  done
  return 0
}
crontabs() {
  spool=/var/spool/cron
  for f in /var/spool/cron/crontabs /var/spool/cron/tabs /etc/crontabs; do [ -d $f ] && spool=$f; done
  if may grep -rsH . $spool; then as_root grep -rsH . $spool | cron_rows 0
  else
    have crontab && $limit crontab -l | cron_rows 0 "own/$(id -un)"
    return 126
  fi
}
linux_schedules() {
  if have awk; then
    part cron cron_files
    { [ -d /var/spool/cron ] || [ -d /etc/crontabs ]; } && part crontabs crontabs
  fi
  have atq && part at utc atq
}

docker_cli() {
  if [ -w /var/run/docker.sock ]; then $limit docker -H unix:///var/run/docker.sock "$@"
  else as_root docker -H unix:///var/run/docker.sock "$@"; fi
}
podman_cli() {
  if [ "$root" = no ]; then $limit podman "$@"; else as_root podman "$@"; fi
}
control_groups() {
  for f in /sys/fs/cgroup/lxc.payload.* /sys/fs/cgroup/*/lxc.payload.* /sys/fs/cgroup/*/lxc/*; do [ -d "$f" ] && echo "$f"; done
}
linux_guests() {
  # A client would start a daemon that only its socket waits for, and a podman that was never used would make itself at home.
  if [ -S /var/run/docker.sock ] && [ -e /var/run/docker.pid ]; then
    part docker docker_cli ps -a --no-trunc --format '${containerFormat}'
    part docker-images docker_cli image ls --format '${imageFormat}'
  fi
  if have podman && { { [ "$root" != no ] && [ -d /var/lib/containers/storage ]; } || [ -e "/run/user/$(id -u)/libpod/tmp/pause.pid" ]; }; then
    part podman podman_cli ps -a --no-trunc --format '${containerFormat}'
    part podman-images podman_cli image ls --format '${imageFormat}'
  fi
  have crictl && part crictl as_root crictl ps -a -o json
  part machines grep -sHE '^(NAME|CLASS|SERVICE)=' /run/systemd/machines/*
  part lxc control_groups
  [ -e /run/libvirt/libvirtd.pid ] || [ -e /run/libvirt/virtqemud.pid ] || [ -e /run/libvirtd.pid ] &&
    have virsh && part virsh as_root virsh -r -c qemu:///system list --all
  have qm && part qm as_root qm list
  have pct && part pct as_root pct list
}
`;
