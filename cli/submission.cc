#include "cli/submission.h"

#include <fmt/format.h>
#include <kj/async-unix.h>

#include <cstdio>
#include <utility>

namespace facet {
namespace {

/// Words of a batch, as a guess: its texts, and the structs around them.
uint64_t wordsOf(const StructShape& command, size_t commands, size_t textBytes) {
  return 16 + commands * (command.dataWords + 2U * command.pointers) + textBytes / 8;
}

}  // namespace

ExitCode SubmissionTotals::exitCode() const {
  if (unknown > 0) return ExitCode::unknown;
  if (!fault.empty()) return faultCode;
  return rejected > 0 || badRecords > 0 ? ExitCode::rejected : ExitCode::ok;
}

Submission::Submission(Client& client, const RelationShape& command, SubmissionOptions options,
                       OnReply onReply)
    : client_(client),
      command_(command),
      options_(options),
      onReply_(std::move(onReply)),
      tasks_(*this) {}

const SubmissionTotals& Submission::run(RecordSource& source) {
  for (const uint32_t column : source.missing()) {
    if (command_.row.columns[column].nullable) nullColumns_.push_back(column);
  }
  while (!stopped()) {
    if (!source.ready()) waitForInput(source);
    if (stopped()) break;
    const auto result = next(source);
    if (!result || result == RecordSource::Result::end) break;
    ++records_;
    if (result == RecordSource::Result::bad) {
      sendStaged();
      if (!stopped()) reportBad(source.line(), source.problem());
    } else {
      stage(source);
    }
  }
  sendStaged();
  client_.wait(tasks_.onEmpty());
  if (!unreadable_.empty()) stopFor(unreadable_, ExitCode::failed);
  totals_.seconds = elapsed();
  if (shownAt_ > 0) fmt::print(stderr, "\r\x1b[K");
  return totals_;
}

/// Nothing: the rest can't be read. What was read before is sent and counted all the same.
std::optional<RecordSource::Result> Submission::next(RecordSource& source) {
  try {
    return source.next();
  } catch (const Failure& failure) {
    unreadable_ = failure.what();
    return std::nullopt;
  }
}

/// The producer is slow: what there is goes out, and answers come in, until it goes on or something
/// breaks.
void Submission::waitForInput(RecordSource& source) {
  sendStaged();
  kj::UnixEventPort& port = client_.io().unixEventPort;
  kj::UnixEventPort::FdObserver observer(port, source.fd(),
                                         kj::UnixEventPort::FdObserver::OBSERVE_READ);
  while (!source.ready() && !stopped()) {
    auto fault = kj::newPromiseAndFulfiller<void>();
    waiting_ = kj::mv(fault.fulfiller);
    client_.wait(observer.whenBecomesReadable().exclusiveJoin(kj::mv(fault.promise)));
  }
  waiting_ = nullptr;
}

void Submission::stage(RecordSource& source) {
  cells_ = source.cells();
  for (const uint32_t column : nullColumns_) cells_.push_back({column, std::nullopt});
  staged_.add(records_, source.line(), cells_);
  if (staged_.size() == options_.batch || staged_.bytes() >= kBatchBytes) sendStaged();
}

void Submission::sendStaged() {
  size_t next = 0;
  while (next < staged_.size() && !stopped()) next = sendRun(next);
  staged_.clear();
}

/// Sends the good records from `begin` on to the first bad one; returns the index behind that.
size_t Submission::sendRun(size_t begin) {
  std::optional<BadRecord> bad;
  std::optional<Batch> batch = build(begin, staged_.size(), bad);
  std::optional<BadRecord> none;
  if (bad) batch = build(begin, bad->index, none);
  if (batch) send(std::move(*batch));
  if (!bad) return staged_.size();
  reportBad(staged_.line(bad->index), bad->problem);
  return bad->index + 1;
}

/// A batch of the records; nothing if there are none, or if one is bad: then `bad` says which.
std::optional<Batch> Submission::build(size_t begin, size_t end, std::optional<BadRecord>& bad) {
  if (begin == end) return std::nullopt;
  const size_t count = end - begin;
  Batch batch = client_.batch(1, wordsOf(command_.row, count, staged_.bytes(begin, end)));
  auto items = batch.add(command_, static_cast<unsigned>(count));
  for (size_t i = begin; i < end; ++i) {
    std::string problem = staged_.write(i, command_.row, items[static_cast<unsigned>(i - begin)]);
    if (problem.empty()) continue;
    bad = BadRecord{i, std::move(problem)};
    return std::nullopt;
  }
  batch.number(options_.uuid, staged_.number(begin));
  return batch;
}

void Submission::send(Batch batch) {
  client_.wait(client_.async().whenRoom());
  if (stopped()) return;
  const unsigned commands = batch.commands();
  const SubmitOptions how{kOverloadRetries, true};
  tasks_.add(client_.async()
                 .submit(kj::mv(batch), how)
                 .then([this](BatchReply&& reply) { onReply(reply); },
                       [this, commands](kj::Exception&& why) { onFault(why, commands); }));
  client_.io().waitScope.poll();  // so that it is on its way while the next one is read
  showProgress();
}

void Submission::onReply(const BatchReply& reply) {
  totals_.accepted += reply.accepted;
  totals_.rejected += reply.rejected;
  totals_.duplicates += reply.duplicates;
  totals_.unknown += reply.unknown;
  totals_.tooOld += reply.unknown;
  if (reply.accepted + reply.duplicates > 0) totals_.token = reply.token;
  totals_.position = std::max(totals_.position, reply.position);
  for (const CommandReply& command : reply.exceptions) {
    totals_.position = std::max(totals_.position, command.position);
    if (command.duplicate || command.unknown) continue;
    std::string reason = command.reason;
    if (!command.field.empty()) reason += " (" + command.field + ")";
    const bool room = totals_.reasons.size() < kCountedReasons;
    if (!room && totals_.reasons.count(reason) == 0) reason = "other reasons";
    ++totals_.reasons[reason];
  }
  onReply_(totals_);
}

void Submission::onFault(const kj::Exception& why, unsigned commands) {
  const ClientError error = clientError(why);
  switch (error.kind) {
    case ClientError::Kind::failed:
    case ClientError::Kind::notPrimary:
    case ClientError::Kind::notReachable:
    case ClientError::Kind::overloaded:
      totals_.failed += commands;
      break;
    default:
      totals_.unknown += commands;
  }
  stopFor(error.what(), exitCodeOf(error.kind));
  KJ_IF_MAYBE (waiting, waiting_) (*waiting)->fulfill();
}

/// The first reason counts.
void Submission::stopFor(const std::string& fault, ExitCode code) {
  if (!totals_.fault.empty()) return;
  totals_.fault = fault;
  totals_.faultCode = code;
}

void Submission::reportBad(uint64_t line, const std::string& problem) {
  ++totals_.badRecords;
  const std::string place = line == 0 ? std::string() : fmt::format("line {}: ", line);
  if (totals_.badRecords <= kShownBadLines) fmt::print(stderr, "{}{}\n", place, problem);
  if (totals_.badRecords == kShownBadLines)
    fmt::print(stderr, "further bad lines are only counted\n");
  refused_ = options_.strict;
}

void Submission::showProgress() {
  if (!options_.progress || elapsed() < shownAt_ + kProgressMs / 1000.0) return;
  shownAt_ = elapsed();
  const uint64_t done = totals_.accepted + totals_.rejected + totals_.duplicates;
  fmt::print(stderr, "\r\x1b[K{} accepted, {} rejected, {:.0f} commands/s", totals_.accepted,
             totals_.rejected, static_cast<double>(done) / shownAt_);
  std::fflush(stderr);
}

double Submission::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void Submission::taskFailed(kj::Exception&& why) {
  onFault(why, 0);
}

}  // namespace facet
