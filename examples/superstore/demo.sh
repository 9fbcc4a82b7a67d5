#!/usr/bin/env bash
# The main job, start to end: demo.sh FACET CSV starts a server in a temporary folder, submits every
# order line of the file as a command through the client, and prints what the views say; then it
# takes a snapshot, reads from a replica, makes a backup, and restores it to an earlier position.
set -euo pipefail

[ $# = 2 ] || { printf 'usage: demo.sh FACET CSV\n' >&2; exit 2; }
readonly facet=$1 csv=$2
model=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly model

folder=$(mktemp -d "${TMPDIR:-/tmp}/facet-demo-XXXXXX")
readonly folder
export FACET_ADDRESS="unix:$folder/socket"
servers=()  # process ids of all that was started, the newest last

finish() {
  local code=$? i said
  trap - EXIT
  for ((i = ${#servers[@]} - 1; i >= 0; --i)); do
    kill -TERM "${servers[i]}" 2>/dev/null || true
    wait "${servers[i]}" 2>/dev/null || [ "$code" != 0 ] || code=1
  done
  if [ "$code" != 0 ]; then
    printf '\ndemo: it failed (exit code %s)\n' "$code" >&2
    for said in "$folder"/*.err; do
      [ ! -s "$said" ] || { printf 'demo: %s said:\n' "$(basename "$said" .err)"; cat "$said"; } >&2
    done
  fi
  rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }

now_ms() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# ask TITLE ARGUMENTS...: the program with these arguments, and the time that it took.
ask() {
  local title=$1 began took
  shift
  began=$(now_ms)
  "$facet" "$@" >"$folder/answer" 2>"$folder/talk" || { cat "$folder/talk" >&2; return 1; }
  took=$(($(now_ms) - began))
  heading "$title"
  cat "$folder/answer"
  printf '(%s ms, with starting the program)\n' "$took"
}

# number NAME < JSON: a field of a JSON line.
number() { sed -n "s/.*\"$1\":\"\{0,1\}\([0-9.a-f]*\).*/\1/p"; }

# start TITLE NAME ARGUMENTS...: a server in the background, ready; its data are in the folder NAME.
start() {
  local title=$1 name=$2 began
  shift 2
  heading "$title"
  began=$(now_ms)
  : >"$folder/$name.ready"
  "$facet" "$@" --data "$folder/$name" >>"$folder/$name.ready" 2>"$folder/$name.err" &
  servers+=($!)
  until grep -qs '^ready' "$folder/$name.ready"; do
    if ! kill -0 "${servers[-1]}" 2>/dev/null || [ $(($(now_ms) - began)) -gt 30000 ]; then
      printf 'demo: %s did not start\n' "$name" >&2
      return 1
    fi
    sleep 0.02
  done
  cat "$folder/$name.ready"
  printf '(%s ms, with starting the program)\n' "$(($(now_ms) - began))"
}

submit_all() {
  local lines
  if ! "$facet" submit PlaceOrderLine --csv "$csv" --json >"$folder/submitted"; then
    tail -n 1 "$folder/submitted" >&2
    return 1
  fi
  tail -n 1 "$folder/submitted" >"$folder/summary"
  lines=$(number accepted <"$folder/summary")
  token=$(number token <"$folder/summary")
  printf '%s order lines accepted, each of them on disk, in %.2f s: %.0f events/s\n' "$lines" \
    "$(number seconds <"$folder/summary")" "$(number rate <"$folder/summary")"
}

readonly regions='SELECT region, orders, lines, revenue, profit FROM orders_by_region
  ORDER BY region'

start "A server on an empty log" primary serve --model "$model" --listen "$FACET_ADDRESS"

heading "Every order line as a command"
submit_all

ask "Orders and revenue by region" sql --at-least "$token" "$regions"
cp "$folder/answer" "$folder/regions"
ask "Top 5 products by revenue" sql "SELECT product_name, category, quantity, revenue
  FROM revenue_by_product ORDER BY revenue DESC LIMIT 5"
ask "Customer dashboard: top 5 by lifetime value" scan customer_dashboard \
  --order-by 'lifetime_value DESC' --limit 5

customer=SM-20320
if ! "$facet" get customer_dashboard "$customer" >/dev/null 2>&1; then
  customer=$("$facet" scan customer_dashboard --order-by 'lifetime_value DESC' --limit 1 --csv |
    sed -n '2s/,.*//p')
fi
ask "Newest orders of $customer" scan orders --where "customer_id = '$customer'" \
  --order-by 'order_date DESC' --limit 5
ask "Every view is current (lag), and says so" status

ask "A snapshot, so that a restart need not fold the whole log" snapshot create

start "A read replica: it begins with the snapshot" replica replica --of "$FACET_ADDRESS" \
  --listen "unix:$folder/replica.sock"
ask "The same question to the replica, with the writer's token" sql \
  --address "unix:$folder/replica.sock" --at-least "$token" "$regions"
cmp "$folder/answer" "$folder/regions"
printf 'It is the same answer.\n'

ask "A backup, while the server goes on" backup "$folder/backup"
middle=$((($(number position <"$folder/summary") + 1) / 2))
ask "Restored to position $middle, half-way" restore --from "$folder/backup" \
  --data "$folder/restored" --to-position "$middle"
start "A server on the restored folder" restored serve --model "$model" \
  --listen "unix:$folder/restored.sock"
ask "The same question at position $middle" sql --address "unix:$folder/restored.sock" "$regions"

heading "To try next"
cat <<TEXT
  $facet serve --model $model --data shop-data &
  $facet submit PlaceOrderLine --csv $csv --wait 5
  $facet get orders_by_region West        # or scan, sql, status, log tail; facet --help
  $facet replica --of 127.0.0.1:7400 --data shop-copy --listen 127.0.0.1:7401
  less docs/operations.md                 # status, replicas, snapshots, backups
TEXT
