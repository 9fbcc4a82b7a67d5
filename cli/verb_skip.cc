// `facet skip`
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "values/json.h"

namespace facet {
namespace {

struct SkipArguments {
  std::string view;
  uint64_t position = 0;
  bool json = false;
  ConnectFlags connect;
};

ExitCode skip(const SkipArguments& arguments) {
  const auto client = arguments.connect.connect();
  auto admin = client->session().adminRequest().send().getAdmin();
  auto request = admin.skipRequest();
  request.setView(arguments.view);
  request.setPosition(arguments.position);
  auto answer = client->wait(request.send());
  const auto skipped = answer.getSkipped();
  const std::string error = skipped.getError().cStr();
  Output out;
  if (arguments.json) {
    Json line = {{"view", arguments.view},
                 {"skipped", arguments.position},
                 {"position", skipped.getAt()},
                 {"state", skipped.getLive() ? "live" : "degraded"}};
    if (!skipped.getLive()) line.set("error", error);
    out.print(line.dump() + "\n");
  } else {
    out.print(fmt::format("{} is without the event at {} from position {} on: {}\n", arguments.view,
                          arguments.position, skipped.getAt(),
                          skipped.getLive() ? "live" : "still degraded: " + error));
  }
  out.flush();
  return ExitCode::ok;
}

}  // namespace

Action declareSkip(Arguments& take) {
  const auto arguments = std::make_shared<SkipArguments>();
  take.positional("VIEW", arguments->view, "a degraded view that reads events");
  take.positional("POSITION", arguments->position,
                  "of the event that its SELECT fails at, as status shows it", 1);
  take.flag("--json", arguments->json, "one JSON object");
  arguments->connect.declare(take);
  return [arguments]() { return skip(*arguments); };
}

}  // namespace facet
