/** Who may enter, and how well it is kept. Password hashes never leave the target, not even those that very old systems keep in /etc/passwd. */

/** A host has some dozens; a store of more is a bundle of authorities. */
const maxCertificateFiles = 200;
const maxCertificateLines = 8000;

/** Accounts with a password that are asked about; each is a program. */
const maxAged = 20;

/** Reads the files whose names it gets; one with a private key in it is left alone altogether. awk's getline, unlike a file argument, survives a file that cannot be read. */
const publicCertificates = String.raw`
{
  f = $0
  text = ""
  inside = 0
  n = 0
  while ((getline line < f) > 0) {
    if (line ~ /PRIVATE KEY/) { text = ""; break }
    if (line ~ /^-----BEGIN CERTIFICATE-----/) inside = 1
    if (inside && ++n < 1000) text = text line "\n"
    if (line ~ /^-----END CERTIFICATE-----/) inside = 0
  }
  close(f)
  if (text == "") next
  print "file:" f
  printf "%s", text
  lines += n
  if (++files >= ${maxCertificateFiles} || lines > ${maxCertificateLines}) exit
}`;

export const certificateFiles = `public_certificates() { $limit awk '${publicCertificates}'; }`;

export const security = String.raw`
passwd_fields() { cut -d: -f1,3,4,5,6,7 /etc/passwd; }
# Whose account or password has run out only chage says, of one account at a time: those that have a password are few.
password_states() {
  { as_root passwd -Sa; echo ": $?"; } | (
    n=0 aged=
    while read -r u p rest; do
      case $u in
        :) break ;;
        -* | *[!A-Za-z0-9_.-]*) ;;
        *) case $p in P | PS | NP) [ $n -lt ${maxAged} ] && n=$((n + 1)) aged="$aged $u" ;; esac ;;
      esac
      echo "$u $p $rest"
    done
    [ "$p" = 0 ] && have chage || exit "$p"
    date '+today:%Y-%m-%d'
    for u in $aged; do
      echo "user:$u"
      as_root chage -l "$u"
    done
    exit 0
  )
}
last_login() {
  if have lastlog2; then utc lastlog2
  elif have lastlog; then utc lastlog
  else utc last -Fwn 500; fi | grep -vF 'Never logged in'
}
${certificateFiles}
certificates() {
  $limit find /etc/ssl /etc/pki /etc/letsencrypt /etc/nginx /etc/apache2 /etc/httpd /etc/haproxy /etc/postfix /etc/dovecot \
    /etc/exim4 /etc/ldap /etc/openldap /etc/mysql /etc/postgresql /etc/kubernetes/pki /etc/docker /etc/cockpit/ws-certs.d \
    /etc/openvpn /etc/ipsec.d /etc/swanctl /etc/caddy /etc/grafana /etc/pve/local /var/lib/acme /var/lib/kubelet/pki \
    -xdev -maxdepth 5 \( -path /etc/pki/ca-trust -o -path /etc/ssl/certs -o -name private \) -prune -o \
    -type f \( -name '*.pem' -o -name '*.crt' -o -name '*.cer' \) -size -128 -print |
    head -n 1000 | public_certificates
}
private_certificates() {
  as_root find /etc/letsencrypt/live -name cert.pem -print -exec cat '{}' ';'
}
# As root apt would rewrite its cache where that is old: nobody may not, and builds it in memory.
apt_pending() {
  if [ "$root" != yes ]; then $limit apt list --upgradable
  elif have setpriv; then $limit setpriv --reuid=65534 --regid=65534 --clear-groups apt list --upgradable
  else $limit apt -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= list --upgradable; fi
}
kernels() {
  uname -r
  for f in /boot/vmlinuz-* /lib/modules/*; do [ -e "$f" ] && echo "$f"; done
  for f in /run/reboot-required /var/run/reboot-required /run/reboot-needed /etc/kernel/postinst.d/update-notifier \
    /etc/kernel/postinst.d/unattended-upgrades; do [ -e $f ] && echo "exists:$f"; done
}
nft_rules() {
  may nft -a list ruleset || return
  as_root nft -a list ruleset | awk '/# handle [0-9]+$/ && !/[{] # handle/ { n++ } END { print n + 0 }'
}
iptables_rules() {
  may iptables-save || return
  as_root iptables-save | grep -c '^-A'
  return 0
}
access_control() {
  grep -sHE '^([01YN]$|SELINUX=|ENABLED=)' /sys/fs/selinux/enforce /sys/module/apparmor/parameters/enabled /etc/selinux/config /etc/ufw/ufw.conf
}
linux_security() {
  part passwd passwd_fields
  part group cut -d: -f1,3,4 /etc/group
  have passwd && part passwd-state password_states
  part last-login last_login
  have awk && part certificates certificates
  [ -d /etc/letsencrypt/live ] && part private-certificates private_certificates
  brief access-control access_control
  if have nft; then brief nft nft_rules; elif have iptables-save; then brief iptables iptables_rules; fi
  brief kernels kernels
  have needs-restarting && part needs-restarting $limit needs-restarting -r
  have apt && [ -d /var/lib/apt/lists ] && part apt-pending apt_pending
  # As a user both would make themselves a cache of that user's own.
  if have dnf; then part dnf-pending as_root dnf -C -q check-update; elif have yum; then part dnf-pending as_root yum -C -q check-update; fi
  have zypper && part zypper-pending $limit zypper --non-interactive --no-refresh -q list-updates
  have apk && part apk-pending $limit apk --no-network version -l '<'
  have pacman && part pacman-pending $limit pacman -Qu
  have opkg && part opkg-pending $limit opkg list-upgradable
}
`;
