// `facet bench WORKLOAD`, for the command line's table of verbs (cli/main.cc). Thread: main.
#pragma once

#include "cli/verb.h"

namespace facet {

Action declareBench(Arguments& take);

}  // namespace facet
