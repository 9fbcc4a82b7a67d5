#!/usr/bin/env bash
# forbidden.sh BUILD: with the include path of a room, a header of a room that it may not see is not found, and
# one that it may see is. From the commands that the build itself uses (compile_commands.json).
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly build=$1
failed=0

# compiles SOURCE HEADER: the header, with the include path that the source is compiled with.
compiles() {
  local command path
  command=$(grep -B 1 "\"file\": \"$PWD/$1\"" "$build/compile_commands.json")
  path=$(grep -oE -- '(-I|-isystem )[^ ]+' <<<"$command")
  [ -n "$path" ] || { echo "$1 is not in $build/compile_commands.json"; exit 1; }
  # Not from here: what is read from stdin finds headers in the current folder, too.
  (cd / && printf '#include "%s"\n' "$2" | "${CXX:-c++}" -std=c++20 -fsyntax-only $path -x c++ - 2>&1)
}

# may SOURCE HEADER, mayNot SOURCE HEADER: whether the source's room sees it.
may() {
  local said
  said=$(compiles "$1" "$2") || { printf '%s should see %s:\n%s\n' "$1" "$2" "$said"; failed=1; }
}
mayNot() {
  local said
  if said=$(compiles "$1" "$2"); then
    printf '%s must not see %s\n' "$1" "$2"
    failed=1
  elif ! grep -q "$2: No such file or directory" <<<"$said"; then
    printf '%s should not find %s, but:\n%s\n' "$1" "$2" "$said"
    failed=1
  fi
}

may client/rows.cc values/wire/field_codec.h
may views/store/cuts.cc views/store/slab.h
may views/operators/key_join.cc views/store/versioned_map.h
may views/operators/key_join.cc views/plan/view_operators.h
may actors/commands/sequencer.cc views/tables/tables.h
may actors/journal.cc actors/commands/sequencer.h
may server/door.cc views/query/query.h

mayNot values/row.cc sql/expr.h
mayNot values/row.cc values/wire/wire_column.h
mayNot values/wire/encode_field.cc model/codec.h
mayNot views/store/cuts.cc views/tables/tables.h
mayNot views/state/aggregates.cc views/plan/view_plan.h
mayNot views/plan/view_plan.cc views/operators/group_store.h
mayNot views/rewrites/rewrite.cc views/plan/view_plan.h
mayNot views/query/query.cc views/plan/view_plan.h
mayNot views/operators/key_join.cc views/view_shard.h
mayNot views/query/query.cc views/view_shard.h
mayNot views/live_view.cc actors/node.h
mayNot actors/commands/sequencer.cc actors/journal.h
mayNot actors/commands/sequencer.cc actors/messages.h
mayNot actors/log/control.cc actors/snapshots/snapshots.h
mayNot actors/snapshots/refold.cc actors/engine.h
mayNot storage/lmdb_log.cc actors/node.h
mayNot client/client.cc server/limits.h
mayNot client/client.cc model/model.h
mayNot server/door.cc cli/verb.h
mayNot bench/report.cc server/serve.h
mayNot bench/report.cc cli/verb.h
exit $failed
