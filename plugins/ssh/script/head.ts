/** What every platform's part of the script stands on: the bounds, how a part is printed, the rights, and the questions that any Unix answers. */

/** Bound of one command’s output, enforced on the target where `head -c` exists: the package list of a very full host is 1 MiB. */
export const maxPartBytes = 4 * 1024 * 1024;
/** A command that hangs (df on a dead file server) gives way to the others after this; asked first, since a package manager that is killed leaves its locks. */
const commandSeconds = 20;

/**
 * `as_root` runs a command that only root may run: as root itself, or by sudo or doas where the credential file permits it
 * ($S is 1) and they want no password. sudo is asked once what it would permit, because each refusal is written to the target’s
 * log and mailed to its administrator; being permitted everything as somebody else, a database, is not it; a login that may run only some commands is asked before each of them, which sudo does
 * not log. A command that sudo runs cannot be ended by the login, so `timeout` stands inside where everything is permitted.
 */
export const rights = String.raw`
have() { command -v "$1" >/dev/null; }
rights() {
  root=no sudo=
  # Solaris 10 has no id -u.
  case $(id) in 'uid=0('*) root=yes ;; esac
  if [ $root = yes ]; then :
  elif [ "$S" != 1 ]; then :
  elif have sudo; then
    granted=$($limit sudo -n -l) && sudo='sudo -n' root=some
    for who in '(ALL)' '(ALL : ALL)' '(root)' '(root : root)'; do
      case $granted in *"$who NOPASSWD: ALL"* | *"$who NOPASSWD: SETENV: ALL"* | *"$who SETENV: NOPASSWD: ALL"*) root=all ;; esac
    done
  elif have doas && $limit doas -n true; then sudo='doas -n' root=all
  fi
}
may() {
  have "$1" || return 127
  case $root in
    yes | all) ;;
    some)
      p=$(command -v "$1")
      shift
      case $granted in *NOPASSWD:*"$p"*) $limit $sudo -l "$p" "$@" || return 126 ;; *) return 126 ;; esac
      ;;
    *) return 126 ;;
  esac
} >/dev/null
as_root() {
  may "$@" || return
  case $root in
    yes) $limit "$@" ;;
    all) $sudo $limit "$@" ;;
    some) $sudo "$@" ;;
  esac
}
`;

/**
 * Each part is printed as
 *   @NONCE begin NAME
 *   (what the command printed)
 *   @NONCE exit STATUS     missing when the output was cut off
 *   @NONCE end
 * Statuses of the script's own: 126 not permitted (what an ordinary user sees is printed all the same), 127 no such tool.
 */
export const head = String.raw`
LC_ALL=C LANG=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL LANG PATH
unset ENV BASH_ENV GREP_OPTIONS GREP_COLOR GREP_COLORS BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE COLUMNS DOCKER_HOST CONTAINER_HOST
umask 077
cap=cat
[ "$(echo ab | head -c 1)" = a ] && cap='head -c ${maxPartBytes}'
limit=
if timeout -k 1 1 true; then limit='timeout -k 5 ${commandSeconds}'
elif timeout -s KILL 1 true; then limit='timeout -s KILL ${commandSeconds}'
elif timeout -t 1 -s KILL true; then limit='timeout -t ${commandSeconds} -s KILL'; fi
part() {
  echo "@$K begin $1"
  shift
  { "$@"; s=$?; echo; echo "@$K exit $s"; } | $cap
  echo
  echo "@$K end"
}
# What cannot be long needs no cap, and saves two processes; in the shell itself, so no function that changes the folder.
brief() {
  echo "@$K begin $1"
  shift
  "$@"
  s=$?
  echo
  echo "@$K exit $s"
  echo "@$K end"
}
utc() { TZ=UTC0 $limit "$@"; }
lines() { grep -sH . "$@"; }

gently() {
  renice -n 10 -p $$
  have ionice && ionice -c 2 -n 7 -p $$
} >/dev/null
${rights}kernel() {
  machine=$(uname -m)
  echo "$system"
  [ "$system" = Linux ] && cat /proc/sys/kernel/osrelease /proc/sys/kernel/version || { uname -r; uname -v; }
  echo "$machine"
  uname -n
}
resolver() {
  if [ -r /run/systemd/resolve/resolv.conf ]; then cat /run/systemd/resolve/resolv.conf; else cat /etc/resolv.conf; fi
}
release() {
  lines /etc/os-release || lines /usr/lib/os-release
  lines /etc/machine-id /var/lib/dbus/machine-id /etc/timezone /etc/TZ /etc/redhat-release /etc/SuSE-release \
    /etc/alpine-release /etc/debian_version /etc/openwrt_release /etc/slackware-version /etc/system-release-cpe
}
zone() { readlink /etc/localtime; date +%Z; }
`;
