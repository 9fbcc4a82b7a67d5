// `facet status`
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "client/reads.h"
#include "values/json.h"

namespace facet {
namespace {

/// --max-lag-ms. Lower: a burst of writes is taken for trouble; higher: views that no longer follow
/// are noticed late.
constexpr uint32_t kDefaultMaxLagMs = 10'000;

/// Skipped events that are named for people. Fewer: a typical handful is cut; more: they hide what
/// is below.
constexpr unsigned kSkippedShown = 20;

struct StatusArguments {
  bool json = false;
  bool check = false;
  uint32_t maxLagMs = kDefaultMaxLagMs;
  ConnectFlags connect;
};

Json relationJson(wire::ViewStatus::Reader view) {
  Json out = {{"state", view.getState().cStr()},   {"rows", view.getRows()},
              {"bytes", view.getBytes()},          {"position", view.getPosition()},
              {"lag_events", view.getLagEvents()}, {"lag_ms", view.getLagMs()},
              {"digest", view.getDigest().cStr()}};
  if (view.getError().size() > 0) out.set("error", view.getError().cStr());
  if (view.getSkipped().size() > 0) {
    Json skipped = Json::array();
    for (const uint64_t position : view.getSkipped()) skipped.add(position);
    out.set("skipped", std::move(skipped));
  }
  return out;
}

Json relationsJson(capnp::List<wire::ViewStatus>::Reader relations) {
  Json out = Json::object();
  for (const auto relation : relations) out.set(relation.getName().cStr(), relationJson(relation));
  return out;
}

Json replicasJson(capnp::List<wire::ReplicaStatus>::Reader replicas) {
  Json out = Json::array();
  for (const auto replica : replicas) {
    out.add({{"name", replica.getName().cStr()},
             {"state", replica.getState().cStr()},
             {"position", replica.getPosition()},
             {"lag_events", replica.getLagEvents()},
             {"lag_ms", replica.getLagMs()},
             {"seen_ms", replica.getSeenMs()}});
  }
  return out;
}

Json upstreamJson(wire::UpstreamStatus::Reader upstream) {
  return {{"address", upstream.getAddress().cStr()},
          {"primary", upstream.getPrimary().cStr()},
          {"connected", upstream.getConnected()},
          {"state", upstream.getState().cStr()},
          {"position", upstream.getHead()},
          {"lag_events", upstream.getLagEvents()},
          {"lag_ms", upstream.getLagMs()},
          {"digests_compared", upstream.getDigestsCompared()},
          {"digests_differed", upstream.getDigestsDiffered()}};
}

double milliseconds(uint64_t microseconds) {
  return static_cast<double>(microseconds) / 1000;
}

Json lagJson(wire::RecentLag::Reader lag) {
  return {{"events", lag.getEvents()},
          {"p50_ms", milliseconds(lag.getP50())},
          {"p99_ms", milliseconds(lag.getP99())},
          {"max_ms", milliseconds(lag.getMax())}};
}

Json problemsJson(capnp::List<capnp::Text>::Reader problems) {
  Json out = Json::array();
  for (const auto problem : problems) out.add(problem.cStr());
  return out;
}

Json statusJson(wire::Status::Reader status) {
  Json out = {{"role", status.getRole().cStr()},
              {"epoch", status.getEpoch()},
              {"position", status.getPosition()},
              {"visible", status.getVisible()},
              {"visible_lag", lagJson(status.getVisibleLag())},
              {"views", relationsJson(status.getViews())},
              {"tables", relationsJson(status.getTables())},
              {"replicas", replicasJson(status.getReplicas())},
              {"problems", problemsJson(status.getProblems())},
              {"disk", status.getDiskBytes()},
              {"disk_log", status.getDiskBytes() - status.getSnapshotBytes()},
              {"disk_snapshots", status.getSnapshotBytes()},
              {"disk_free", status.getFreeBytes()},
              {"memory", status.getMemoryBytes()},
              {"memory_limit", status.getMemoryLimit()},
              {"connections", status.getConnections()},
              {"uptime_ms", status.getUptimeMs()},
              {"version", status.getVersion().cStr()}};
  if (status.getBeginChunk() > 0) out.set("begins_after", status.getBeginPosition());
  if (status.hasUpstream()) out.set("upstream", upstreamJson(status.getUpstream()));
  return out;
}

void addRelations(TableText& table, const char* kind,
                  capnp::List<wire::ViewStatus>::Reader relations) {
  for (const auto from : relations) {
    std::string state = from.getState().cStr();
    if (from.getError().size() > 0) state += fmt::format(": {}", from.getError().cStr());
    table.add({from.getName().cStr(), kind, state, fmt::format("{}", from.getRows()),
               sizeText(from.getBytes()), fmt::format("{}", from.getLagEvents()),
               fmt::format("{} ms", from.getLagMs()), from.getDigest().cStr()});
  }
}

/// A state that goes on with why.
constexpr std::string_view kStalled = "stalled: ";

constexpr auto kRight = TableColumn::Align::right;

std::string upstreamText(wire::UpstreamStatus::Reader upstream) {
  std::string state = upstream.getState().cStr();
  if (state.starts_with(kStalled)) state = "stalled";  // why is told among the problems
  std::string out =
      fmt::format("follows {}: {}; {} events and {} ms behind; {} digests compared, {} differed\n",
                  upstream.getAddress().cStr(), state, upstream.getLagEvents(), upstream.getLagMs(),
                  upstream.getDigestsCompared(), upstream.getDigestsDiffered());
  if (upstream.getPrimary() != upstream.getAddress()) {
    out += fmt::format("commands go to {}\n", upstream.getPrimary().cStr());
  }
  return out + "\n";
}

void addReplicas(std::string& out, capnp::List<wire::ReplicaStatus>::Reader replicas) {
  TableText table(
      {{"replica"}, {"state"}, {"position", kRight}, {"lag events", kRight}, {"lag", kRight}});
  std::string whys;
  for (const auto replica : replicas) {
    std::string state = replica.getState().cStr();
    if (state.starts_with(kStalled)) {
      whys += fmt::format("\nreplica {} is {}\n", replica.getName().cStr(), state);
      state = "stalled";  // why makes no column wide
    }
    table.add({replica.getName().cStr(), state, fmt::format("{}", replica.getPosition()),
               fmt::format("{}", replica.getLagEvents()),
               fmt::format("{} ms", replica.getLagMs())});
  }
  out += "\n";
  table.write(out);
  out += whys;
}

/// Which events a view is without; the newest ones where there are many.
std::string skippedText(wire::ViewStatus::Reader view) {
  const auto skipped = view.getSkipped();
  if (skipped.size() == 0) return {};
  std::string positions;
  const unsigned from = skipped.size() - std::min(skipped.size(), kSkippedShown);
  for (unsigned i = from; i < skipped.size(); ++i) {
    positions += fmt::format("{}{}", i == from ? "" : ", ", skipped[i]);
  }
  return fmt::format("\n{} is without the events at {}{}\n", view.getName().cStr(), positions,
                     from == 0 ? "" : fmt::format(" and {} before", from));
}

std::string statusText(wire::Status::Reader status) {
  std::string out = fmt::format(
      "{} of epoch {}, facet {}\nposition {}, visible {}; memory {} of {}; {} connections; up "
      "{:.1f} s\n",
      status.getRole().cStr(), status.getEpoch(), status.getVersion().cStr(), status.getPosition(),
      status.getVisible(), sizeText(status.getMemoryBytes()), sizeText(status.getMemoryLimit()),
      status.getConnections(), static_cast<double>(status.getUptimeMs()) / 1000);
  out += fmt::format("disk {}: log {}, snapshots {}; {} free\n", sizeText(status.getDiskBytes()),
                     sizeText(status.getDiskBytes() - status.getSnapshotBytes()),
                     sizeText(status.getSnapshotBytes()), sizeText(status.getFreeBytes()));
  if (const auto lag = status.getVisibleLag(); lag.getEvents() > 0) {
    out += fmt::format(
        "{} events lately, visible in every view after {:.2f} ms (p50), {:.2f} ms (p99), {:.2f} ms "
        "at "
        "most\n",
        lag.getEvents(), milliseconds(lag.getP50()), milliseconds(lag.getP99()),
        milliseconds(lag.getMax()));
  }
  out += "\n";
  if (status.getBeginChunk() > 0) {
    out += fmt::format("the log begins after position {}, with a snapshot\n\n",
                       status.getBeginPosition());
  }
  for (const auto problem : status.getProblems()) {
    out += fmt::format("PROBLEM: {}\n\n", problem.cStr());
  }
  if (status.hasUpstream()) out += upstreamText(status.getUpstream());
  TableText table({{"name"},
                   {"kind"},
                   {"state"},
                   {"rows", kRight},
                   {"memory", kRight},
                   {"lag events", kRight},
                   {"lag", kRight},
                   {"digest"}});
  addRelations(table, "view", status.getViews());
  addRelations(table, "table", status.getTables());
  table.write(out);
  for (const auto view : status.getViews()) out += skippedText(view);
  if (status.getReplicas().size() > 0) addReplicas(out, status.getReplicas());
  return out;
}

/// A replica that is well says one of these of itself, and of it its upstream.
bool follows(std::string_view state) {
  return state == "following" || state == "catching up";
}

/// What --check finds wrong, a line each.
std::vector<std::string> wrongWith(wire::Status::Reader status, uint32_t maxLagMs) {
  std::vector<std::string> out;
  for (const auto problem : status.getProblems()) out.emplace_back(problem.cStr());
  for (const auto relations : {status.getViews(), status.getTables()}) {
    for (const auto relation : relations) {
      // A degraded or diverged one is among the problems, and its lag is no news.
      const bool live = std::string_view(relation.getState().cStr()) == "live";
      if (!live || relation.getLagMs() <= maxLagMs) continue;
      out.push_back(fmt::format("{} is {} ms behind, more than --max-lag-ms {}",
                                relation.getName().cStr(), relation.getLagMs(), maxLagMs));
    }
  }
  if (status.hasUpstream()) {
    const auto upstream = status.getUpstream();
    const std::string_view state = upstream.getState().cStr();
    // Why it is stalled is among the problems.
    if (!follows(state) && !state.starts_with(kStalled)) {
      out.push_back(fmt::format("it does not follow {}: {}", upstream.getAddress().cStr(), state));
    }
  }
  for (const auto replica : status.getReplicas()) {
    const std::string_view state = replica.getState().cStr();
    if (!follows(state)) {
      out.push_back(fmt::format("replica {} is {}", replica.getName().cStr(), state));
    }
  }
  return out;
}

ExitCode check(wire::Status::Reader status, const StatusArguments& arguments, Output& out) {
  const std::vector<std::string> wrong = wrongWith(status, arguments.maxLagMs);
  if (arguments.json) {
    out.print(Json{{"ok", wrong.empty()}, {"problems", wrong}}.dump() + "\n");
  } else {
    for (const std::string& what : wrong) out.print(fmt::format("PROBLEM: {}\n", what));
    if (wrong.empty()) out.print("ok\n");
  }
  return wrong.empty() ? ExitCode::ok : ExitCode::failed;
}

ExitCode status(const StatusArguments& arguments) {
  const auto client = arguments.connect.connect();
  const auto answer = client->wait(facet::status(client->async()));
  const auto status = answer.getStatus();
  Output out;
  ExitCode code = ExitCode::ok;
  if (arguments.check) {
    code = check(status, arguments, out);
  } else {
    out.print(arguments.json ? statusJson(status).dump() + "\n" : statusText(status));
  }
  out.flush();
  return code;
}

}  // namespace

Action declareStatus(Arguments& take) {
  const auto arguments = std::make_shared<StatusArguments>();
  take.flag("--json", arguments->json, "one JSON object");
  take.flag("--check", arguments->check,
            "only what is wrong (degraded, diverged, stalled, full, behind): then exit code 1");
  take.option("--max-lag-ms", arguments->maxLagMs,
              "how far behind a view or table may be for --check (10000)", 0, UINT32_MAX);
  arguments->connect.declare(take);
  return [arguments]() { return status(*arguments); };
}

}  // namespace facet
