// Verb: one word of the command line: `facet WORD ...`. main.cc has the table of them; a new verb
// is a file verb_WORD.cc with a function below, and a line of that table. Thread: main.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/exit_code.h"

namespace facet {

/// What a verb does once its arguments are known.
using Action = std::function<ExitCode()>;

struct Verb {
  const char* name;
  const char* summary;
  const char* examples;  // below `--help`, a line each
  /// Declares the verb's arguments on its part of the command line.
  Action (*declare)(CLI::App& app);
};

Action declareCheck(CLI::App& app);
Action declareExplain(CLI::App& app);
Action declareSchema(CLI::App& app);
Action declareServe(CLI::App& app);
Action declareSubmit(CLI::App& app);
Action declareGet(CLI::App& app);
Action declareScan(CLI::App& app);
Action declareSql(CLI::App& app);
Action declareStatus(CLI::App& app);
Action declareLog(CLI::App& app);
Action declareVersion(CLI::App& app);

}  // namespace facet
