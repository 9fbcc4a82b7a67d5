// `facet snapshot`
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "values/datetime.h"

namespace facet {
namespace {

using Json = nlohmann::ordered_json;
using Infos = capnp::List<wire::SnapshotInfo>::Reader;

struct SnapshotArguments {
  std::string what;
  uint32_t keep = 2;
  bool json = false;
  ConnectFlags connect;
};

std::string timeText(int64_t micros) {
  return formatTimestamp(micros, true);
}

Json infoJson(wire::SnapshotInfo::Reader info) {
  Json out = {{"name", info.getName().cStr()},
              {"position", info.getPosition()},
              {"epoch", info.getEpoch()},
              {"time", timeText(info.getTime())},
              {"created", timeText(info.getCreated())},
              {"bytes", info.getBytes()},
              {"seconds", info.getSeconds()},
              {"program", info.getProgram().cStr()}};
  if (info.getProblem().size() > 0) out["problem"] = info.getProblem().cStr();
  return out;
}

void printInfos(const SnapshotArguments& arguments, Infos infos, const char* none,
                const char* good) {
  Output out;
  if (arguments.json) {
    for (const auto info : infos) out.print(infoJson(info).dump() + "\n");
    return out.flush();
  }
  if (infos.size() == 0) {
    out.print(fmt::format("{}\n", none));
    return out.flush();
  }
  constexpr auto kRight = TableColumn::Align::right;
  TableText table({{"position", kRight}, {"committed"}, {"made"}, {"size", kRight}, {"state"}});
  for (const auto info : infos) {
    const bool damaged = info.getProblem().size() > 0;
    table.add({fmt::format("{}", info.getPosition()), timeText(info.getTime()),
               timeText(info.getCreated()), sizeText(info.getBytes()),
               damaged ? info.getProblem().cStr() : good});
  }
  std::string text;
  table.write(text);
  out.print(text);
  out.flush();
}

ExitCode exitCodeOf(Infos infos) {
  for (const auto info : infos) {
    if (info.getProblem().size() > 0) return ExitCode::failed;
  }
  return ExitCode::ok;
}

ExitCode create(const SnapshotArguments& arguments, Client& client, wire::Admin::Client& admin) {
  auto answer = client.wait(admin.snapshotCreateRequest().send());
  const auto info = answer.getSnapshot();
  Output out;
  out.print(arguments.json
                ? infoJson(info).dump() + "\n"
                : fmt::format("snapshot at position {}, {}, checked, in {:.2f} s\n",
                              info.getPosition(), sizeText(info.getBytes()), info.getSeconds()));
  out.flush();
  return ExitCode::ok;
}

ExitCode run(const SnapshotArguments& arguments) {
  const auto client = arguments.connect.connect();
  auto admin = client->session().adminRequest().send().getAdmin();
  if (arguments.what == "create") return create(arguments, *client, admin);
  if (arguments.what == "list") {
    auto answer = client->wait(admin.snapshotListRequest().send());
    printInfos(arguments, answer.getSnapshots(), "there is no snapshot", "");
    return exitCodeOf(answer.getSnapshots());
  }
  if (arguments.what == "verify") {
    auto answer = client->wait(admin.snapshotVerifyRequest().send());
    printInfos(arguments, answer.getSnapshots(), "there is no snapshot", "sound");
    return exitCodeOf(answer.getSnapshots());
  }
  auto request = admin.snapshotPruneRequest();
  request.setKeep(arguments.keep);
  auto answer = client->wait(request.send());
  printInfos(arguments, answer.getSnapshots(), "nothing was removed", "removed");
  return ExitCode::ok;
}

}  // namespace

Action declareSnapshot(Arguments& take) {
  const auto arguments = std::make_shared<SnapshotArguments>();
  take.choice("WHAT", arguments->what, "what to do with the server's snapshots",
              {"create", "list", "verify", "prune"});
  take.option("--keep", arguments->keep, "prune: how many of the newest stay (2)", 1, 1000);
  take.flag("--json", arguments->json, "a JSON object a snapshot");
  arguments->connect.declare(take);
  return [arguments]() { return run(*arguments); };
}

}  // namespace facet
