#include "actors/admission.h"

#include <fmt/format.h>

#include "actors/limits.h"
#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr int64_t kMicrosInMs = 1000;

}  // namespace

Admission::Admission(const NodeOptions& options, const EventLog& log, const NodeState& state,
                     Changes& changes, NodeListener& listener, BatchSink& next)
    : steady_(*options.clocks.steady),
      memoryLimit_(options.memoryBytes),
      state_(state),
      changes_(changes),
      listener_(listener),
      next_(next),
      fullLog_(log, options.notice) {
  FACET_ASSERT(memoryLimit_ > 0);
  // What an operator need not find out by a command that is refused.
  fullLog_.look();
}

std::string Admission::submit(CommandBatch batch) {
  if (closed_) return "stopping: the server is shutting down; send the commands again later";
  const size_t bytes = batch.bytes();
  std::string full = fullLog_.refusal(bytes, steady_.now() / kMicrosInMs);
  if (!full.empty()) return full;
  if (batches_.fetch_add(1) >= kMaxInFlightBatches) {
    batches_.fetch_sub(1);
    return fmt::format("overloaded: {} batches are under way; wait for outcomes, then send again",
                       kMaxInFlightBatches);
  }
  if (bytes_.fetch_add(bytes) + bytes > kMaxInFlightBytes) {
    bytes_.fetch_sub(bytes);
    batches_.fetch_sub(1);
    return fmt::format(
        "overloaded: {} MiB of commands are under way; wait for outcomes, then send again",
        kMaxInFlightBytes >> 20);
  }
  if (const std::string problem = memoryProblem(); !problem.empty()) {
    bytes_.fetch_sub(bytes);
    batches_.fetch_sub(1);
    return "overloaded: " + problem;
  }
  batch.admittedBytes = bytes;
  next_.submit(std::move(batch));
  return {};
}

void Admission::outcomes(std::vector<BatchOutcome> outcomes) {
  FACET_ASSERT(!outcomes.empty());
  listener_.onDurable();
  size_t bytes = 0;
  for (const BatchOutcome& outcome : outcomes) bytes += outcome.admittedBytes;
  const size_t bytesBefore = bytes_.fetch_sub(bytes);
  FACET_ASSERT(bytesBefore >= bytes, bytesBefore, bytes);
  const size_t before = batches_.fetch_sub(outcomes.size());
  FACET_ASSERT(before >= outcomes.size(), before, outcomes.size());
  const size_t left = before - outcomes.size();
  listener_.onOutcomes(std::move(outcomes));
  if (left == 0 && closed_) changes_.notify();
}

void Admission::close(std::chrono::milliseconds timeout) {
  closed_ = true;
  changes_.until([this] { return batches_.load() == 0; }, timeout);
}

uint64_t Admission::memoryBytes() const {
  return state_.memoryBytes() + bytes_.load();
}

std::vector<std::string> Admission::problems() const {
  std::vector<std::string> out;
  for (std::string problem : {fullLog_.problem(), memoryProblem()}) {
    if (!problem.empty()) out.push_back(std::move(problem));
  }
  return out;
}

/// Why commands are refused for want of memory; empty: they are not.
std::string Admission::memoryProblem() const {
  const uint64_t memory = memoryBytes();
  if (static_cast<double>(memory) <= static_cast<double>(memoryLimit_) * kMemoryHighMark) return {};
  return fmt::format(
      "views and tables take {} MiB of the {} MiB that --memory allows; start the server with "
      "more, or with fewer views",
      memory >> 20, memoryLimit_ >> 20);
}

}  // namespace facet
