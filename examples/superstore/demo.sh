#!/usr/bin/env bash
# The main job, start to end: demo.sh FACET CSV starts a server in a temporary folder, submits every order line of
# the file as a command through the client, and prints what the views say.
set -euo pipefail

[ $# = 2 ] || { printf 'usage: demo.sh FACET CSV\n' >&2; exit 2; }
readonly facet=$1 csv=$2
model=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly model

folder=$(mktemp -d "${TMPDIR:-/tmp}/facet-demo-XXXXXX")
readonly folder
export FACET_ADDRESS="unix:$folder/socket"
nodes=()  # process ids, the newest last

finish() {
  local code=$? i
  trap - EXIT
  for ((i = ${#nodes[@]} - 1; i >= 0; --i)); do
    kill -TERM "${nodes[i]}" 2>/dev/null || { code=1; continue; }
    wait "${nodes[i]}" 2>/dev/null || code=1
  done
  if [ "$code" != 0 ]; then
    printf '\ndemo: it failed (exit code %s)\n' "$code" >&2
    [ ! -s "$folder/serve.err" ] || { printf 'demo: the server said:\n' >&2; cat "$folder/serve.err" >&2; }
  fi
  rm -rf "$folder"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }

now_ms() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# ask TITLE ARGUMENTS...: a question to the server, with the time that it took.
ask() {
  local title=$1 began took
  shift
  began=$(now_ms)
  "$facet" "$@" >"$folder/answer" 2>"$folder/talk" || { cat "$folder/talk" >&2; return 1; }
  took=$(($(now_ms) - began))
  heading "$title"
  cat "$folder/answer"
  printf '(%s ms, with starting the client)\n' "$took"
}

# number NAME < JSON: a field of a JSON line.
number() { sed -n "s/.*\"$1\":\"\{0,1\}\([0-9.a-f]*\).*/\1/p"; }

# start NAME ARGUMENTS...: a node on a socket of its own; waits until it serves.
start() {
  local name=$1
  shift
  "$facet" "$@" --listen "unix:$folder/$name" >"$folder/ready" 2>>"$folder/serve.err" &
  nodes+=($!)
  until grep -qs '^ready' "$folder/ready"; do
    kill -0 "${nodes[-1]}" 2>/dev/null || { printf 'demo: a node did not start\n' >&2; return 1; }
    sleep 0.02
  done
  sed "s|unix:$folder/||" "$folder/ready"
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
  printf '%s order lines accepted, each of them on disk, in %s s: %.0f events/s\n' "$lines" \
    "$(printf '%.2f' "$(number seconds <"$folder/summary")")" "$(number rate <"$folder/summary")"
}

heading "A server on an empty log"
start socket serve --model "$model" --data "$folder/data"

heading "Every order line as a command"
submit_all

ask "Orders and revenue by region" sql --at-least "$token" \
  'SELECT region, orders, lines, revenue, profit FROM orders_by_region ORDER BY region'
ask "Top 5 products by revenue" sql \
  'SELECT product_name, category, quantity, revenue FROM revenue_by_product ORDER BY revenue DESC LIMIT 5'
ask "Customer dashboard: top 5 by lifetime value" scan customer_dashboard \
  --order-by 'lifetime_value DESC' --limit 5

customer=SM-20320
if ! "$facet" get customer_dashboard "$customer" >/dev/null 2>&1; then
  customer=$("$facet" scan customer_dashboard --order-by 'lifetime_value DESC' --limit 1 --csv | sed -n '2s/,.*//p')
fi
ask "Newest orders of $customer" scan orders --where "customer_id = '$customer'" \
  --order-by 'order_date DESC' --limit 5
ask "Every view is current (lag), and says so" status

readonly totals='SELECT region, orders, lines, revenue FROM orders_by_region ORDER BY region'

heading "A snapshot, so that a restart need not fold the whole log"
"$facet" snapshot create

heading "A read replica: it begins with the snapshot, and follows the log"
start replica replica --of "$FACET_ADDRESS" --data "$folder/copy"
ask "The same question there, with the token of the last command" sql --address "unix:$folder/replica" \
  --at-least "$token" "$totals"

heading "A backup, and the state after half of the events"
half=$(($(number position <"$folder/summary") / 2))
"$facet" backup "$folder/backup"
"$facet" restore --from "$folder/backup" --data "$folder/restored" --to-position "$half" | head -n 1
start earlier serve --model "$model" --data "$folder/restored"
ask "The same question there" sql --address "unix:$folder/earlier" "$totals"

heading "To try next"
cat <<TEXT
  $facet serve --model $model --data shop-data &
  $facet submit PlaceOrderLine --csv $csv --wait 5
  $facet get orders_by_region West        # or scan, sql, status, log tail; facet --help
  less docs/operations.md                 # replicas, snapshots, backups
TEXT
