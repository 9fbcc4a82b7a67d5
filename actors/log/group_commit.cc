#include "actors/log/group_commit.h"

#include <algorithm>

#include "actors/log/limits.h"
#include "values/assert.h"

namespace facet {

namespace {

std::string_view bytesOf(const std::vector<uint64_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)};
}

}  // namespace

GroupCommit::GroupCommit(EventLog& log, BlockNumber blocks, const Cuts& cuts, LagClock& lag,
                         Clock& clock, Next next)
    : log_(log),
      cuts_(cuts),
      lag_(lag),
      clock_(clock),
      next_(next),
      end_(log.end()),
      block_(blocks) {}

bool GroupCommit::hasRoomAhead() {
  const Position visible = cuts_.visible();
  while (!ahead_.empty() && ahead_.front().last <= visible) {
    FACET_ASSERT(bytesAhead_ >= ahead_.front().bytes, bytesAhead_, ahead_.front().bytes);
    bytesAhead_ -= ahead_.front().bytes;
    ahead_.pop_front();
  }
  FACET_ASSERT(!ahead_.empty() || bytesAhead_ == 0, bytesAhead_);
  return ahead_.size() < kMaxChunksAhead && bytesAhead_ < kMaxBytesAhead;
}

std::vector<WaitingBatch> GroupCommit::takeChunk(std::deque<WaitingBatch>& queue) {
  FACET_ASSERT(!queue.empty());
  std::vector<WaitingBatch> batches;
  size_t bytes = 0;
  while (!queue.empty()) {
    const bool control = queue.front().batch.control != nullptr;
    const size_t size = queue.front().batch.block.size() * sizeof(uint64_t);
    if (!batches.empty() && (control || bytes + size > kMaxChunkBytes)) break;
    bytes += size;
    batches.push_back(std::move(queue.front()));
    queue.pop_front();
    if (control) break;  // a chunk of its own
  }
  return batches;
}

void GroupCommit::commit(std::vector<WaitingBatch> batches) {
  refuseOlder(batches);
  const auto late = std::find_if(batches.begin(), batches.end(), [](const WaitingBatch& waiting) {
    return waiting.batch.run.takenBack();
  });
  std::vector<WaitingBatch> behind(std::make_move_iterator(late),
                                   std::make_move_iterator(batches.end()));
  batches.erase(late, batches.end());
  const bool written = batches.empty() || write(batches);
  if (behind.empty()) return;
  if (written) goBack();
  refuse(behind, BatchOutcome::What::refused,
         "nothing was done: a batch before this one was refused, and is to be sent first");
}

/// Those that were sequenced before the sequencer went back.
void GroupCommit::refuseOlder(std::vector<WaitingBatch>& batches) {
  const auto older =
      std::stable_partition(batches.begin(), batches.end(), [&](const WaitingBatch& waiting) {
        FACET_ASSERT(waiting.generation <= generation_, waiting.generation, generation_);
        return waiting.generation == generation_;
      });
  std::vector<WaitingBatch> dropped(std::make_move_iterator(older),
                                    std::make_move_iterator(batches.end()));
  batches.erase(older, batches.end());
  refuse(dropped, BatchOutcome::What::refused,
         "nothing was done: a batch before this one found no room in the log");
}

/// False: the log has no room; they were refused, and the sequencer goes back. True also where the
/// log failed: the node ends then.
bool GroupCommit::write(std::vector<WaitingBatch>& batches) {
  const LogEnd before = end_;
  try {
    append(batches);
  } catch (const LogFull& full) {
    next_.answers.full();
    goBack();
    refuse(batches, BatchOutcome::What::refused, std::string("nothing was done: ") + full.what());
    return false;
  } catch (const std::exception& failure) {
    refuse(batches, BatchOutcome::What::unknown, failure.what());
    next_.failure.fail(failure.what());
    return true;
  }
  if (const auto& control = batches.front().batch.control) {
    next_.durable.recorded(before.next, bytesOf(control->record));
  }
  if (end_ != before) next_.durable.committed(end_, block_);
  broadcast(batches, before);
  answer(batches);
  return true;
}

void GroupCommit::goBack() {
  ++generation_;
  next_.sequencer.goBack({end_.last, block_}, generation_);
}

void GroupCommit::append(const std::vector<WaitingBatch>& batches) {
  std::vector<std::string_view> pieces;
  ChunkDraft draft;
  for (const WaitingBatch& waiting : batches) {
    const std::vector<uint64_t>& block = waiting.batch.block;
    if (!block.empty()) pieces.push_back(bytesOf(block));
    draft.events += waiting.batch.events;
  }
  const size_t blocks = pieces.size();
  if (const auto& control = batches.front().batch.control) {
    FACET_ASSERT(batches.size() == 1 && blocks == 0, batches.size(), blocks);
    draft.kind = ChunkKind::control;
    pieces.push_back(bytesOf(control->record));
  }
  if (pieces.empty()) return;
  draft.pieces = pieces;
  draft.epoch = end_.epoch;
  draft.time = std::max(clock_.now(), end_.time);
  const LogEnd before = end_;
  end_ = log_.append(draft, before);
  block_ = block_ + blocks;
  FACET_ASSERT(end_.last.value == before.last.value + draft.events, end_.last, before.last,
               draft.events);
  FACET_ASSERT(end_.next.value == before.next.value + 1, end_.next.value, before.next.value);
  FACET_ASSERT(end_.time >= before.time, end_.time, before.time);
}

void GroupCommit::broadcast(std::vector<WaitingBatch>& batches, const LogEnd& before) {
  if (end_.last == before.last) return;
  const auto& control = batches.front().batch.control;
  const auto chunk = control ? control->chunk : std::make_shared<Chunk>();
  for (WaitingBatch& waiting : batches) {
    SequencedBatch& batch = waiting.batch;
    if (batch.block.empty() || batch.events == 0) continue;
    chunk->bytes += batch.block.size() * sizeof(uint64_t);
    const Block block(reinterpret_cast<const char*>(batch.block.data()));
    chunk->blocks.push_back({block, end_.time});
    chunk->memory.push_back(std::move(batch.block));
    chunk->changes.insert(chunk->changes.end(), batch.changes.begin(), batch.changes.end());
  }
  FACET_ASSERT(ahead_.empty() || ahead_.back().last <= before.last, before.last);
  chunk->number = before.next;
  chunk->first = before.last + 1;
  chunk->last = end_.last;
  ahead_.push_back({chunk->last, chunk->bytes});
  bytesAhead_ += chunk->bytes;
  lag_.mark(end_.last);
  next_.answers.taken();
  next_.durable.broadcast(chunk);
}

void GroupCommit::answer(std::vector<WaitingBatch>& batches) {
  if (const auto& control = batches.front().batch.control) return control->done(end_.last, {});
  std::vector<BatchOutcome> outcomes;
  outcomes.reserve(batches.size());
  for (WaitingBatch& waiting : batches) {
    BatchOutcome& outcome = outcomes.emplace_back(std::move(waiting.batch.outcome));
    outcome.epoch = end_.epoch;
    outcome.durable = end_.last;
  }
  next_.answers.outcomes(std::move(outcomes));
}

void GroupCommit::refuse(std::vector<WaitingBatch>& batches, BatchOutcome::What what,
                         const std::string& reason) {
  std::vector<BatchOutcome> outcomes;
  for (WaitingBatch& waiting : batches) {
    if (const auto& control = waiting.batch.control) {
      control->done({}, reason);
      continue;
    }
    waiting.batch.run.takeBack();
    BatchOutcome& outcome = outcomes.emplace_back();
    outcome.what = what;
    outcome.ticket = waiting.batch.outcome.ticket;
    outcome.admittedBytes = waiting.batch.outcome.admittedBytes;
    outcome.reason = reason;
    outcome.epoch = end_.epoch;
    outcome.durable = end_.last;
  }
  if (!outcomes.empty()) next_.answers.outcomes(std::move(outcomes));
}

}  // namespace facet
