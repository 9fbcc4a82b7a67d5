// `facet submit COMMAND`
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "cli/connection.h"
#include "cli/field_match.h"
#include "cli/output.h"
#include "cli/submission.h"
#include "cli/verb.h"
#include "cli/wait_notice.h"
#include "values/json.h"
#include "rpc/token.h"

namespace facet {
namespace {

struct SubmitArguments {
  std::string command;
  std::string jsonl;
  std::string csv;
  std::vector<std::string> set;
  unsigned batch = kDefaultBatch;
  unsigned inFlight = kDefaultInFlight;
  std::string client;
  std::string separator = ",";
  std::optional<uint64_t> expect;
  std::string expectColumn;
  bool strict = false;
  bool json = false;
  ConnectFlags connect;
};

ClientUuid clientUuid(const std::string& text) {
  if (text.empty()) return randomUuid();
  const auto uuid = uuidFromText(text);
  if (!uuid) {
    throw UsageError("--client takes a UUID, such as 123e4567-e89b-12d3-a456-426614174000");
  }
  return *uuid;
}

RelationShape findCommand(Client& client, const std::string& name) {
  std::string names;
  for (RelationShape& relation : client.describeAll()) {
    if (relation.kind != wire::Relation::Kind::COMMAND) continue;
    if (relation.name == name) return std::move(relation);
    names += (names.empty() ? "" : ", ") + relation.name;
  }
  throw Failure(ExitCode::failed, fmt::format("the server's model has no command \"{}\"; it has {}",
                                              name, names.empty() ? "none" : names));
}

/// What every line of --json has.
Json runningJson(const SubmissionTotals& totals) {
  return {{"accepted", totals.accepted},     {"rejected", totals.rejected},
          {"duplicates", totals.duplicates}, {"unknown", totals.unknown},
          {"position", totals.position},     {"token", tokenText(totals.token)}};
}

double rate(const SubmissionTotals& totals) {
  const uint64_t done = totals.accepted + totals.rejected + totals.duplicates;
  return totals.seconds > 0 ? static_cast<double>(done) / totals.seconds : 0;
}

std::string summaryJson(const SubmissionTotals& totals, const ClientUuid& uuid) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : totals.reasons) reasons.set(reason, count);
  Json out = runningJson(totals);
  out.set("summary", true);
  out.set("failed", totals.failed);
  out.set("bad_lines", totals.badRecords);
  out.set("reasons", std::move(reasons));
  out.set("seconds", totals.seconds);
  out.set("rate", rate(totals));
  out.set("client", uuidText(uuid));
  if (totals.interrupted) out.set("interrupted", true);
  if (!totals.fault.empty()) out.set("error", totals.fault);
  return out.dump() + "\n";
}

std::string reasonsText(const SubmissionTotals& totals) {
  std::vector<std::pair<uint64_t, std::string>> byCount;
  for (const auto& [reason, count] : totals.reasons) byCount.emplace_back(count, reason);
  std::sort(byCount.begin(), byCount.end(), std::greater<>());
  std::string out;
  for (size_t i = 0; i < std::min(byCount.size(), kShownReasons); ++i) {
    out += fmt::format("  {:>10}  {}\n", byCount[i].first, byCount[i].second);
  }
  if (byCount.size() > kShownReasons) {
    out += fmt::format("  and {} other reasons\n", byCount.size() - kShownReasons);
  }
  return out;
}

std::string summaryText(const SubmissionTotals& totals) {
  std::string out =
      fmt::format("accepted    {}\nrejected    {}\n", totals.accepted, totals.rejected);
  out += reasonsText(totals);
  out += fmt::format("duplicates  {}\nunknown     {}\n", totals.duplicates, totals.unknown);
  if (totals.failed > 0) out += fmt::format("failed      {}\n", totals.failed);
  if (totals.badRecords > 0) out += fmt::format("bad lines   {}\n", totals.badRecords);
  out += fmt::format("time        {:.3f} s\nrate        {:.0f} commands/s\n", totals.seconds,
                     rate(totals));
  if (!totals.token.empty()) out += fmt::format("token       {}\n", tokenText(totals.token));
  return out;
}

char separatorOf(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  constexpr std::string_view kNone = "\"\r\n";
  if (text.size() == 1 && kNone.find(text[0]) == kNone.npos) return text[0];
  throw UsageError("--separator takes one character, such as ';', or tab");
}

/// The command, and behind its fields the column of --expect-column.
StructShape withExpected(const StructShape& command, const std::string& name) {
  if (FieldMatch(command).loose(name)) {
    throw UsageError(fmt::format(
        "--expect-column takes another name than \"{}\", which is a field of the command", name));
  }
  StructShape out = command;
  ColumnShape& column = out.columns.emplace_back();
  column.name = column.field = name;
  column.type = Type::of(Kind::int64);
  column.nullable = column.hasDefault = true;
  return out;
}

void checkExpected(const SubmitArguments& arguments, const RecordSource& source, uint32_t column) {
  const std::vector<uint32_t> missing = source.missing();
  if (std::ranges::find(missing, column) == missing.end()) return;
  throw Failure(ExitCode::failed, fmt::format("the heading has no column \"{}\" (--expect-column)",
                                              arguments.expectColumn));
}

/// As it was called, for a shell, with the client's UUID.
std::string commandLine(const SubmitArguments& arguments, const ClientUuid& uuid) {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::string out;
  for (std::string word; std::getline(in, word, '\0');) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:,@%";
    const bool plain = !word.empty() && word.find_first_not_of(kPlain) == word.npos;
    out += out.empty() ? "" : " ";
    if (plain) {
      out += word;
      continue;
    }
    out += '\'';
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += '\'';
  }
  return arguments.client.empty() ? out + " --client " + uuidText(uuid) : out;
}

void tellInterrupted(const SubmitArguments& arguments, const SubmissionTotals& totals,
                     const ClientUuid& uuid) {
  const std::string place =
      totals.lastLine == 0 ? std::string() : fmt::format(" at line {}", totals.lastLine);
  fmt::print(stderr, "interrupted{}: the rest was not sent\n", place);
  if (totals.unanswered > 0) {
    fmt::print(stderr, "{} commands were sent, and what became of them is unknown\n",
               totals.unanswered);
  }
  fmt::print(stderr, "to go on, with the same input (what was accepted is not done again):\n  {}\n",
             commandLine(arguments, uuid));
}

std::unique_ptr<RecordSource> openSource(const SubmitArguments& arguments,
                                         std::optional<InputFile>& file,
                                         const StructShape& command) {
  if (!arguments.set.empty()) return argumentSource(arguments.set, command);
  const Unknown unknown = arguments.strict ? Unknown::refuse : Unknown::ignore;
  if (!arguments.csv.empty()) {
    return csvSource(file.emplace(arguments.csv), command, unknown,
                     separatorOf(arguments.separator));
  }
  return jsonSource(file.emplace(arguments.jsonl), command, unknown);
}

ExitCode submit(const SubmitArguments& arguments) {
  const int sources = !arguments.set.empty() + !arguments.csv.empty() + !arguments.jsonl.empty();
  if (sources != 1)
    throw UsageError("one of --csv FILE, --jsonl FILE and --set field=value is needed");
  if (arguments.expect.value_or(0) > INT64_MAX) throw UsageError("--expect takes a count");
  if (arguments.expect && arguments.set.empty()) {
    throw UsageError(
        "--expect goes with --set; a file's records have theirs in a column, which "
        "--expect-column names");
  }
  if (!arguments.expectColumn.empty() && !arguments.set.empty()) {
    throw UsageError("--expect-column goes with --csv and --jsonl; with --set it is --expect N");
  }
  SubmissionOptions options;
  options.uuid = clientUuid(arguments.client);
  options.batch = arguments.batch;
  options.strict = arguments.strict;
  options.progress = !arguments.json && ::isatty(STDERR_FILENO) != 0;
  if (arguments.expect) options.expected = static_cast<int64_t>(*arguments.expect);
  const unsigned window =
      std::max(1U, std::min(arguments.inFlight, kMaxUnanswered / options.batch));
  options.span = std::max(options.batch, kMaxUnanswered / window);
  WaitNotice notice;
  const auto client =
      arguments.connect.connect(window, [&notice](const std::string& why) { notice.waiting(why); });
  const RelationShape command = findCommand(*client, arguments.command);
  std::optional<InputFile> file;
  StructShape fields = command.row;
  if (!arguments.expectColumn.empty()) {
    fields = withExpected(command.row, arguments.expectColumn);
    options.expectedColumn = static_cast<uint32_t>(command.row.columns.size());
  }
  const auto source = openSource(arguments, file, fields);
  if (options.expectedColumn) checkExpected(arguments, *source, *options.expectedColumn);
  if (arguments.client.empty()) {
    fmt::print(stderr, "client {} (with --client, this can be repeated safely)\n",
               uuidText(options.uuid));
  }
  Output out;
  Submission submission(*client, command, options, [&](const SubmissionTotals& totals) {
    notice.answered();
    if (!arguments.json) return;
    out.print(runningJson(totals).dump() + "\n");
    out.flush();
  });
  const SubmissionTotals& totals = submission.run(*source);
  out.print(arguments.json ? summaryJson(totals, options.uuid) : summaryText(totals));
  out.flush();
  if (totals.tooOld > 0) {
    fmt::print(stderr,
               "{} commands have older numbers than the server remembers of this client: they were "
               "very probably done before, and were not done now\n",
               totals.tooOld);
  }
  if (!totals.fault.empty()) fmt::print(stderr, "facet: {}\n", totals.fault);
  if (totals.interrupted) tellInterrupted(arguments, totals, options.uuid);
  return totals.exitCode();
}

}  // namespace

Action declareSubmit(Arguments& take) {
  const auto arguments = std::make_shared<SubmitArguments>();
  take.positional("COMMAND", arguments->command, "a command of the server's model");
  take.option("--csv", arguments->csv,
              "a CSV file, or - for stdin; its heading names the fields, in any spelling");
  take.option("--separator", arguments->separator,
              "what stands between the columns of a CSV file: a character, or tab (a comma)");
  take.option("--jsonl", arguments->jsonl, "a JSON object a line, or - for stdin");
  take.option("--set", arguments->set, "field=value ...: a single command");
  take.option("--expect", arguments->expect,
              "with --set: the command is only accepted if its stream has come to this version: so "
              "many accepted commands had the same value in the stream's field",
              0);
  take.option("--expect-column", arguments->expectColumn,
              "the column or key of a file that has this version for each record (empty: any)");
  take.option("--batch", arguments->batch, "commands a batch (500)", 1, kMaxBatch);
  take.option("--in-flight", arguments->inFlight,
              "batches under way at a time (16; together at most 32,768 commands)", 1,
              kMaxInFlight);
  take.option("--client", arguments->client,
              "a UUID: a repeated run with the same one does nothing twice");
  take.flag("--strict", arguments->strict, "end at the first bad line, and at an unknown column");
  take.flag("--json", arguments->json, "a JSON object for each answered batch, and a summary");
  arguments->connect.declare(take);
  return [arguments]() { return submit(*arguments); };
}

}  // namespace facet
