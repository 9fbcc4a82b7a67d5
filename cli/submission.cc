#include "cli/submission.h"

#include <fmt/format.h>
#include <kj/async-unix.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

namespace facet {
namespace {

/// Words of a batch, as a guess: its texts, and the structs around them.
uint64_t wordsOf(const StructShape& command, size_t commands, size_t textBytes) {
  return 16 + commands * (command.dataWords + 2U * command.pointers) + textBytes / 8;
}

/// A new struct again.
void clearStruct(capnp::AnyStruct::Builder item) {
  for (capnp::byte& byte : item.getDataSection()) byte = 0;
  for (auto pointer : item.getPointerSection()) pointer.clear();
}

}  // namespace

ExitCode SubmissionTotals::exitCode() const {
  if (interrupted) return ExitCode::interrupted;
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
      interrupt_(client.io().unixEventPort),
      tasks_(*this) {}

const SubmissionTotals& Submission::run(RecordSource& source) {
  for (const uint32_t column : source.missing()) {
    if (column < command_.row.columns.size() && command_.row.columns[column].nullable) {
      nullColumns_.push_back(column);
    }
  }
  while (!stopped()) {
    if (!source.ready()) waitForInput(source);
    if (stopped()) break;
    const auto result = next(source);
    atEnd_ = !result || result == RecordSource::Result::end;
    if (atEnd_) break;
    ++records_;
    totals_.lastLine = source.line();
    if (result == RecordSource::Result::bad) {
      if (options_.strict) sendStaged();
      if (!stopped()) reportBad(source.line(), source.problem());
    } else {
      stage(source);
    }
  }
  sendStaged();
  waitForAnswers();
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
    client_.wait(observer.whenBecomesReadable()
                     .exclusiveJoin(kj::mv(fault.promise))
                     .exclusiveJoin(interrupt_.whenAsked()));
  }
  waiting_ = nullptr;
}

/// To those that are under way; after an interruption only for a moment.
void Submission::waitForAnswers() {
  auto answered = tasks_.onEmpty().fork();
  client_.wait(answered.addBranch().exclusiveJoin(interrupt_.whenAsked()));
  if (!interrupt_.asked()) return;
  if (commandsUnderWay_ > 0) {
    fmt::print(stderr,
               "interrupted: waiting a moment for the answers to {} commands; Ctrl-C again "
               "ends at once\n",
               commandsUnderWay_);
  }
  auto& timer = client_.io().provider->getTimer();
  client_.wait(answered.addBranch().exclusiveJoin(timer.afterDelay(kInterruptedWait)));
  totals_.interrupted = !atEnd_ || commandsUnderWay_ > 0;
  totals_.unanswered = commandsUnderWay_;
  totals_.unknown += commandsUnderWay_;
}

void Submission::stage(RecordSource& source) {
  cells_ = source.cells();
  const auto expected = takeExpected();
  if (!expected) {
    if (options_.strict) sendStaged();
    if (!stopped()) reportBad(source.line(), "the expected version is a count from 0 on");
    return;
  }
  for (const uint32_t column : nullColumns_) cells_.push_back({column, std::nullopt});
  staged_.add(records_, source.line(), cells_, *expected);
  if (staged_.size() == options_.batch || staged_.bytes() >= kBatchBytes) sendStaged();
}

/// The version that the record expects, out of its cells; -1: any. Nothing: it is none.
std::optional<int64_t> Submission::takeExpected() {
  if (!options_.expectedColumn) return options_.expected;
  const auto cell = std::ranges::find(cells_, *options_.expectedColumn, &Cell::column);
  if (cell == cells_.end()) return -1;
  const std::optional<std::string_view> text = cell->text;
  cells_.erase(cell);
  if (!text) return -1;
  int64_t version = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), version);
  const bool whole = read.ec == std::errc() && read.ptr == text->data() + text->size();
  return whole && version >= 0 ? std::optional(version) : std::nullopt;
}

void Submission::sendStaged() {
  size_t next = 0;
  while (next < staged_.size() && !stopped()) next = sendRun(next);
  staged_.clear();
}

/// Whether a record may be in the batch that is built, by its number.
bool Submission::goesOn(uint64_t number) const {
  if (numbers_.empty()) return true;
  if (!client_.async().takesNumbers()) return number == numbers_.back() + 1;
  return number - numbers_.front() < options_.span;
}

/// Sends a batch of records from `begin` on, without the bad ones; returns the index behind the
/// last.
size_t Submission::sendRun(size_t begin) {
  const auto most = static_cast<unsigned>(staged_.size() - begin);
  Batch batch = client_.batch(1, wordsOf(command_.row, most, staged_.bytes(begin, staged_.size())));
  auto items = batch.add(command_, most);
  numbers_.clear();
  expected_.clear();
  std::string problem;
  size_t i = begin;
  for (; i < staged_.size() && !refused_ && goesOn(staged_.number(i)); ++i) {
    auto item = items[static_cast<unsigned>(numbers_.size())];
    problem = staged_.write(i, command_.row, item);
    if (problem.empty()) {
      numbers_.push_back(staged_.number(i));
      expected_.push_back(staged_.expected(i));
      continue;
    }
    if (options_.strict) break;  // those before it are sent first
    reportBad(staged_.line(i), problem);
    clearStruct(item);
  }
  batch.keep(static_cast<unsigned>(numbers_.size()));
  if (!numbers_.empty()) {
    batch.number(options_.uuid, numbers_);
    expectVersions(batch);
    send(std::move(batch));
  }
  if (problem.empty() || !options_.strict) return i;
  if (!stopped()) reportBad(staged_.line(i), problem);
  return i + 1;
}

void Submission::expectVersions(Batch& batch) {
  if (std::ranges::all_of(expected_, [](int64_t version) { return version < 0; })) return;
  auto to = batch.expectVersions();
  for (unsigned i = 0; i < to.size(); ++i) to.set(i, expected_[i]);
}

void Submission::send(Batch batch) {
  client_.wait(client_.async().whenRoom().exclusiveJoin(interrupt_.whenAsked()));
  if (stopped()) return;
  const unsigned commands = batch.commands();
  commandsUnderWay_ += commands;
  const SubmitOptions how{kOverloadRetries, true};
  tasks_.add(client_.async()
                 .submit(kj::mv(batch), how)
                 .then(
                     [this, commands](BatchReply&& reply) {
                       commandsUnderWay_ -= commands;
                       onReply(reply);
                     },
                     [this, commands](kj::Exception&& why) {
                       commandsUnderWay_ -= commands;
                       onFault(why, commands);
                     }));
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
