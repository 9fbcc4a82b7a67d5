// `facet version`
#include <fmt/format.h>

#include <memory>

#include "cli/output.h"
#include "cli/verb.h"
#include "values/json.h"
#include "schema/version.h"

namespace facet {

Action declareVersion(Arguments& take) {
  const auto json = std::make_shared<bool>(false);
  take.flag("--json", *json, "as a JSON object");
  return [json]() {
    Output out;
    if (*json) {
      out.print(Json{{"version", kVersion}}.dump() + "\n");
    } else {
      out.print(fmt::format("facet {}\n", kVersion));
    }
    out.flush();
    return ExitCode::ok;
  };
}

}  // namespace facet
