/**
 * A host of the lab with something to say in every section: odd accounts, broken-off updates, crontabs, certificates, mounts, routes
 * and sockets. All of it lives in the host's own namespaces and overlays, and goes with them.
 */
import type { Company } from '../../lab/index.js';

const root = { username: 'root', password: 'Second-Opinion-7' };

export const address = '10.68.1.20';

export const company: Company = {
  name: 'opinion',
  domain: 'opinion.example',
  lans: [{ name: 'a', network: '10.68.1.0/24', routes: [] }],
  agent: {
    name: 'agent',
    role: 'where the agent runs',
    links: [{ lan: 'a', address: '10.68.1.10' }],
    oui: '00:1e:67',
    expect: 'alive-only',
  },
  hosts: [
    {
      name: 'kagami',
      role: 'furnished with whatever tools may see differently',
      links: [{ lan: 'a', address }],
      oui: '00:1b:d4',
      ssh: { login: 'password', ...root },
      expect: 'details-ssh',
    },
  ],
  dead: [],
  keys: [],
  credentials: { ssh: [{ file: '100-kagami.toml', includes: [`${address}/32`], ...root }], snmp: [] },
};

/** Addresses of every kind, policy routing, several next hops. A kernel without VLANs or macvlan has fewer interfaces. */
const network = `
ip link add up0 type veth peer name up1
ip link add br0 type bridge
ip link set up1 master br0
ip link add link up0 name up0.10 type vlan id 10 || :
ip link add macv0 link up0 type macvlan mode bridge || :
ip link add vx0 type vxlan id 42 dev up0 dstport 4789 || :
ip tuntap add tun7 mode tun
ip link set up0 alias 'uplink to  "core" #1 :x'
for i in $(ls /sys/class/net); do ip link set $i up || :; done
ip addr add 10.1.1.1/24 dev up0
ip addr add 10.1.1.7/24 dev up0 label up0:web
ip addr add 10.1.2.1/32 dev up0
ip addr add 10.9.0.1 peer 10.9.0.2/32 dev tun7
ip addr add 2001:db8:1::1/64 dev up0 nodad
ip addr add 2001:db8:1::2/128 dev up0 nodad
ip addr add fe80::5/64 dev up0 nodad
ip addr add 172.16.5.1/12 dev br0
ip route add default via 10.1.1.254 metric 50
ip route add 198.51.100.0/24 nexthop via 10.1.1.3 dev up0 weight 1 nexthop via 10.1.1.4 dev up0 weight 2
ip route add 203.0.113.0/24 via inet6 fe80::99 dev up0
ip route add unreachable 192.0.2.0/24
ip route add blackhole 198.18.0.0/15
ip route add 10.50.0.0/16 via 10.1.1.5 table 200
ip route add default via 10.1.1.6 table 200
ip rule add from 10.1.1.7 table 200
ip -6 route add default via 2001:db8:1::fffe metric 10
ip -6 route add 2001:db8:55::/48 nexthop via 2001:db8:1::a dev up0 nexthop via 2001:db8:1::b dev up0
ip -6 route add unreachable 2001:db8:66::/48
ip route add 10.77.0.0/16 via 10.1.1.9 onlink dev up0 src 10.1.1.7
ip neigh add 10.1.1.3 lladdr 00:11:22:33:44:55 dev up0 nud permanent
ip neigh add 2001:db8:1::a lladdr 00:11:22:33:44:57 router dev up0 nud permanent
ip neigh add 10.1.1.66 dev up0 nud incomplete
`;

const accounts = `
useradd -M -u 2001 -c 'Ünï Cödé, "Room, 12",+81-3,,x' -s /bin/bash odd
useradd -M -u 2002 -s '' noshell
useradd -M -u 2003 -e 2020-01-01 expired
useradd -M -u 2004 -s /usr/sbin/nologin svc
useradd -M -u 2005 open
useradd -M -u 2006 locked
useradd -M -u 2007 inactive
printf '%s:secret\\n' expired locked inactive | chpasswd -c SHA256
passwd -q -d open
passwd -q -l locked
chage -d 2020-01-01 -M 30 -I 5 inactive
echo '+::::::' >>/etc/passwd
echo 'no account at all' >>/etc/passwd
seq 1 300 | awk '{ printf "u%d:x:%d:100:User %d:/home/u%d:/bin/bash\\n", $1, 10000 + $1, $1, $1 }' >>/etc/passwd
seq 1 300 | awk '{ printf "u%d:*:19700:0:99999:7:::\\n", $1 }' >>/etc/shadow
groupadd -g 5001 team
gpasswd -M odd,expired,svc team
`;

/** The same edits that a broken-off update leaves; no package manager is run. */
const packages = `
ln -sf /etc/machine-id /var/lib/dbus/machine-id
dpkg --add-architecture i386
awk -v RS= -v ORS='\\n\\n' '
  /^Package: bc\\n/ { sub(/Status: install ok installed/, "Status: install ok half-configured") }
  /^Package: bzip2\\n/ { sub(/Status: install ok installed/, "Status: install ok unpacked") }
  /^Package: openssl\\n/ { sub(/Status: install ok installed/, "Status: hold ok installed") }
  /^Package: man-db\\n/ { sub(/Status: install ok installed/, "Status: install ok triggers-pending\\nTriggers-Pending: /usr/share/man") }
  /^Package: zsh\\n/ { sub(/Status: install ok installed/, "Status: deinstall ok config-files") }
  /^Package: tcsh\\n/ { sub(/Status: install ok installed/, "Status: install ok half-installed") }
  { print }
  END { print "Package: libodd\\nStatus: install ok installed\\nArchitecture: i386\\nMulti-Arch: same\\nMaintainer: x <x@example.org>\\nVersion: 2:1.0~rc1+b2-3\\nDescription: of another architecture" }
' /var/lib/dpkg/status >/var/lib/dpkg/status.new
mv /var/lib/dpkg/status.new /var/lib/dpkg/status
`;

const schedules = `
cat >/etc/cron.d/odd <<'end'
SHELL=/bin/bash
PASSWORD=hunter2
  */10   0-23/2 * * 1,3   www-data   /usr/bin/php -f /var/www/cron.php >/dev/null 2>&1
@reboot      root   sleep 60 && /opt/x
0 0 1 jan * root "/opt/with space/prog" a
end
echo '* * * * * root /bin/never' | tee /etc/cron.d/copy.bak /etc/cron.d/copy~ /etc/cron.d/.hidden >/dev/null
for f in plain with.dot; do printf '#!/bin/sh\\n' >/etc/cron.daily/$f; chmod +x /etc/cron.daily/$f; done
printf '%s\\n' '1 2 3 4 5 /usr/bin/one a b' '@daily FOO=bar /usr/bin/two' '30 4 1,15 * 5 cd /tmp; ./three' '* * * * * /four' >/tmp/crontab
mkdir -p /var/spool/cron/crontabs
crontab -u odd /tmp/crontab || install -m 600 /tmp/crontab /var/spool/cron/crontabs/odd
`;

const certificates = `
mkdir -p '/etc/nginx/with space'
cd /etc/nginx
openssl req -x509 -nodes -days 10 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout /tmp/ec.key -out ec.pem \\
  -subj '/C=JP/O=Comma, Inc.+OU=R\\/D/CN=ec.example.org' \\
  -addext 'subjectAltName=DNS:ec.example.org,DNS:*.example.org,IP:10.1.1.1,IP:2001:db8::1,email:a@example.org,DNS:xn--n3h.example'
openssl req -x509 -nodes -days 10 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout /tmp/many.key -out many.pem -subj '/CN=many' \\
  -addext "subjectAltName=$(seq 1 300 | sed 's/.*/DNS:h&.example.org/' | paste -sd,)"
openssl req -x509 -nodes -days 3650 -newkey ed25519 -keyout /tmp/utf8.key -out 'with space/utf8 ü.pem' -utf8 -set_serial 0x00ff \\
  -subj '/C=JP/O=株式会社ヒノキ/CN=日本語'
openssl req -new -nodes -newkey ed25519 -keyout /tmp/old.key -out /tmp/old.csr -subj '/CN=old.example.org'
openssl x509 -req -in /tmp/old.csr -signkey /tmp/old.key -days -1 -out old.crt
cat ec.pem old.crt >bundle.pem
cat ec.pem /tmp/ec.key >with-key.pem
sed 's/$/\\r/' many.pem >lines-of-windows.crt
cd /
`;

/** File systems of their own on loop devices, at mount points that break columns. */
const mounts = `
n=0
for m in '/var/mnt/日本' '/var/mnt/a  b ' '/var/mnt/12 34 5 6%' '/var/mnt/back\\slash'; do
  n=$((n + 1))
  truncate -s 8M /tmp/disk$n
  mkfs.ext4 -q -F /tmp/disk$n
  mkdir -p "$m"
  mount -o loop /tmp/disk$n "$m"
done
mkdir -p /var/mnt/memory
mount -t tmpfs -o size=10m 'odd device' /var/mnt/memory
`;

/** What stands before a socket is who has it: name of the program and user. It prints `ready`. */
export const sockets = `
import ctypes, os, socket, time
libc = ctypes.CDLL(None)
def have(name, uid, *wanted):
    if os.fork(): return
    kept = []
    for family, kind, address, v6only in wanted:
        it = socket.socket(family, kind)
        it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6: it.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
        it.bind(address)
        if kind == socket.SOCK_STREAM: it.listen(5)
        kept.append(it)
    if uid: os.setgid(uid); os.setuid(uid)
    libc.prctl(15, name.encode(), 0, 0, 0)
    time.sleep(100000)
I4, I6, S, D = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
have('a b [c]', 0, (I4, S, ('0.0.0.0', 8001), 0), (I6, S, ('::', 8001), 1))
have('dual', 33, (I6, S, ('::', 8002), 0), (I6, D, ('::', 8002), 0))
have('q"uo\\\\te', 0, (I4, D, ('0.0.0.0', 8003), 0), (I6, D, ('::', 8003), 1))
have('ünï', 2001, (I4, S, ('127.0.0.1', 8004), 0), (I6, S, ('::1', 8004), 1))
have('link', 0, (I6, S, ('fe80::5', 8005, 0, socket.if_nametoindex('up0')), 1))
it = socket.socket(I4, D)
it.bind(('127.0.0.1', 8009))
it.connect(('127.0.0.1', 9))
unix = socket.socket(socket.AF_UNIX, S)
unix.bind('/tmp/unix.sock')
unix.listen(5)
os.write(1, b'ready\\n')
time.sleep(100000)
`;

/** Names of programs by port, as they were given. */
export const programs: Readonly<Record<number, string>> = {
  8001: 'a b [c]',
  8002: 'dual',
  8003: 'q"uo\\te',
  8004: 'ünï',
  8005: 'link',
};

export const furnish = `set -e\n${[network, accounts, packages, schedules, certificates, mounts].join('')}`;
