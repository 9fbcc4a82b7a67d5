// Verb: one word of the command line: `facet WORD ...`. main.cc has the table of them; a new verb
// is a file verb_WORD.cc with a function below, and a line of that table. Thread: main.
#pragma once

#include <functional>
#include <string>

#include "cli/arguments.h"
#include "cli/exit_code.h"

namespace facet {

/// What a verb does once its arguments are known.
using Action = std::function<ExitCode()>;

struct Verb {
  const char* name;
  const char* summary;
  const char* examples;  // below `--help`, a line each
  /// Declares the verb's arguments on its part of the command line.
  Action (*declare)(Arguments& take);
};

Action declareCheck(Arguments& take);
Action declareExplain(Arguments& take);
Action declareSchema(Arguments& take);
Action declareServe(Arguments& take);
Action declareReplica(Arguments& take);
Action declareSubmit(Arguments& take);
Action declareGet(Arguments& take);
Action declareScan(Arguments& take);
Action declareSql(Arguments& take);
Action declareStatus(Arguments& take);
Action declareSnapshot(Arguments& take);
Action declareVerify(Arguments& take);
Action declareRebuild(Arguments& take);
Action declareSkip(Arguments& take);
Action declareBackup(Arguments& take);
Action declareRestore(Arguments& take);
Action declareLog(Arguments& take);
Action declareBench(Arguments& take);
Action declareVersion(Arguments& take);

// Not there yet: verbs_later.cc.
Action declareWatch(Arguments& take);
Action declareApply(Arguments& take);

}  // namespace facet
