#include "server/snapshot_fetch.h"

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/snapshots/snapshot_format.h"
#include "server/fault.h"
#include "server/limits.h"
#include "storage/limits.h"
#include "values/copy_bytes.h"

namespace facet {
namespace {

using Answer = capnp::Response<wire::Feed::SnapshotResults>;

class Fetch {
 public:
  Fetch(wire::Feed::Client feed, SnapshotStore& store, kj::Timer& timer,
        SnapshotFetchOptions options)
      : feed_(kj::mv(feed)), store_(store), timer_(timer), options_(std::move(options)) {}

  kj::Promise<FetchedSnapshot> run() {
    begin();
    if (store_.has(options_.name)) return std::move(fetched_);
    return goOn().catch_([this](kj::Exception&& why) -> kj::Promise<FetchedSnapshot> {
      writer_ = nullptr;
      if (!isPassing(why) || ++attempts_ >= kSnapshotAttempts) return kj::mv(why);
      return timer_.afterDelay(kSnapshotPauseMs * kj::MILLISECONDS).then([this]() {
        return run();
      });
    });
  }

 private:
  /// Whether the same call may succeed later.
  bool isPassing(const kj::Exception& why) const {
    if (why.getType() == kj::Exception::Type::OVERLOADED) return true;
    return options_.name.empty() && isSnapshotGone(why);
  }

  void begin() {
    fetched_ = {options_.name, 0};
    next_ = 0;
    partial_.clear();
    manifest_.clear();
  }

  kj::Promise<FetchedSnapshot> goOn() {
    auto request = feed_.snapshotRequest(capnp::MessageSize{32, 0});
    auto out = request.initRequest();
    out.setName(fetched_.name);
    out.setFrom(next_);
    out.setOffset(partial_.size() * sizeof(uint64_t));
    out.setMaxBytes(kMaxFeedBytes);
    auto answered = timer_.timeoutAfter(kSnapshotAnswerSeconds * kj::SECONDS, request.send());
    return answered.then([this](Answer&& answer) -> kj::Promise<FetchedSnapshot> {
      bool whole = false;
      asFault([&]() { whole = take(answer.getParts()); });
      if (whole) return std::move(fetched_);
      return goOn();
    });
  }

  /// True: it is whole.
  bool take(wire::SnapshotParts::Reader answer) {
    const std::string name = answer.getName().cStr();
    if (fetched_.name.empty()) {
      if (name.empty()) return true;
      fetched_.name = name;
      if (store_.has(name)) return true;
    }
    if (name != fetched_.name || answer.getParts().size() == 0) {
      throw std::runtime_error("the node sent something else than the snapshot that was asked for");
    }
    for (const auto part : answer.getParts()) takeBytes(part, answer.getWholeBytes());
    options_.progress(next_, answer.getCount());
    if (next_ != answer.getNext())
      throw std::runtime_error("the node sent other parts than it says");
    if (next_ < answer.getCount()) return false;
    finish(answer.getHash());
    return true;
  }

  void takeBytes(capnp::Data::Reader bytes, uint64_t wholeBytes) {
    if (bytes.size() % sizeof(uint64_t) != 0) {
      throw std::runtime_error("the node sent parts of words");
    }
    const size_t before = partial_.size();
    partial_.resize(before + bytes.size() / sizeof(uint64_t));
    copyBytes(partial_.data() + before, bytes.begin(), bytes.size());
    fetched_.bytes += bytes.size();
    const size_t there = partial_.size() * sizeof(uint64_t);
    if (there > kMaxPayloadBytes) throw std::runtime_error("a part of the snapshot is too large");
    if (there < wholeBytes) return;
    takePart({reinterpret_cast<const char*>(partial_.data()), there});
    partial_.clear();
    ++next_;
  }

  void takePart(std::string_view part) {
    if (next_ > 0) return writer_->append(part);
    manifest_ = part;
    decodeManifest(manifest_, fetched_.name);  // it is this snapshot's
    writer_ = store_.begin(fetched_.name);
  }

  void finish(capnp::Data::Reader hash) {
    const LogEnd end = writer_->end();
    if (hash.size() != sizeof(ChunkHash) ||
        std::memcmp(hash.begin(), &end.hash, hash.size()) != 0) {
      throw std::runtime_error("the snapshot was damaged on its way: its hash is another one");
    }
    writer_->finish(manifest_);
    writer_ = nullptr;
    try {
      store_.open(fetched_.name)->read([](std::string_view) {});
    } catch (const LogFailed&) {
      store_.remove(fetched_.name);
      throw;
    }
  }

  wire::Feed::Client feed_;
  SnapshotStore& store_;
  kj::Timer& timer_;
  const SnapshotFetchOptions options_;
  unsigned attempts_ = 0;
  FetchedSnapshot fetched_;
  uint64_t next_ = 0;              // number of the part that comes next
  std::vector<uint64_t> partial_;  // of it
  std::string manifest_;
  std::unique_ptr<SnapshotWriter> writer_;
};

}  // namespace

bool isSnapshotGone(const kj::Exception& why) {
  const std::string_view text(why.getDescription().begin(), why.getDescription().size());
  return why.getType() == kj::Exception::Type::FAILED &&
         text.find(kSnapshotGone) != std::string_view::npos;
}

kj::Promise<FetchedSnapshot> fetchSnapshot(wire::Feed::Client feed, SnapshotStore& store,
                                           kj::Timer& timer, SnapshotFetchOptions options) {
  auto fetch = kj::heap<Fetch>(kj::mv(feed), store, timer, std::move(options));
  auto fetched = fetch->run();
  return fetched.attach(kj::mv(fetch));
}

}  // namespace facet
