// Submission: sends the records of a source as commands, in batches, many under way at a time, and
// counts what became of them. A record's number in its file, from 1, is the command's sequence
// number, so that the same file can be sent again with the same client UUID and nothing is done
// twice.
//
// A bad record is left out and reported: its number stays unused. Servers that take no batches with
// such gaps get one that ends there. Thread: main; the client's loop runs inside of run().
#pragma once

#include <kj/async.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cli/command_writer.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/limits.h"
#include "cli/record_source.h"
#include "client/client.h"

namespace facet {

struct SubmissionOptions {
  ClientUuid uuid{};
  unsigned batch = kDefaultBatch;
  uint64_t span = kMaxUnanswered;               // numbers of a batch, from its first to its last
  bool strict = false;                          // the first bad record ends it
  int64_t expected = -1;                        // version of each command's stream; -1: any
  std::optional<uint32_t> expectedColumn = {};  // of the records: has it for each
  bool progress = false;                        // a line on stderr that is written over
};

struct SubmissionTotals {
  uint64_t accepted = 0;
  uint64_t rejected = 0;
  uint64_t duplicates = 0;
  uint64_t unknown = 0;     // sent, and no answer came; or too old
  uint64_t unanswered = 0;  // of them: sent, and interrupted before the answer came
  uint64_t tooOld = 0;      // of them: numbers older than what is remembered, very probably done
  uint64_t failed = 0;      // sent, and refused with an error: nothing was done
  uint64_t badRecords = 0;
  uint64_t position = 0;                    // of the newest event
  std::string token;                        // of the newest batch that was answered
  std::map<std::string, uint64_t> reasons;  // of rejections
  bool interrupted = false;                 // by Ctrl-C, before the file's end
  uint64_t lastLine = 0;                    // that was read
  std::string fault;                        // why it ended before the file did
  ExitCode faultCode = ExitCode::failed;
  double seconds = 0;

  ExitCode exitCode() const;
};

class Submission final : private kj::TaskSet::ErrorHandler {
 public:
  /// Called whenever a batch was answered, in that order.
  using OnReply = std::function<void(const SubmissionTotals&)>;

  Submission(Client& client, const RelationShape& command, SubmissionOptions options,
             OnReply onReply);

  /// Until the source ends, something breaks, or `strict` says so; then waits for the answers.
  const SubmissionTotals& run(RecordSource& source);

 private:
  void waitForInput(RecordSource& source);
  std::optional<RecordSource::Result> next(RecordSource& source);
  void stage(RecordSource& source);
  void sendStaged();
  size_t sendRun(size_t begin);
  bool goesOn(uint64_t number) const;
  void expectVersions(Batch& batch);
  void waitForAnswers();
  std::optional<int64_t> takeExpected();
  void send(Batch batch);
  void onReply(const BatchReply& reply);
  void onFault(const kj::Exception& why, unsigned commands);
  void stopFor(const std::string& fault, ExitCode code);
  void reportBad(uint64_t line, const std::string& problem);
  void showProgress();
  double elapsed() const;
  bool stopped() const { return refused_ || interrupt_.asked() || !totals_.fault.empty(); }
  void taskFailed(kj::Exception&& why) override;

  Client& client_;
  const RelationShape& command_;
  const SubmissionOptions options_;
  const OnReply onReply_;
  SubmissionTotals totals_;
  StagedRecords staged_;
  std::vector<Cell> cells_;
  std::vector<uint32_t> nullColumns_;  // that the source does not have
  std::vector<uint64_t> numbers_;      // of the batch that is built
  std::vector<int64_t> expected_;      // versions, of its commands
  uint64_t commandsUnderWay_ = 0;
  uint64_t records_ = 0;
  bool atEnd_ = false;      // nothing more can be read
  std::string unreadable_;  // why the rest of the source can't be read
  bool refused_ = false;    // strict: there was a bad record
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double shownAt_ = 0;
  Interrupt interrupt_;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> waiting_;  // for input: ends the wait
  kj::TaskSet tasks_;
};

}  // namespace facet
