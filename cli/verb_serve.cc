// `facet serve` and `facet replica`
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include "actors/limits.h"
#include "cli/verb.h"
#include "server/serve.h"

namespace facet {
namespace {

/// In the order of LogLevel.
const std::vector<std::string> kLogLevels{"trace", "debug", "info", "warn", "error", "off"};

struct ServeArguments {
  std::string model;
  std::string data;
  std::vector<std::string> listen;
  std::string memory;
  std::string logLevel = "info";
  std::string logFormat = "text";
  bool insecure = false;
  ServeOptions options;
};

/// "2G", "512M", "1048576": bytes.
uint64_t memorySize(const std::string& text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  const std::string_view rest(unit, static_cast<size_t>(end - unit));
  int shift = -1;
  if (rest.empty()) shift = 0;
  if (rest == "K" || rest == "KB") shift = 10;
  if (rest == "M" || rest == "MB") shift = 20;
  if (rest == "G" || rest == "GB") shift = 30;
  if (rest == "T" || rest == "TB") shift = 40;
  const bool right =
      error == std::errc() && shift >= 0 && number > 0 && number <= UINT64_MAX >> shift;
  if (!right) {
    throw UsageError(fmt::format("--memory takes a size such as 2G or 512M, not \"{}\"", text));
  }
  const uint64_t bytes = number << shift;
  if (bytes < kLeastMemoryBytes) {
    throw UsageError(fmt::format("--memory {} leaves no room for commands: give at least {}M", text,
                                 kLeastMemoryBytes >> 20));
  }
  return bytes;
}

LogOptions logOptions(const ServeArguments& arguments) {
  const auto level = std::find(kLogLevels.begin(), kLogLevels.end(), arguments.logLevel);
  return {static_cast<LogLevel>(level - kLogLevels.begin()),
          arguments.logFormat == "json" ? LogFormat::json : LogFormat::text};
}

ExitCode run(ServeArguments& arguments) {
  ServeOptions& options = arguments.options;
  options.model = arguments.model;
  options.data = arguments.data;
  options.listen = arguments.listen;
  if (arguments.insecure) options.exposure = Exposure::any;
  if (!arguments.memory.empty()) options.memoryBytes = memorySize(arguments.memory);
  options.log = logOptions(arguments);
  options.progress = ::isatty(STDERR_FILENO) != 0;
  return static_cast<ExitCode>(serve(options));
}

/// What both have.
void declareCommon(Arguments& take, ServeArguments& arguments) {
  take.option("--data", arguments.data, "the folder of the log; made if it is not there",
              Arguments::Need::required);
  take.option("--listen", arguments.listen,
              "host:port or unix:/path; again for more (127.0.0.1:7400)");
  take.option("--shards", arguments.options.shards, "parts of each view (1)", 1, 256);
  take.option("--threads", arguments.options.threads, "threads that maintain views (2)", 1, 256);
  take.option("--memory", arguments.memory, "ceiling, such as 2G; else most of the machine's");
  take.option("--query-timeout", arguments.options.querySeconds,
              "seconds that a query, or a page of a scan, may take (30)", 1, 3600);
  take.option("--snapshot-every", arguments.options.snapshotEvery,
              "events between snapshots taken by itself; 0: none (10000000)", 0, UINT64_MAX);
  take.flag("--insecure", arguments.insecure,
            "listen on other addresses than loopback, though anybody may connect");
  take.flag("--json", arguments.options.json, "the ready line as a JSON object");
  take.choice("--log-level", arguments.logLevel, "the least that is told on stderr (info)",
              kLogLevels, Arguments::Need::optional);
  take.choice("--log-format", arguments.logFormat, "text, or JSON objects: how it is told (text)",
              {"text", "json"}, Arguments::Need::optional);
}

}  // namespace

Action declareServe(Arguments& take) {
  const auto arguments = std::make_shared<ServeArguments>();
  take.option("--model", arguments->model, "the model's folder", Arguments::Need::required);
  declareCommon(take, *arguments);
  take.flag("--accept-clock", arguments->options.acceptClock,
            "this machine's clock is right, though the log's last commit says otherwise");
  take.option("--begin-with-snapshot", arguments->options.beginWithSnapshot,
              "the log has lost its end: it begins anew after this snapshot");
  return [arguments]() { return run(*arguments); };
}

Action declareReplica(Arguments& take) {
  const auto arguments = std::make_shared<ServeArguments>();
  take.option("--of", arguments->options.upstream,
              "host:port or unix:/path of the server, or of another replica",
              Arguments::Need::required);
  declareCommon(take, *arguments);
  return [arguments]() { return run(*arguments); };
}

}  // namespace facet
