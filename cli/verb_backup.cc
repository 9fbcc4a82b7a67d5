// `facet backup`
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/connection.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "values/json.h"
#include "server/backup.h"

namespace facet {
namespace {

struct BackupArguments {
  std::string folder;
  bool json = false;
  ConnectFlags connect;
};

std::string resultText(const BackupArguments& arguments, const BackupResult& result) {
  const BackupState& state = result.state;
  if (!arguments.json) {
    std::string out =
        fmt::format("backup at position {}: {} chunks, {} fetched in {:.2f} s\n", state.end.last,
                    result.chunks, sizeText(result.bytes), result.seconds);
    if (!result.earliest || result.earliest->value == 0) return out;
    return out + fmt::format(
                     "it begins with the snapshot at position {}: what was before can't be "
                     "restored from it\n",
                     *result.earliest);
  }
  Json out = {{"position", state.end.last.value}, {"chunks", state.end.next.value},
              {"fetched_chunks", result.chunks},  {"fetched_bytes", result.bytes},
              {"snapshot", state.snapshot},       {"log_id", logIdText(state.log)},
              {"seconds", result.seconds}};
  if (result.earliest) out.set("earliest", result.earliest->value);
  return out.dump() + "\n";
}

ExitCode run(const BackupArguments& arguments) {
  const auto client = arguments.connect.connect();
  ProgressLine line;
  BackupOptions options;
  options.folder = arguments.folder;
  options.progress = [&](Position done, Position target, uint64_t bytes) {
    line.show([&] {
      return fmt::format("backup: position {} of {}, {}", done, target, sizeText(bytes));
    });
  };
  options.notice = [&](const std::string& text) {
    line.end();
    fmt::print(stderr, "facet: {}\n", text);
  };
  const BackupResult result = backUp(client->session(), client->io(), options);
  line.end();
  Output out;
  out.print(resultText(arguments, result));
  out.flush();
  return ExitCode::ok;
}

}  // namespace

Action declareBackup(Arguments& take) {
  const auto arguments = std::make_shared<BackupArguments>();
  take.positional("DEST", arguments->folder,
                  "the backup's folder: a new one, or one to go on with");
  take.flag("--json", arguments->json, "the result as a JSON object");
  arguments->connect.declare(take);
  return [arguments]() { return run(*arguments); };
}

}  // namespace facet
