#include "server/feed_endpoint.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "rpc/kj_interfaces.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/session.h"
#include "server/snapshot_sender.h"
#include "values/copy_bytes.h"

namespace facet {
namespace {

std::string_view view(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

void writeHash(capnp::Data::Builder out, const ChunkHash& hash) {
  std::memcpy(out.begin(), &hash, sizeof(hash));
}

/// What one reply has of the log.
struct Piece {
  std::vector<uint64_t> words;
  ChunkNumber next;
  ChunkHash last{};
  uint64_t wholeBytes = 0;  // not 0: a part of the chunk `next`

  void add(std::string_view bytes) {
    const size_t before = words.size();
    words.resize(before + bytes.size() / sizeof(uint64_t));
    copyBytes(words.data() + before, bytes.data(), bytes.size());
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(words.data()), bytes()}; }
  size_t bytes() const { return words.size() * sizeof(uint64_t); }
};

void writeNotes(const DigestNotes::Some& notes, uint128 model, wire::FeedBatch::Builder out) {
  out.setNotesNext(notes.next);
  if (notes.notes.empty()) return;
  auto hash = out.initModel(sizeof(model));
  for (unsigned i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<capnp::byte>(model >> (8 * (hash.size() - 1 - i)));
  }
  auto list = out.initNotes(static_cast<unsigned>(notes.notes.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const DigestNote& note = notes.notes[i];
    list[i].setRelation(note.relation);
    list[i].setPosition(note.position.value);
    list[i].setHigh(static_cast<uint64_t>(note.digest >> 64));
    list[i].setLow(static_cast<uint64_t>(note.digest));
  }
}

void writeChain(const std::vector<ChainNode>& chain, wire::FeedBatch::Builder out) {
  auto list = out.initChain(static_cast<unsigned>(chain.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const ChainNode& node = chain[i];
    list[i].setId({reinterpret_cast<const capnp::byte*>(node.id.data()), node.id.size()});
    list[i].setName(node.name);
  }
}

/// Where a request goes on, out of the message.
struct FeedStart {
  ChunkNumber from;
  std::string previous;  // the hash of the chunk before it
  Epoch epoch;
  uint64_t offset = 0;
  size_t most = 0;  // bytes of whole chunks, if they are more than one
  size_t part = 0;  // a chunk that has more bytes comes in parts
};

FeedStart startOf(wire::FeedRequest::Reader request, const ClientMemory& memory) {
  const uint32_t asked = request.getMaxBytes();
  const size_t part = feedAnswerBytes(memory);
  return {
      {request.getFrom()}, std::string(view(request.getPrevious())),          {request.getEpoch()},
      request.getOffset(), asked == 0 ? part : std::min<size_t>(asked, part), part};
}

/// What the replica has is of an epoch that ended here before that.
void requireEpoch(const Node& node, ChunkNumber from, Epoch epoch) {
  const auto end = node.endOf(epoch);
  if (!end || from <= end->next) return;
  throwFailed(fmt::format(
      "{}a node that was made the primary has gone on after position {}, in a new epoch; the "
      "replica's log has more of epoch {}, which is not in this one. Keep the replica's folder if "
      "that is needed; or follow with an empty folder",
      kLost, end->last, epoch.value));
}

/// The chunk before the start has this hash here.
void requireSame(const Node& node, const FeedStart& start, const ChunkHash& hash) {
  if (std::memcmp(start.previous.data(), &hash, sizeof(hash)) == 0) return;
  if (start.epoch.value > 0) requireEpoch(node, start.from, start.epoch);
  throwFailed(fmt::format(
      "{}chunk {} of the replica's log is not the one that is here: its folder holds the log of "
      "another primary, or this one was restored. Follow with an empty folder",
      kAnotherLog, start.from.value - 1));
}

void addPart(std::string_view bytes, const FeedStart& start, Piece& out) {
  const uint64_t offset = start.offset;
  if (offset >= bytes.size() || offset % sizeof(uint64_t) != 0) {
    throwFailed(
        fmt::format("chunk {} has {} bytes, and none at {}", out.next.value, bytes.size(), offset));
  }
  out.add(bytes.substr(offset, start.part));
  out.wholeBytes = bytes.size();
  if (offset + out.bytes() < bytes.size()) return;
  out.last = hashChunk(bytes);
  out.next = {out.next.value + 1};
}

/// Chunks from the start on, or a part of the first. On any thread.
Piece cut(const Node& node, const FeedStart& start) {
  Piece out;
  out.next = start.from;
  size_t last = 0;  // where the last chunk begins
  const auto take = [&](const ChunkRef& chunk) {
    const std::string_view bytes = chunk.bytes();
    if (chunk.header->number == start.from) {
      if (start.from.value > 0) requireSame(node, start, chunk.header->previous);
      if (start.offset > 0 || bytes.size() > start.part) {
        addPart(bytes, start, out);
        return false;
      }
    }
    last = out.bytes();
    out.add(bytes);
    out.next = {chunk.header->number.value + 1};
    return true;
  };
  node.log().read(start.from, start.most, take);
  if (out.wholeBytes == 0 && out.next > start.from) {
    out.last = hashChunk(out.view().substr(last));
  }
  return out;
}

class FeedEndpoint final : public wire::Feed::Server {
 public:
  explicit FeedEndpoint(SessionState& session) : session_(session), snapshots_(session.thread) {}

 protected:
  kj::Promise<void> follow(FollowContext context) override {
    if (busy_) throwOverloaded("overloaded: a feed takes one request at a time");
    const auto request = context.getParams().getRequest();
    const ChunkNumber from{request.getFrom()};
    checkPlace(request);
    const bool takesNothing = request.getFollower().getStalled().size() > 0;
    const auto wait =
        (takesNothing ? 0 : std::min(request.getWaitMs(), kMaxFeedWaitMs)) * kj::MILLISECONDS;
    const kj::TimePoint deadline = session_->thread.timer().now() + wait;
    const uint64_t noted = hub().note(request.getFollower(), session_->budget->connection);
    busy_ = true;
    auto done = kj::defer([this, noted]() {
      busy_ = false;
      hub().answered(noted);
    });
    context.allowCancellation();
    return waitForChunk(from, deadline)
        .then([this, context]() mutable { return readAndAnswer(context); })
        .attach(kj::mv(done));
  }

  kj::Promise<void> snapshot(SnapshotContext context) override {
    return snapshots_.answer(context);
  }

 private:
  FeedHub& hub() { return session_->thread.feeds(); }
  const EventLog& log() { return session_->thread.node().log(); }

  /// `previous` is the hash of the chunk before `from` here too.
  void checkPlace(wire::FeedRequest::Reader request) {
    const ChunkNumber from{request.getFrom()};
    const std::string_view previous = view(request.getPrevious());
    const LogEnd begin = log().begin();
    if (from < begin.next) throwBefore(from, begin);
    if (from.value == 0) return;
    if (previous.size() != sizeof(ChunkHash)) throwFailed("`previous` must have 16 bytes");
    const LogEnd end = log().end();
    if (from > end.next) throwMissing(from, end);
    if (from == end.next)
      requireSame(session_->thread.node(), startOf(request, session_->thread.memory()), end.hash);
  }

  [[noreturn]] static void throwBefore(ChunkNumber from, const LogEnd& begin) {
    const char* const instead =
        from.value == 0
            ? "who begins behind it must take that, and another version of facet can't. Use the "
              "same version, or ask a node that has the whole log"
            : "what follows the other one's end is not here. Ask a node that has the whole log, or "
              "follow with an empty folder";
    throwFailed(fmt::format("{}the log here begins after position {}, with a snapshot: {}",
                            kBeginsLater, begin.last, instead));
  }

  [[noreturn]] void throwMissing(ChunkNumber from, const LogEnd& end) {
    if (session_->thread.upstream() != nullptr) {
      throwOverloaded(fmt::format("{}{} of {} so far", kNotSoFar, end.next.value, from.value));
    }
    throwFailed(fmt::format(
        "{}the log here ends with position {}, before chunk {}; the replica's goes on to chunk {}: "
        "the primary has lost what the replica still has. Keep the replica's folder, and promote "
        "it; or follow with an empty folder",
        kLost, end.last.value, end.next.value, from.value));
  }

  kj::Promise<void> waitForChunk(ChunkNumber from, kj::TimePoint deadline) {
    if (from < log().end().next) return kj::READY_NOW;
    const kj::TimePoint now = session_->thread.timer().now();
    if (now >= deadline) return kj::READY_NOW;
    auto waiting = hub().wait(deadline - now);
    // It may have moved before anybody knew that somebody waits for it.
    if (from < log().end().next) return kj::READY_NOW;
    return waiting.then([this, from, deadline](bool moved) -> kj::Promise<void> {
      if (!moved) return kj::READY_NOW;
      return waitForChunk(from, deadline);
    });
  }

  kj::Promise<void> readAndAnswer(FollowContext context) {
    const auto request = context.getParams().getRequest();
    const FeedStart start = startOf(request, session_->thread.memory());
    auto piece = std::make_shared<Piece>();
    piece->next = start.from;
    const bool takesNothing = request.getFollower().getStalled().size() > 0;
    if (takesNothing) {
      answer(context, *piece, {{}, request.getNotesAfter()});
      return kj::READY_NOW;
    }
    const Node& node = session_->thread.node();
    return session_->thread
        .readLog(session_->budget->connection,
                 [&node, start, piece]() { *piece = cut(node, start); })
        .then([this, &node, piece, context]() mutable {
          const auto after = context.getParams().getRequest().getNotesAfter();
          answer(context, *piece, node.digestNotes(after));
        });
  }

  void answer(FollowContext& context, const Piece& piece, const DigestNotes::Some& notes) {
    const Node& node = session_->thread.node();
    const LogEnd end = log().end();
    context.releaseParams();
    const uint64_t words = piece.words.size() + notes.notes.size() * 16 + 64;
    auto out = context.getResults(capnp::MessageSize{words, 0}).initBatch();
    const auto bytes = reinterpret_cast<const capnp::byte*>(piece.words.data());
    out.setChunks(kj::arrayPtr(bytes, piece.bytes()));
    out.setNext(piece.next.value);
    writeHash(out.initLast(sizeof(ChunkHash)), piece.last);
    out.setWholeBytes(piece.wholeBytes);
    out.setHead(end.last.value);
    out.setHeadTime(end.time);
    out.setMore(piece.next < end.next);
    writeNotes(notes, node.model().hash(), out);
    if (const Upstream* upstream = session_->thread.upstream()) {
      writeChain(upstream->chain(), out);
    }
  }

  SessionHold session_;
  SnapshotSender snapshots_;
  bool busy_ = false;
};

}  // namespace

size_t feedAnswerBytes(const ClientMemory& memory) {
  const uint64_t most = std::min<uint64_t>(kMaxFeedBytes, memory.limit() / 4 / kMaxFollowers);
  return most / sizeof(uint64_t) * sizeof(uint64_t);
}

FeedHub::FeedHub(kj::Timer& timer, DurableWaker& waker)
    : timer_(timer), waker_(waker), gate_(timer, *this) {}

kj::Promise<bool> FeedHub::wait(kj::Duration maxWait) {
  return gate_.wait(kNext, maxWait);
}

void FeedHub::release() {
  gate_.release(kNext);
}

uint64_t FeedHub::note(wire::FeedRequest::Follower::Reader follower, uint64_t connection) {
  const std::string id(view(follower.getId()));
  if (id.empty()) return 0;
  if (id.size() != kFollowerIdBytes) throwFailed("a follower's id has 16 bytes");
  dropSilent();
  // A connection has one follower: whoever calls itself another is no longer the one before.
  std::erase_if(followers_, [&](const auto& entry) {
    return entry.second.connection == connection && entry.first != id;
  });
  if (followers_.count(id) == 0 && followers_.size() >= kMaxFollowers) makeRoom();
  const auto name = follower.getName();
  Follower& entry = followers_[id];
  if (entry.connection != connection) entry = {};
  if (entry.number == 0) entry.number = ++numbered_;
  entry.connection = connection;
  entry.name = std::string(name.begin(), std::min(name.size(), kMaxFollowerName));
  entry.position = {follower.getPosition()};
  const auto stalled = follower.getStalled();
  entry.stalled = std::string(stalled.begin(), std::min(stalled.size(), kMaxStalledText));
  entry.seen = timer_.now();
  ++entry.waiting;
  return entry.number;
}

void FeedHub::answered(uint64_t number) {
  for (auto& [id, follower] : followers_) {
    if (number == 0 || follower.number != number) continue;
    --follower.waiting;
    follower.seen = timer_.now();
  }
}

bool FeedHub::isSilent(const Follower& follower) const {
  return follower.waiting == 0 &&
         timer_.now() - follower.seen > kFollowerSilentMs * kj::MILLISECONDS;
}

/// For a newcomer: the one that was silent for the longest gives way.
void FeedHub::makeRoom() {
  auto longest = followers_.end();
  for (auto entry = followers_.begin(); entry != followers_.end(); ++entry) {
    if (!isSilent(entry->second)) continue;
    if (longest == followers_.end() || entry->second.seen < longest->second.seen) longest = entry;
  }
  if (longest == followers_.end()) {
    throwOverloaded(
        fmt::format("overloaded: {} replicas follow this node; follow one of them", kMaxFollowers));
  }
  followers_.erase(longest);
}

void FeedHub::dropSilent() {
  const kj::TimePoint now = timer_.now();
  std::erase_if(followers_, [&](const auto& entry) {
    const Follower& follower = entry.second;
    return follower.waiting == 0 && now - follower.seen > kFollowerSeconds * kj::SECONDS;
  });
}

std::vector<FollowerStatus> FeedHub::followers(Position head) {
  dropSilent();
  std::vector<FollowerStatus> out;
  for (const auto& [id, follower] : followers_) {
    FollowerStatus& status = out.emplace_back();
    status.name = follower.name;
    status.position = follower.position;
    status.lagEvents = head > follower.position ? head.value - follower.position.value : 0;
    const int64_t silence =
        follower.waiting > 0 ? 0 : (timer_.now() - follower.seen) / kj::MILLISECONDS;
    status.seenMs = static_cast<uint32_t>(silence);
    status.state = status.lagEvents == 0 ? "following" : "catching up";
    if (!follower.stalled.empty()) status.state = "stalled: " + follower.stalled;
    if (isSilent(follower)) status.state = "silent";
  }
  return out;
}

wire::Feed::Client newFeedEndpoint(SessionState& session) {
  return kj::heap<FeedEndpoint>(session);
}

}  // namespace facet
