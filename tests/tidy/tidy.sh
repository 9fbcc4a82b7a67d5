#!/usr/bin/env bash
# Style is a test: lengths of lines, files and functions, headers, who may include whom, no leftovers. Prints
# every offence with its place.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

offences=0
offend() {
  printf '%s\n' "$*"
  offences=$((offences + 1))
}

# What each folder may include of the others, beside itself.
declare -A may=(
  [values]=""
  [sql]="values"
  [schema]=""
  [model]="values sql schema"
  [storage]="values"
  [views]="values sql model"
  [actors]="values sql schema model storage views"
  [rpc]="values schema"
  [client]="values schema rpc"
  [server]="values sql schema model views actors rpc storage"
  [bench]="values schema client model views"
  [cli]="values sql schema model views actors rpc client server bench storage"
)
readonly folders="${!may[*]}"

check_includes() {
  local file=$1 folder=${1%%/*} line included
  while IFS= read -r line; do
    included=${line#*\"}
    included=${included%%/*}
    [[ " $folders " == *" $included "* ]] || continue
    [ "$included" = "$folder" ] || [[ " ${may[$folder]} " == *" $included "* ]] ||
      offend "$file: $folder may not include $included"
  done < <(grep -E '^#include "' "$file")
  case "$file" in
    actors/messages.h | actors/caf_actor.h) ;;
    actors/actor_threads.cc | actors/command_actors.cc | actors/projections.cc) ;;
    *) ! grep -qE '#include (<caf/|"actors/(messages|caf_actor).h")' "$file" || offend "$file: CAF shows only where the actors are" ;;
  esac
  case "$file" in
    sql/eval_*) ! grep -q '#include "sql/evaluator.h"' "$file" || offend "$file: nodes know nothing of the program that they make up" ;;
  esac
  [ "$folder" = storage ] || ! grep -q '#include <lmdb.h>' "$file" || offend "$file: LMDB shows only in storage/"
  case "$folder" in
    values | sql | storage | views | actors | model)
      ! grep -qE '#include <(kj/async|capnp/(rpc|ez-rpc))' "$file" || offend "$file: no KJ event loop in $folder/"
      ;;
  esac
}

check_file() {
  local file=$1 lines
  lines=$(wc -l <"$file")
  [ "$lines" -le 500 ] || offend "$file: $lines lines; at most 500"
  while IFS= read -r hit; do offend "$file:$hit: longer than 100 characters"; done < <(
    LC_ALL=C.UTF-8 grep -nE '^.{101,}' "$file" | cut -d: -f1)
  while IFS= read -r hit; do offend "$file:$hit: leftover"; done < <(
    grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "$file" | cut -d: -f1)
  # A start that tries a disk, or another node, again has nothing to wait for but time.
  [ "$file" = actors/snapshots/snapshot_search.h ] || [ "$file" = actors/replication/follower.cc ] ||
    while IFS= read -r hit; do offend "$file:$hit: a test waits for a clock"; done < <(
      grep -nE 'sleep_for|usleep\(' "$file" | cut -d: -f1)
  case "$file" in
    *.h)
      grep -q '^#pragma once$' "$file" || offend "$file: no #pragma once"
      head -n 1 "$file" | grep -q '^//' || offend "$file: a header begins with what it is for"
      ;;
  esac
}

product=()
while IFS= read -r file; do
  [ -f "$file" ] || continue
  check_file "$file"
  [[ "$file" == tests/* ]] || product+=("$file")
  [[ " $folders " == *" ${file%%/*} "* ]] && check_includes "$file"
done < <(git ls-files --cached --others --exclude-standard '*.cc' '*.h')

readonly longest_function=60
while IFS= read -r hit; do offend "$hit lines in one function; at most $longest_function"; done < <(
  awk -v most="$longest_function" -f tests/tidy/functions.awk "${product[@]}")

while IFS= read -r hit; do offend "$hit"; done < <(
  printf '%s\n' "${product[@]}" | grep '\.h$' | xargs awk -f tests/tidy/names.awk)

for folder in $folders; do
  [ -f "$folder/README.md" ] || offend "$folder: no README.md"
  [ ! -f "$folder/README.md" ] || [ "$(wc -l <"$folder/README.md")" -le 40 ] || offend "$folder/README.md: at most 40 lines"
done

[ "$offences" = 0 ] || {
  printf '%d offences\n' "$offences"
  exit 1
}
