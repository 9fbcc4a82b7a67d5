#include "values/assert.h"

#include <cstdio>
#include <cstdlib>

namespace facet {

void assertionFailed(const char* condition, const char* file, int line,
                     const std::string& operands) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s%s%s\n", file, line, condition,
               operands.empty() ? "" : "; ", operands.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace facet
