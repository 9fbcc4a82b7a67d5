// `facet restore`
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "actors/node.h"
#include "actors/snapshots/restore.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "values/json.h"
#include "storage/backup_folder.h"
#include "values/datetime.h"

namespace facet {
namespace {

struct RestoreArguments {
  std::string from;
  std::string data;
  std::optional<uint64_t> position;
  std::string time;
  bool json = false;
};

/// Waits until the node that runs on the restored folder shows all of it.
class Readiness final : public NodeListener {
 public:
  void onOutcomes(std::vector<BatchOutcome>) override {}
  void onVisible(Position) override { changed_.notify_all(); }
  void onFailed(const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    failure_ = reason;
    changed_.notify_all();
  }

  NodeStatus wait(Node& node) {
    const auto deadline = std::chrono::steady_clock::now() + kRestoredWait;
    std::unique_lock lock(mutex_);
    for (;;) {
      if (!failure_.empty()) throw Failure(ExitCode::failed, failure_);
      NodeStatus status = node.status();
      if (status.visible == node.head()) return status;
      if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
        throw Failure(ExitCode::failed,
                      "the folder is restored, but its views do not come to the "
                      "log's end: start a server on it to see why");
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string failure_;
};

/// The restored folder as a server will find it: its snapshot is loaded, its log is folded.
NodeStatus lookAt(const RestoreArguments& arguments, ProgressLine& line) {
  NodeOptions options;
  options.data = arguments.data;
  options.notice = [&](const std::string& text) {
    line.end();
    fmt::print(stderr, "facet: {}\n", text);
  };
  options.progress = [&](uint64_t done, uint64_t total, double) {
    line.show([&] { return fmt::format("filling views: {} of {} events", done, total); });
  };
  Readiness readiness;
  const auto node = Node::start(std::move(options), readiness);
  NodeStatus status = readiness.wait(*node);
  node->stop();
  return status;
}

std::string digestText(uint128 digest) {
  return fmt::format("{:016x}{:016x}", static_cast<uint64_t>(digest >> 64),
                     static_cast<uint64_t>(digest));
}

Json digestsJson(const std::vector<RelationStatus>& relations) {
  Json out = Json::object();
  for (const RelationStatus& relation : relations)
    out.set(relation.name, digestText(relation.digest));
  return out;
}

void print(const RestoreArguments& arguments, const RestoreResult& result, const NodeStatus& status,
           double seconds) {
  Output out;
  if (arguments.json) {
    Json line = {{"position", result.end.last.value},  {"time", formatTimestamp(result.time, true)},
                 {"chunks", result.end.next.value},    {"bytes", result.bytes},
                 {"snapshot", result.snapshot},        {"restored_from", logIdText(result.from)},
                 {"log_id", logIdText(result.log)},    {"seconds", seconds},
                 {"views", digestsJson(status.views)}, {"tables", digestsJson(status.tables)}};
    if (result.begin.next.value > 0) line.set("begins_after", result.begin.last.value);
    out.print(line.dump() + "\n");
    return out.flush();
  }
  out.print(fmt::format("restored position {} of {}, {} in {:.2f} s\nlog {} continues as {}\n",
                        result.end.last, formatTimestamp(result.time, true), sizeText(result.bytes),
                        seconds, logIdText(result.from), logIdText(result.log)));
  if (result.begin.next.value > 0) {
    out.print(fmt::format("the log begins after position {}, with a snapshot, as its source's\n",
                          result.begin.last));
  }
  constexpr auto kRight = TableColumn::Align::right;
  TableText table({{"view"}, {"rows", kRight}, {"digest"}, {"state"}});
  for (const RelationStatus& view : status.views) {
    table.add({view.name, fmt::format("{}", view.rows), digestText(view.digest), view.state});
  }
  std::string text;
  table.write(text);
  out.print(text);
  out.flush();
}

RestoreOptions optionsOf(const RestoreArguments& arguments, ProgressLine& line) {
  RestoreOptions options;
  options.from = arguments.from;
  options.data = arguments.data;
  if (arguments.position) options.position = Position{*arguments.position};
  if (!arguments.time.empty()) {
    options.time = parseTimestampTz(arguments.time);
    if (!options.time) {
      throw UsageError(fmt::format(
          "--to-time takes a time such as 2024-05-01T12:00:00Z, not \"{}\"", arguments.time));
    }
  }
  options.progress = [&line](Position done, Position last) {
    line.show([&] { return fmt::format("restore: position {} of {}", done, last); });
  };
  return options;
}

ExitCode run(const RestoreArguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  ProgressLine line;
  const RestoreResult result = restore(optionsOf(arguments, line));
  const NodeStatus status = lookAt(arguments, line);
  line.end();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  print(arguments, result, status, seconds.count());
  return ExitCode::ok;
}

}  // namespace

Action declareRestore(Arguments& take) {
  const auto arguments = std::make_shared<RestoreArguments>();
  take.option("--from", arguments->from, "a backup, or the folder of a server that is stopped",
              Arguments::Need::required);
  take.option("--data", arguments->data, "the new server's folder: a new or empty one",
              Arguments::Need::required);
  take.option("--to-position", arguments->position,
              "the last event to restore; where the log begins later, from its oldest snapshot on",
              1);
  take.option("--to-time", arguments->time,
              "restore what was committed up to this time (UTC, if it names no zone)");
  take.exclude("--to-position", "--to-time");
  take.flag("--json", arguments->json, "the result as a JSON object");
  return [arguments]() { return run(*arguments); };
}

}  // namespace facet
