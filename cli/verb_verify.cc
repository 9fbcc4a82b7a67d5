// `facet verify` and `facet rebuild`
#include <fmt/format.h>

#include <memory>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "values/json.h"

namespace facet {
namespace {

struct UpkeepArguments {
  std::string view;
  bool json = false;
  ConnectFlags connect;
};

const char* kindText(wire::Relation::Kind kind) {
  return kind == wire::Relation::Kind::VIEW ? "view" : "table";
}

Json verificationJson(wire::Verification::Reader from) {
  Json relations = Json::object();
  for (const auto relation : from.getRelations()) {
    relations.set(relation.getName().cStr(), {{"kind", kindText(relation.getKind())},
                                              {"position", relation.getPosition()},
                                              {"kept", relation.getKept().cStr()},
                                              {"rows", relation.getRows().cStr()},
                                              {"folded", relation.getFolded().cStr()},
                                              {"sound", relation.getSound()}});
  }
  return {{"events", from.getEvents()},
          {"after", from.getAfter()},
          {"seconds", from.getSeconds()},
          {"relations", relations}};
}

/// What differs, for people.
std::string verdict(wire::Verification::Verified::Reader relation) {
  if (relation.getSound()) return "sound";
  if (relation.getKept() != relation.getRows()) return "its rows have not the digest that was kept";
  return fmt::format("it is not the fold of the log, which has {}", relation.getFolded().cStr());
}

/// Where the log begins later, a fold believes the oldest snapshot.
std::string onSnapshot(uint64_t position) {
  if (position == 0) return "";
  return fmt::format(" onto the snapshot at {}, which is taken as it is", position);
}

std::string verificationText(wire::Verification::Reader from) {
  TableText table(
      {{"name"}, {"kind"}, {"position", TableColumn::Align::right}, {"digest"}, {"verdict"}});
  for (const auto relation : from.getRelations()) {
    table.add({relation.getName().cStr(), kindText(relation.getKind()),
               fmt::format("{}", relation.getPosition()), relation.getRows().cStr(),
               verdict(relation)});
  }
  std::string out;
  table.write(out);
  out += fmt::format("\n{} events folded anew{} in {:.2f} s\n", from.getEvents(),
                     onSnapshot(from.getAfter()), from.getSeconds());
  return out;
}

ExitCode verify(const UpkeepArguments& arguments) {
  const auto client = arguments.connect.connect();
  auto admin = client->session().adminRequest().send().getAdmin();
  auto answer = client->wait(admin.verifyRequest().send());
  const auto verification = answer.getVerification();
  Output out;
  out.print(arguments.json ? verificationJson(verification).dump() + "\n"
                           : verificationText(verification));
  out.flush();
  for (const auto relation : verification.getRelations()) {
    if (!relation.getSound()) return ExitCode::failed;
  }
  return ExitCode::ok;
}

/// The old rows with the new ones, as far as is known.
std::string comparison(wire::Rebuilt::Reader rebuilt) {
  if (rebuilt.getBefore() != rebuilt.getAfter()) return "other rows than before";
  if (rebuilt.getRows().size() == 0) return "the digest that was kept is the same as before";
  if (rebuilt.getKept() == rebuilt.getRows()) return "the same rows as before";
  return fmt::format(
      "rows were repaired: those at position {} had the digest {}, and {} was kept with the "
      "changes",
      rebuilt.getLooked(), rebuilt.getRows().cStr(), rebuilt.getKept().cStr());
}

ExitCode rebuild(const UpkeepArguments& arguments) {
  const auto client = arguments.connect.connect();
  auto admin = client->session().adminRequest().send().getAdmin();
  auto request = admin.rebuildRequest();
  request.setView(arguments.view);
  auto answer = client->wait(request.send());
  const auto rebuilt = answer.getRebuilt();
  Output out;
  if (arguments.json) {
    out.print(Json{{"view", arguments.view},
                   {"position", rebuilt.getPosition()},
                   {"events", rebuilt.getEvents()},
                   {"seconds", rebuilt.getSeconds()},
                   {"before", rebuilt.getBefore().cStr()},
                   {"after", rebuilt.getAfter().cStr()},
                   {"from", rebuilt.getFrom()},
                   {"looked_at", rebuilt.getLooked()},
                   {"kept", rebuilt.getKept().cStr()},
                   {"rows", rebuilt.getRows().cStr()}}
                  .dump() +
              "\n");
  } else {
    out.print(fmt::format("{} rebuilt from {} events{} in {:.2f} s, read from position {} on: {}\n",
                          arguments.view, rebuilt.getEvents(), onSnapshot(rebuilt.getFrom()),
                          rebuilt.getSeconds(), rebuilt.getPosition(), comparison(rebuilt)));
  }
  out.flush();
  return ExitCode::ok;
}

}  // namespace

Action declareVerify(Arguments& take) {
  const auto arguments = std::make_shared<UpkeepArguments>();
  take.flag("--json", arguments->json, "one JSON object");
  arguments->connect.declare(take);
  return [arguments]() { return verify(*arguments); };
}

Action declareRebuild(Arguments& take) {
  const auto arguments = std::make_shared<UpkeepArguments>();
  take.positional("VIEW", arguments->view, "a view");
  take.flag("--json", arguments->json, "one JSON object");
  arguments->connect.declare(take);
  return [arguments]() { return rebuild(*arguments); };
}

}  // namespace facet
