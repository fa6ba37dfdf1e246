ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 10.50.0.1/16 dev v0
ip addr add 2001:db8:50::1/64 dev v0 nodad
seq 0 99 | sed 's#.*#addr add 10.50.2.&/16 dev v0#' | ip -batch -
ip link set v0 up
unshare --net sh -c '
  while ! ip link show v1 >/dev/null 2>&1; do sleep 0.02; done
  ip link set lo up
  ip addr add 10.50.0.2/16 dev v1
  seq 0 99 | sed "s#.*#addr add 10.50.1.&/16 dev v1#" | ip -batch -
  ip addr add 2001:db8:50::2/64 dev v1 nodad
  ip link set v1 up
  exec "$0" -f -c "$1/feeder.conf" -s "$1/feeder.ctl" -P "$1/feeder.pid" 2>"$1/feeder.log"' "$0" "$FEEDER" &
# The neighbour may not have its own namespace yet, and the link would stay here.
until ip -o link show v0 | grep -q 'state UP'; do ip link set v1 netns $! 2>/dev/null; sleep 0.02; done
ip route add 10.77.0.0/16 via 10.50.0.7 proto static
ip -6 route add 2001:db8:77::/48 via 2001:db8:50::7 proto static
