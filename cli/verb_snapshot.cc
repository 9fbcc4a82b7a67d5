// `facet snapshot`
#include <fmt/format.h>

#include <memory>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "values/json.h"
#include "values/datetime.h"

namespace facet {
namespace {

using Infos = capnp::List<wire::SnapshotInfo>::Reader;

constexpr const char* kRemoved = "removed";

struct SnapshotArguments {
  std::string what;
  uint32_t keep = 2;
  bool json = false;
  ConnectFlags connect;
};

std::string timeText(int64_t micros) {
  return formatTimestamp(micros, true);
}

/// Its manifest was read.
bool isKnown(wire::SnapshotInfo::Reader info) {
  return info.getProgram().size() > 0;
}

Json infoJson(wire::SnapshotInfo::Reader info) {
  Json out = {{"name", info.getName().cStr()}, {"bytes", info.getBytes()}};
  if (isKnown(info)) {
    out.set("position", info.getPosition());
    out.set("epoch", info.getEpoch());
    out.set("time", timeText(info.getTime()));
    out.set("created", timeText(info.getCreated()));
    out.set("program", info.getProgram().cStr());
  }
  if (info.getSeconds() > 0) out.set("seconds", info.getSeconds());
  if (info.getProblem().size() > 0) out.set("problem", info.getProblem().cStr());
  return out;
}

/// `good`: what is said of a sound one.
std::string stateText(wire::SnapshotInfo::Reader info, const std::string& good) {
  if (info.getProblem().size() == 0) return good;
  return good == kRemoved ? fmt::format("{}, was damaged", kRemoved) : "damaged";
}

void printInfos(const SnapshotArguments& arguments, Infos infos, const char* none,
                const std::string& good) {
  Output out;
  const bool isGone = good == kRemoved;
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
  std::string problems;
  for (const auto info : infos) {
    const bool known = isKnown(info);
    const bool damaged = info.getProblem().size() > 0;
    table.add({known ? fmt::format("{}", info.getPosition()) : "",
               known ? timeText(info.getTime()) : "", known ? timeText(info.getCreated()) : "",
               sizeText(info.getBytes()), stateText(info, good)});
    if (damaged && !isGone) problems += fmt::format("\n{}\n", info.getProblem().cStr());
  }
  std::string text;
  table.write(text);
  text += problems;
  out.print(text);
  out.flush();
}

/// One that was set aside has been told of before.
ExitCode exitCodeOf(Infos infos) {
  for (const auto info : infos) {
    if (info.getProblem().size() > 0 && !info.getSetAside()) return ExitCode::failed;
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
  printInfos(arguments, answer.getSnapshots(), "nothing was removed", kRemoved);
  return ExitCode::ok;
}

}  // namespace

Action declareSnapshot(Arguments& take) {
  const auto arguments = std::make_shared<SnapshotArguments>();
  take.choice("WHAT", arguments->what, "what to do with the server's snapshots",
              {"create", "list", "verify", "prune"});
  take.option("--keep", arguments->keep,
              "prune: how many of the newest stay (2); damaged ones go, whatever it says", 1, 1000);
  take.flag("--json", arguments->json, "a JSON object a snapshot");
  arguments->connect.declare(take);
  return [arguments]() { return run(*arguments); };
}

}  // namespace facet
