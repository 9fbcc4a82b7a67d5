// Deduplication: what was done for whom: for each client (UUID) the sequence numbers of its
// accepted commands, the position of each one's last event, and its digest, so that a command sent
// again is answered with its first outcome and done once, and another command under its number is
// told from it. A fold over the log's blocks, in the same versioned store as everything else.
//
// A client's sequence numbers are kept in spans of 64: key (client, span), value: the runs of
// accepted commands in it, and behind a mark their digests (8 bytes each), unless the log that they
// come from has none; beside it a row (client, kHead) with the newest span and the last use.
// Consecutive commands with one event each make one run of 16 bytes. Thread: belongs to the
// sequencer; `map` also by a snapshot's thread, with a pin.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/command_digest.h"
#include "model/record.h"
#include "views/state/state_part.h"
#include "views/store/versioned_map.h"

namespace facet {

class Deduplication {
 public:
  /// Sequence numbers that are remembered of each client, in spans of 64. More: memory (9 to 24
  /// bytes each); less: a client that resends after a long time apart is told that what became of
  /// its command is unknown, though it may be new.
  static constexpr uint64_t kSpansPerClient = 1024;
  /// Clients that are remembered; the one that was not seen for longest goes. More: memory (about
  /// 250 bytes each); less: a client that comes back with a resend after so many others is taken
  /// for a new one.
  static constexpr size_t kClients = 1'000'000;

  struct Seen {
    /// other: the number is that of another command.
    enum class What : uint8_t { fresh, done, other, forgotten } what = What::fresh;
    Position position;  // done: of its last event; 0 if it had none
  };
  /// What is kept of a command.
  struct Entry {
    Position last;  // of its last event; 0: it has none
    uint64_t digest = kNoCommandDigest;
  };
  /// Commands with consecutive numbers.
  struct Run {
    uint64_t position;  // of the first command's last event; 0: none
    uint32_t offset;    // of the first command in the span
    uint32_t count;     // commands; their positions are consecutive
  };
  /// What is known of a client's commands, best asked for in the order of their numbers. Until the
  /// next beginBatch().
  class Memory {
   public:
    Memory(const Deduplication& all, ClientId client);
    Seen find(uint64_t sequence, uint64_t digest);

   private:
    const Deduplication& all_;
    ClientId client_;
    std::optional<uint64_t> newestSpan_;  // nothing: the client is not known
    std::optional<uint64_t> span_;        // the one that was looked at last
    std::span<const Run> runs_;           // in it
    std::span<const uint64_t> digests_;   // of their commands, in order; none: not known
  };

  /// Everything added until endBatch belongs to this block.
  void beginBatch(BlockNumber block);
  /// An accepted command.
  void add(ClientId client, uint64_t sequence, const Entry& entry);
  void endBatch();

  /// As the sequencer added them: for recovery and replicas.
  void fold(const Block& block, BlockNumber number, Position firstEvent);

  /// Forgets the blocks after `last`: their commit was refused.
  void rollback(BlockNumber last);
  /// Blocks up to `settled` cannot be refused any more, and nobody looks at the state before it;
  /// `next` is the next one. `needs`: for its ticks.
  void reclaim(const ReaderNeeds& needs, BlockNumber settled, BlockNumber next) {
    map_.reclaim({tagOf(settled), {}, {}, needs.tick, needs.quiescent}, tagOf(next));
  }
  /// A row of `map` as a snapshot has it. Before any batch.
  void restore(const StateEntry& row, BlockNumber block);
  const VersionedMap& map() const { return map_; }
  uint64_t clients() const { return lastUse_.size(); }
  uint64_t bytes() const { return map_.bytes(); }

 private:
  struct Key {
    ClientId client;
    uint64_t span;
  };
  struct Head {
    uint64_t newestSpan;
    uint64_t lastUse;  // block
  };
  static constexpr uint64_t kHead = UINT64_MAX;
  static constexpr uint64_t kSpan = 64;

  /// What the store takes for positions are the blocks' numbers.
  static Position tagOf(BlockNumber block) { return {block.value}; }
  const Version* read(const Key& key) const;
  std::optional<Head> readHead(ClientId client) const;
  void writeRow(const Key& key, std::string_view value, std::string_view more = {});
  void eraseRow(const Key& key);
  void noteUse(const Version& version);
  void openSpan(const Key& key);
  void addBehind(uint32_t offset, const Entry& entry);
  void flushSpan();
  void touchHead(ClientId client, uint64_t span);
  void forgetSpans(ClientId client, uint64_t from, uint64_t to);
  void forgetLongestUnused();

  VersionedMap map_;
  std::set<std::pair<uint64_t, ClientId>>
      lastUse_;  // (block, client): who was not seen for longest
  BlockNumber block_;
  // The span that the batch adds to just now; written when the batch leaves it.
  Key span_{};
  std::vector<Run> runs_;
  std::vector<uint64_t> digests_;  // of the runs' commands, in order
  bool spanOpen_ = false;
};

}  // namespace facet
