// `facet version`
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/verb.h"
#include "schema/version.h"

namespace facet {

Action declareVersion(Arguments& take) {
  const auto json = std::make_shared<bool>(false);
  take.flag("--json", *json, "as a JSON object");
  return [json]() {
    Output out;
    if (*json) {
      out.print(nlohmann::ordered_json({{"version", kVersion}}).dump() + "\n");
    } else {
      out.print(fmt::format("facet {}\n", kVersion));
    }
    out.flush();
    return ExitCode::ok;
  };
}

}  // namespace facet
