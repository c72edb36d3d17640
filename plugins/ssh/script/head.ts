/** What every platform's part of the script stands on: the bounds, how a part is printed, and the questions that any Unix answers. */

/** Bound of one command’s output, enforced on the target where `head -c` exists: the package list of a very full host is 1 MiB. */
export const maxPartBytes = 4 * 1024 * 1024;
/** A command that hangs (df on a dead file server) gives way to the others after this. */
const commandSeconds = 20;

/**
 * Each part is printed as
 *   @NONCE begin NAME
 *   (what the command printed)
 *   @NONCE exit STATUS     missing when the output was cut off
 *   @NONCE end
 */
export const head = String.raw`
LC_ALL=C LANG=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL LANG PATH
unset ENV BASH_ENV GREP_OPTIONS GREP_COLOR GREP_COLORS BLOCKSIZE BLOCK_SIZE DF_BLOCK_SIZE COLUMNS
umask 077
cap=cat
[ "$(echo ab | head -c 1)" = a ] && cap='head -c ${maxPartBytes}'
limit=
timeout -s KILL 1 true && limit='timeout -s KILL ${commandSeconds}'
have() { command -v "$1" >/dev/null; }
part() {
  echo "@$K begin $1"
  shift
  { "$@"; s=$?; echo; echo "@$K exit $s"; } | $cap
  echo
  echo "@$K end"
}
lines() { grep -sH . "$@"; }

kernel() { uname -s; uname -r; uname -v; uname -m; uname -n; }
resolver() {
  if [ -r /run/systemd/resolve/resolv.conf ]; then cat /run/systemd/resolve/resolv.conf; else cat /etc/resolv.conf; fi
}
release() {
  lines /etc/os-release || lines /usr/lib/os-release
  lines /etc/machine-id /var/lib/dbus/machine-id /etc/timezone /etc/TZ /etc/redhat-release /etc/SuSE-release \
    /etc/alpine-release /etc/debian_version /etc/openwrt_release /etc/slackware-version
}
zone() { readlink /etc/localtime; date +%Z; }
`;
