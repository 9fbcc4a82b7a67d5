// The events of a chunk: what the sequencer makes, the log keeps, and projections read in place. DO
// NOT CHANGE: it is on disk.
//
// A chunk's payload is a sequence of blocks, one for each batch of commands. A block:
//
//   BlockHeader      (command i is the one with the number firstSequence + i; where the numbers of
//                    a batch have gaps, there are commands that were not accepted)
//   outcome words    (only if !allAccepted) ceil(commands / 64) u64: bit i = command i of the
//                    batch was accepted
//   event counts     (only if !oneEventEach) ceil(commands / 8) words of u8: events of command i,
//                    255 at most. oneEventEach: each accepted command has one, the others none
//   events           for each event: EventHeader, then its packed row (values/row.h)
//   streams          for each accepted command that has a stream: the packed row (stream field,
//                    value)
//   digests          (only if kDigests) for each accepted command, in order: u64
//                    (command_digest.h)
//
// Thread: blocks are immutable once built; a BlockBuilder belongs to the sequencer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "values/position.h"
#include "values/row.h"

namespace facet {

struct BlockHeader {
  uint32_t bytes;  // of the whole block
  uint32_t events;
  ClientId client;  // all zero: no deduplication
  uint64_t firstSequence;
  uint32_t commands;  // in the batch, with the gaps in their numbers
  uint32_t accepted;
  uint32_t flags;    // kAllAccepted, kOneEventEach, kDigests
  uint32_t streams;  // accepted commands that have a stream
};
static_assert(sizeof(BlockHeader) == 48);
constexpr uint32_t kAllAccepted = 1;
constexpr uint32_t kOneEventEach = 2;
constexpr uint32_t kDigests = 4;

/// The number of a block in the log, from 1: unlike a position it tells apart blocks that have no
/// events.
struct BlockNumber {
  uint64_t value = 0;
  auto operator<=>(const BlockNumber&) const = default;
  BlockNumber operator+(uint64_t n) const { return {value + n}; }
};

struct EventHeader {
  uint32_t event;    // index in the model's events
  uint32_t command;  // which command of the batch
};

/// A block in memory.
class Block {
 public:
  Block() = default;
  explicit Block(const char* data) : data_(data) {}

  const BlockHeader& header() const { return *reinterpret_cast<const BlockHeader*>(data_); }
  std::string_view bytes() const { return {data_, header().bytes}; }
  bool accepted(uint32_t command) const;
  uint32_t eventCount(uint32_t command) const;
  /// Of the nth accepted command, from 0; kNoCommandDigest in blocks that have none.
  uint64_t digest(uint32_t nth) const;

  /// Calls visit(const EventHeader&, Row) for every event in order. Returns where the events end.
  template <typename Visit>
  const char* forEachEvent(Visit&& visit) const {
    const char* at = eventsBegin();
    for (uint32_t i = 0; i < header().events; ++i) {
      const auto& event = *reinterpret_cast<const EventHeader*>(at);
      Row row(at + sizeof(EventHeader));
      visit(event, row);
      at += sizeof(EventHeader) + row.size();
    }
    return at;
  }

  /// Calls visit(Row) with the stream of every accepted command that has one.
  template <typename Visit>
  void forEachStream(Visit&& visit) const {
    if (header().streams == 0) return;
    const char* at = forEachEvent([](const EventHeader&, Row) {});
    for (uint32_t i = 0; i < header().streams; ++i) {
      Row row(at);
      visit(row);
      at += row.size();
    }
  }

 private:
  const char* eventsBegin() const;
  const char* data_ = nullptr;
};

/// Calls visit(Block) for every block of a chunk's payload.
template <typename Visit>
void forEachBlock(std::string_view payload, Visit&& visit) {
  for (size_t at = 0; at < payload.size();) {
    Block block(payload.data() + at);
    visit(block);
    at += block.header().bytes;
  }
}

class Model;
/// Whether a payload from outside (disk of another version, another node) is well formed for the
/// model and has just `events` events; `problem` says why not. Safe for any bytes.
bool isValidPayload(const Model& model, std::string_view payload, uint32_t events,
                    std::string& problem);

/// The layout of a stream: the field's name in SQL, and its value as text.
const RowLayout& streamLayout();

/// Builds blocks, one after another, each in memory of its own.
class BlockBuilder {
 public:
  /// Begins a block for a batch of `commands` commands, none of which is accepted yet.
  void start(ClientId client, uint64_t firstSequence, uint32_t commands, size_t bytesHint);
  /// Appends an event of a command; a command's events come one after another, commands in order.
  void addEvent(uint32_t event, uint32_t command, Row row);
  void setAccepted(uint32_t command);
  /// The stream of an accepted command: a row of streamLayout().
  void addStream(Row stream);
  /// The digest of the command that was accepted last: of each, or of none.
  void addDigest(uint64_t digest) { digests_.push_back(digest); }
  uint32_t events() const { return header_.events; }
  /// Of header and events so far, and of the streams that come behind them.
  size_t bytes() const { return block_.size() * sizeof(uint64_t); }
  size_t streamBytes() const { return streams_.size() * sizeof(uint64_t); }
  /// A place to go back to: the events added after it are taken away (of a command that was
  /// rejected after all).
  struct Mark {
    size_t words;
    uint32_t events;
  };
  Mark mark() const { return {block_.size(), header_.events}; }
  void undoTo(Mark mark, uint32_t command);
  /// Takes away everything since start (an atomic batch that failed).
  void clear();
  /// The finished block's bytes, 8-byte aligned, to be moved away.
  std::vector<uint64_t> finish();

 private:
  BlockHeader header_{};
  std::vector<uint64_t> accepted_;  // bits
  std::vector<uint8_t> counts_;     // events of each command
  std::vector<uint64_t> block_;     // header and events
  std::vector<uint64_t> streams_;
  std::vector<uint64_t> digests_;
};

}  // namespace facet
