// Verbs that are known and not there yet: their arguments are checked, so that what is wrong with a
// call is said today; what they do comes later.
#include <fmt/format.h>

#include <memory>

#include "cli/connection.h"
#include "cli/verb.h"

namespace facet {
namespace {

struct LaterArguments {
  std::string text;
  std::string more;
  bool json = false;
  ConnectFlags connect;
};

/// What the verb is called with until it does something.
class Later {
 public:
  Later(Arguments& take, const char* verb) : take_(take), verb_(verb) {}

  LaterArguments& values() { return *values_; }

  /// The arguments that every verb has that talks to a server.
  Action toServer() {
    take_.flag("--json", values_->json, "a JSON object a line");
    values_->connect.declare(take_);
    return action();
  }

  Action action() {
    return [verb = verb_, values = values_]() -> ExitCode {
      throw Failure(ExitCode::failed,
                    fmt::format("\"{}\" is not yet available in this version", verb));
    };
  }

 private:
  Arguments& take_;
  const char* verb_;
  std::shared_ptr<LaterArguments> values_ = std::make_shared<LaterArguments>();
};

}  // namespace

Action declareWatch(Arguments& take) {
  Later later(take, "watch");
  take.positional("VIEW", later.values().text, "a view or table");
  take.option("--where", later.values().more, "an SQL condition over the columns");
  return later.toServer();
}

Action declareApply(Arguments& take) {
  Later later(take, "apply");
  take.positional("MODEL", later.values().text, "the folder of the new model");
  return later.toServer();
}

}  // namespace facet
