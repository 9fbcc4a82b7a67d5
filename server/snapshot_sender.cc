#include "server/snapshot_sender.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "server/fault.h"
#include "server/feed_endpoint.h"
#include "server/limits.h"

namespace facet {
namespace {

struct Wanted {
  std::string name;
  uint64_t from = 0;
  uint64_t offset = 0;
  size_t most = 0;  // bytes of whole parts, if they are more than one
  size_t part = 0;  // one that has more bytes comes in pieces
};

Wanted read(wire::SnapshotRequest::Reader request, const ClientMemory& memory) {
  const auto name = request.getName();
  const uint32_t asked = request.getMaxBytes();
  const size_t part = feedAnswerBytes(memory);
  return {{name.begin(), name.size()},
          request.getFrom(),
          request.getOffset(),
          asked == 0 ? part : std::min<size_t>(asked, part),
          part};
}

}  // namespace

/// What one reply has; filled on a thread beside the loop.
struct SnapshotSender::Piece {
  Snapshots::Opened snapshot;
  std::vector<std::string> parts;
  uint64_t next = 0;
  uint64_t wholeBytes = 0;
  size_t bytes = 0;

  /// `begin`: what the node's log follows: where that is something, who begins needs a snapshot.
  void fill(Snapshots& snapshots, const Wanted& wanted, const LogEnd& begin) {
    open(snapshots, wanted.name);
    if (!snapshot.reader && begin.next.value > 0) {
      throw std::runtime_error(
          fmt::format("{}the log here begins after position {}, with a snapshot, and there is none "
                      "just now: take one here (facet snapshot create), or ask the primary",
                      kSnapshotGone, begin.last));
    }
    if (!snapshot.reader) return;
    const uint64_t frames = snapshot.reader->end().next.value;
    if (wanted.from > frames) {
      throw std::runtime_error(fmt::format("snapshot {} has {} parts, and none of number {}",
                                           snapshot.name, frames + 1, wanted.from));
    }
    next = wanted.from;
    if (next == 0 && !add(snapshot.reader->manifest(), wanted)) return;
    if (next > frames || bytes >= wanted.most) return;
    try {
      snapshot.reader->readSome(next - 1, wanted.most - bytes, [&](std::string_view frame) {
        const bool fits = parts.empty() || bytes + frame.size() <= wanted.most;
        if (wholeBytes == 0 && fits) add(frame, wanted);
      });
    } catch (const LogUnreadable&) {
      throw;  // it stays: who asks again may get it
    } catch (const LogFailed& e) {
      snapshots.reportDamage(snapshot.name, e.what());
      throw std::runtime_error(std::string(kSnapshotGone) + e.what());
    }
  }

 private:
  void open(Snapshots& snapshots, const std::string& name) {
    if (snapshot.reader) return;
    if (std::optional<Snapshots::Opened> opened = snapshots.open(name)) {
      snapshot = std::move(*opened);
    } else if (!name.empty()) {
      throw std::runtime_error(fmt::format("{}{} was removed", kSnapshotGone, name.substr(0, 64)));
    }
  }

  /// False: it is too large for one reply, or the rest of such a one.
  bool add(std::string_view part, const Wanted& wanted) {
    const uint64_t offset = next == wanted.from ? wanted.offset : 0;
    if (offset > part.size()) {
      throw std::runtime_error(fmt::format("part {} of snapshot {} has {} bytes, and none at {}",
                                           next, snapshot.name, part.size(), offset));
    }
    const std::string_view piece = part.substr(offset, wanted.part);
    parts.emplace_back(piece);
    bytes += piece.size();
    if (piece.size() < part.size()) wholeBytes = part.size();
    if (offset + piece.size() == part.size()) ++next;
    return wholeBytes == 0;
  }
};

kj::Promise<void> SnapshotSender::answer(Context context) {
  if (busy_) throwOverloaded("overloaded: a feed takes one request at a time");
  const Wanted wanted = read(context.getParams().getRequest(), thread_.memory());
  context.releaseParams();
  auto piece = std::make_shared<Piece>();
  if (!wanted.name.empty() && wanted.name == held_.name) piece->snapshot = held_;
  Snapshots& snapshots = thread_.node().snapshots();
  busy_ = true;
  auto done = kj::defer([this]() { busy_ = false; });
  const LogEnd begin = thread_.node().log().begin();
  return thread_
      .beside([piece, wanted, begin, &snapshots]() { piece->fill(snapshots, wanted, begin); })
      .attach(kj::mv(done))
      .then([this, piece, context]() mutable {
        keep(piece->snapshot);
        const uint64_t words = piece->bytes / sizeof(uint64_t) + piece->parts.size() * 2 + 64;
        auto out = context.getResults(capnp::MessageSize{words, 0}).initParts();
        if (!piece->snapshot.reader) return;
        const LogEnd& end = piece->snapshot.reader->end();
        out.setName(piece->snapshot.name);
        out.setNext(piece->next);
        out.setCount(end.next.value + 1);
        out.setWholeBytes(piece->wholeBytes);
        std::memcpy(out.initHash(sizeof(ChunkHash)).begin(), &end.hash, sizeof(ChunkHash));
        auto parts = out.initParts(static_cast<unsigned>(piece->parts.size()));
        for (unsigned i = 0; i < parts.size(); ++i) {
          const std::string& part = piece->parts[i];
          parts.set(i, {reinterpret_cast<const capnp::byte*>(part.data()), part.size()});
        }
      });
}

/// Until something else is asked for, or nothing is for a while.
void SnapshotSender::keep(const Snapshots::Opened& opened) {
  held_ = opened;
  lettingGo_ = thread_.timer()
                   .afterDelay(kSnapshotHoldSeconds * kj::SECONDS)
                   .then([this]() { held_ = {}; })
                   .eagerlyEvaluate(nullptr);
}

}  // namespace facet
