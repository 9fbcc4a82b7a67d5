#!/usr/bin/env bash
# Side by side with Redis: durable orders (P1) and lookups (P3), the same one by one (P2, P4), and a
# restart with 1,000,000 rows (P8), in one run, on one disk, over unix sockets. Then durable orders
# without and with snapshots meanwhile. Prints a line for each, and the ratios.
#
#   bench/run.sh [--seconds S] [--data DIR] [--build DIR]
#
# Redis is measured where redis-server is installed and redis_peer was built (with libhiredis-dev);
# else facet's figures stand alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=5 data=${TMPDIR:-/tmp} build=build/release
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=$2 ;;
    --data) data=$2 ;;
    --build) build=$2 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done

case "$seconds" in
  '' | *[!0-9]* | 0) echo "run.sh: --seconds takes a whole number" >&2; exit 2 ;;
esac
[ -x "$build/facet" ] || { echo "run.sh: there is no $build/facet; ./dev build makes it" >&2; exit 1; }
[ "$(stat -f -c %T "$data")" != tmpfs ] ||
  echo "run.sh: $data is in memory: fsync costs nothing there; --data names a folder on a disk" >&2

folder=$(mktemp -d "$data/facet-peer-XXXXXX")
redis=
rdb_process=
finish() {
  for process in $redis $rdb_process; do
    { kill "$process" 2>/dev/null && wait "$process" 2>/dev/null; } || true
  done
  rm -rf "$folder"
}
trap finish EXIT

start_redis() {
  command -v redis-server >/dev/null && [ -x "$build/redis_peer" ] || return 1
  redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --save '' \
    --appendonly yes --appendfsync always --daemonize no >"$folder/redis.log" 2>&1 &
  redis=$!
  for _ in $(seq 100); do
    [ ! -S "$folder/redis.sock" ] || return 0
    sleep 0.1
  done
  return 1
}

# number NAME JSON
number() { grep -o "\"$1\":[0-9.e+-]*" <<<"$2" | head -n 1 | cut -d: -f2 || true; }

# run NAME COMMAND...: its line; the throughput is left in $throughput
throughput=
failures=0
run() {
  local name=$1 json
  shift
  if ! json=$(timeout $((seconds + 120)) "$@"); then failures=$((failures + 1)); fi
  throughput=$(number throughput "$json")
  case "$json" in *'"verified":true'*) ;; *) name+=" (NOT VERIFIED)" ;; esac
  printf '%-44s %12.0f /s   p99 %8.3f ms   CPU us: client %6.2f, server %6.2f\n' "$name" \
    "${throughput:-0}" "$(number p99 "$json")" "$(number client_cpu_us_per_op "$json")" \
    "$(number server_cpu_us_per_op "$json")"
}

# side_by_side GOAL TITLE WORKLOAD "REDIS CLIENTS AND PIPELINE" FACET ARGUMENTS...
side_by_side() {
  local goal=$1 title=$2 workload=$3 peer=$4 ours
  shift 4
  run "$goal facet: $title" env -u FACET_ADDRESS "$build/facet" bench "$workload" --json \
    --seconds "$seconds" --data "$folder" "$@"
  ours=$throughput
  [ -n "$redis" ] || return 0
  # shellcheck disable=SC2086
  run "$goal redis: $title" "$build/redis_peer" "$workload" "$folder/redis.sock" "$seconds" $peer
  awk -v ours="${ours:-0}" -v theirs="${throughput:-0}" -v goal="$goal" \
    'BEGIN { if (theirs > 0) printf "%s facet / redis = %.1f\n\n", goal, ours / theirs }'
}

# Redis loads as many hashes of three fields from its RDB file: the time is the one that it logs.
restart_side_by_side() {
  local rows=1000000 rdb=$folder/rdb loaded
  run "P8 facet: restart, $rows rows" env -u FACET_ADDRESS "$build/facet" bench restart --json \
    --operations "$rows" --data "$folder"
  [ -n "$redis" ] && command -v redis-cli >/dev/null || return 0
  mkdir "$rdb"
  start_rdb "$rdb"
  awk -v rows="$rows" 'BEGIN { for (i = 0; i < rows; ++i)
    printf "HSET P%06d orders 1 revenue %d quantity %d\r\n", i, i * 37 % 1000000, i % 9 }' |
    redis-cli -s "$rdb/socket" --pipe >/dev/null
  redis-cli -s "$rdb/socket" SAVE >/dev/null
  stop_rdb
  start_rdb "$rdb"
  stop_rdb
  loaded=$(grep -o 'DB loaded from disk: [0-9.]*' "$rdb/log" | tail -n 1 | grep -o '[0-9.]*$')
  printf '%-44s %12.0f /s\n' "P8 redis: restart, $rows hashes" \
    "$(awk -v rows="$rows" -v seconds="$loaded" 'BEGIN { print rows / seconds }')"
  awk -v ours="$throughput" -v rows="$rows" -v seconds="$loaded" \
    'BEGIN { printf "P8 facet / redis = %.1f\n\n", ours / (rows / seconds) }'
}

# Without and with snapshots, in turn, a fresh server each time: a machine is not as fast every second.
snapshots_side_by_side() {
  local pair without=0 with=0
  for pair in 1 2 3; do
    run "orders, a row for each ($pair)" env -u FACET_ADDRESS "$build/facet" bench orders --json \
      --seconds "$seconds" --data "$folder" --model bench/models/wide
    without=$(awk -v a="$without" -v b="${throughput:-0}" 'BEGIN { print a + b }')
    run "the same with snapshots meanwhile ($pair)" env -u FACET_ADDRESS "$build/facet" bench orders \
      --json --seconds "$seconds" --data "$folder" --model bench/models/wide --snapshots
    with=$(awk -v a="$with" -v b="${throughput:-0}" 'BEGIN { print a + b }')
  done
  awk -v with="$with" -v without="$without" \
    'BEGIN { if (without > 0) printf "with / without snapshots = %.2f\n\n", with / without }'
}

start_rdb() {
  redis-server --port 0 --unixsocket "$1/socket" --dir "$1" --save '' --appendonly no \
    --daemonize no >>"$1/log" 2>&1 &
  rdb_process=$!
  for _ in $(seq 300); do
    [ "$(redis-cli -s "$1/socket" PING 2>/dev/null)" != PONG ] || return 0
    sleep 0.1
  done
  return 1
}

stop_rdb() {
  kill "$rdb_process"
  wait "$rdb_process" || true
  rdb_process=
}

start_redis || echo "run.sh: no Redis here: facet's figures alone" >&2
side_by_side P1 "orders, batches" orders "50 64" --batch 500
side_by_side P2 "orders one by one, 50 clients" orders "50 1" --batch 1 --clients 50 --in-flight 1
side_by_side P3 "lookups, 100 keys a request" lookup "50 64" --keys-per-request 100
side_by_side P4 "lookups one by one, 50 clients" lookup "50 1" \
  --keys-per-request 1 --clients 50 --in-flight 1
restart_side_by_side
snapshots_side_by_side
[ "$failures" = 0 ]
