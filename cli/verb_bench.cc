// `facet bench`: which workload, against which server.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "bench/embedded_model.h"
#include "bench/order_data.h"
#include "bench/own_server.h"
#include "bench/report.h"
#include "bench/workload.h"
#include "cli/verb.h"

namespace facet {
namespace {

// Bounds of what may be asked for: more would only be refused by the server (server/limits.h).
constexpr unsigned kMaxPerRequest = 10'000;
constexpr unsigned kMaxClients = 1'000;
constexpr unsigned kMaxInFlight = 1'000;
constexpr double kMaxSeconds = 3'600;
constexpr uint64_t kMaxOperations = 999'999'999;  // orders have nine digits
constexpr double kMaxRate = 100e6;
constexpr unsigned kMaxParts = 256;

constexpr double kDefaultSeconds = 5;
constexpr unsigned kDefaultBatch = 500;
constexpr unsigned kDefaultKeys = 100;
/// Of a connection. A closed loop needs only enough for the server always to have one to work on;
/// an open one must not wait for answers.
constexpr unsigned kDefaultInFlight = 4;
constexpr unsigned kDefaultOpenInFlight = 256;

/// Of a replay, unless it is said: enough for a second or more.
constexpr uint64_t kDefaultReplay = 3'000'000;
constexpr uint64_t kDefaultRestart = 1'000'000;

struct Workload {
  const char* name;
  WorkloadResult (*run)(Connections&, const WorkloadOptions&);
  WorkloadResult (*runOn)(OwnServer&, const WorkloadOptions&);  // with a server of its own only
  WorkloadResult (*runAlone)(const WorkloadOptions&);           // without a server
};
constexpr Workload kWorkloads[] = {{"orders", runOrders, nullptr, nullptr},
                                   {"lookup", runLookup, nullptr, nullptr},
                                   {"replay", nullptr, runReplay, nullptr},
                                   {"restart", nullptr, runRestart, nullptr},
                                   {"fold", nullptr, nullptr, runFold}};

struct BenchArguments {
  std::string workload;
  std::string address;
  std::string model;
  std::string folder;
  std::string writeModel;
  unsigned shards = 0;
  unsigned threads = 0;
  std::optional<uint64_t> operations;
  unsigned batch = kDefaultBatch;
  unsigned keys = kDefaultKeys;
  unsigned inFlight = 0;
  LoadPlan plan;
  bool unnumbered = false;
  bool snapshots = false;
  bool json = false;
};

const Workload& findWorkload(const std::string& name) {
  std::string names;
  for (const Workload& workload : kWorkloads) {
    if (name == workload.name) return workload;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", workload.name);
  }
  throw UsageError(name.empty()
                       ? fmt::format("which workload? There are: {}", names)
                       : fmt::format("there is no workload \"{}\"; there are: {}", name, names));
}

LoadPlan planOf(const BenchArguments& arguments) {
  LoadPlan plan = arguments.plan;
  plan.perRequest = arguments.workload == "lookup" ? arguments.keys : arguments.batch;
  const unsigned usual = plan.rate > 0 ? kDefaultOpenInFlight : kDefaultInFlight;
  plan.inFlight = arguments.inFlight > 0 ? arguments.inFlight : usual;
  plan.operations = arguments.operations.value_or(0);
  if (plan.operations > kMaxOperations) {
    throw UsageError(fmt::format("--operations takes at most {}", kMaxOperations));
  }
  if (arguments.workload == "restart") {
    plan.operations = arguments.operations.value_or(kDefaultRestart);
    if (plan.operations > kMostProducts) {
      throw UsageError(fmt::format("restart takes at most {} rows", kMostProducts));
    }
  }
  if (plan.seconds > 0 || plan.operations > 0) return plan;
  if (arguments.workload == "replay") {
    plan.operations = kDefaultReplay;
  } else {
    plan.seconds = kDefaultSeconds;
  }
  return plan;
}

/// Empty: none is named, and the benchmark starts its own.
std::string addressOf(const BenchArguments& arguments) {
  const char* environment = std::getenv("FACET_ADDRESS");
  if (!arguments.address.empty() || environment == nullptr) return arguments.address;
  return environment;
}

std::unique_ptr<OwnServer> startServer(const BenchArguments& arguments) {
  OwnServerOptions options{arguments.model, arguments.folder, {}};
  const auto pass = [&](const char* name, unsigned value) {
    if (value == 0) return;
    options.arguments.emplace_back(name);
    options.arguments.push_back(std::to_string(value));
  };
  pass("--shards", arguments.shards);
  pass("--threads", arguments.threads);
  return std::make_unique<OwnServer>(options);
}

WorkloadResult run(const Workload& workload, const BenchArguments& arguments,
                   WorkloadOptions& options) {
  if (workload.runAlone != nullptr) return workload.runAlone(options);
  std::string address = addressOf(arguments);
  if (workload.runOn != nullptr && !address.empty()) {
    throw UsageError(
        fmt::format("{} stops and starts its server: it takes no --address, and no $FACET_ADDRESS",
                    workload.name));
  }
  std::unique_ptr<OwnServer> own;
  if (address.empty()) {
    own = startServer(arguments);
    address = own->address();
    options.serverProcess = own->process();
  }
  if (workload.runOn != nullptr) return workload.runOn(*own, options);
  Connections connections(address, options.plan.connections);
  return workload.run(connections, options);
}

ExitCode bench(const BenchArguments& arguments) {
  if (!arguments.writeModel.empty()) {
    writeBenchModel(arguments.writeModel);
    return ExitCode::ok;
  }
  const Workload& workload = findWorkload(arguments.workload);
  WorkloadOptions options;
  options.plan = planOf(arguments);
  options.numbered = !arguments.unnumbered;
  options.snapshots = arguments.snapshots;
  if (options.snapshots && arguments.workload != "orders") {
    throw UsageError("--snapshots goes with orders");
  }
  Report report{workload.name, options.plan, {}};
  report.result = run(workload, arguments, options);
  fmt::print("{}", arguments.json ? reportJson(report) : reportText(report));
  return report.result.problem.empty() ? ExitCode::ok : ExitCode::failed;
}

void declareLoad(Arguments& take, BenchArguments& arguments) {
  take.option("--batch", arguments.batch,
              "orders, replay: commands a request (500); fold: events a chunk (500)", 1,
              kMaxPerRequest);
  take.option("--keys-per-request", arguments.keys, "lookup: keys a request (100)", 1,
              kMaxPerRequest);
  take.option("--clients", arguments.plan.connections, "connections (2)", 1, kMaxClients);
  take.option("--in-flight", arguments.inFlight,
              "requests under way on a connection (4; with --rate at most 256)", 1, kMaxInFlight);
  take.option("--seconds", arguments.plan.seconds, "how long (5); replay: to fill the log", 0.001,
              kMaxSeconds);
  take.option("--operations", arguments.operations,
              "end after so many operations (replay: 3,000,000); restart: rows (1,000,000)", 1);
  take.option("--rate", arguments.plan.rate,
              "open loop: so many operations a second, whatever the answers do", 0.001, kMaxRate);
  take.flag("--unnumbered", arguments.unnumbered,
            "orders, replay: without the numbers by which a server knows repeated commands");
  take.flag("--snapshots", arguments.snapshots,
            "orders: the server takes snapshots meanwhile, one after the other");
}

void declareServer(Arguments& take, BenchArguments& arguments) {
  take.option("--address", arguments.address,
              "host:port or unix:/path of a running server with the benchmark's model; else "
              "$FACET_ADDRESS; else one is started, and removed afterwards");
  take.option("--write-model", arguments.writeModel, "only write the benchmark's model there");
  take.option("--model", arguments.model, "own server: a model to serve instead");
  take.option("--data", arguments.folder,
              "own server: make its temporary folder in this one (on the disk to be measured)");
  take.option("--shards", arguments.shards, "own server: as in `facet serve`", 1, kMaxParts);
  take.option("--threads", arguments.threads, "own server: as in `facet serve`", 1, kMaxParts);
}

}  // namespace

Action declareBench(Arguments& take) {
  const auto arguments = std::make_shared<BenchArguments>();
  take.positional("WORKLOAD", arguments->workload,
                  "orders: durable commands that three views follow; lookup: rows read by key; "
                  "replay: a restart that folds the log again; restart: one that loads a snapshot; "
                  "fold: bids folded into one view, without a server",
                  Arguments::Need::optional);
  declareLoad(take, *arguments);
  declareServer(take, *arguments);
  take.flag("--json", arguments->json, "one JSON object");
  return [arguments]() { return bench(*arguments); };
}

}  // namespace facet
