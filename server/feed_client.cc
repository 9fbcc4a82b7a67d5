#include "server/feed_client.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "actors/log/clock.h"
#include "server/fault.h"
#include "server/limits.h"
#include "server/snapshot_fetch.h"
#include "storage/limits.h"
#include "storage/log_id.h"
#include "values/copy_bytes.h"

namespace facet {
namespace {

std::string textOf(const kj::Exception& why) {
  std::string_view text(why.getDescription().begin(), why.getDescription().size());
  constexpr std::string_view kRemote = "remote exception: ";
  while (text.starts_with(kRemote)) text.remove_prefix(kRemote.size());
  return std::string(text);
}

bool isForeign(const kj::Exception& why) {
  if (why.getType() != kj::Exception::Type::FAILED) return false;
  const std::string text = textOf(why);
  return text.starts_with(kAnotherLog) || text.starts_with(kLost) || text.starts_with(kBeginsLater);
}

template <typename Bytes>
uint128 readHash(Bytes bytes) {
  uint128 out = 0;
  for (const unsigned char byte : bytes) out = out << 8 | byte;
  return out;
}

}  // namespace

FeedClient::FeedClient(kj::AsyncIoContext& io, FeedClientOptions options)
    : io_(io),
      options_(std::move(options)),
      random_(std::random_device()()),
      id_{random_(), random_()},
      primary_(options_.address),
      heard_(io.provider->getTimer().now()),
      lag_(steadyClock()),
      changedModel_(kj::newPromiseAndFulfiller<void>()),
      wakeUp_(io.unixEventPort, [this] { onWoken(); }),
      running_(kj::evalLater([this] { return run(); }).eagerlyEvaluate(nullptr)) {}

FeedClient::~FeedClient() noexcept {}

kj::Promise<void> FeedClient::whenModelChanged() {
  return kj::mv(changedModel_.promise);
}

// ---- the follower's side ----

std::optional<LogId> FeedClient::agree(std::optional<LogId> own) {
  std::unique_lock lock(mutex_);
  if (!own) {
    arrived_.wait(lock, [this] { return interrupted_ || upstream_; });
    if (interrupted_) return std::nullopt;
    own = upstream_;
  }
  agreed_ = own;
  wakeUp_.wake();
  return own;
}

std::optional<FeedBatch> FeedClient::next(const LogEnd& end) {
  const Start start{end.next, end.hash};
  std::unique_lock lock(mutex_);
  own_ = end;
  for (;;) {
    if (interrupted_) return std::nullopt;
    if (delivery_ && delivery_->start == start) {
      FeedBatch batch = std::move(delivery_->batch);
      delivery_.reset();
      wanted_.reset();
      wakeUp_.wake();
      return batch;
    }
    delivery_.reset();
    wanted_ = start;
    wakeUp_.wake();
    arrived_.wait(lock, [this] { return interrupted_ || delivery_; });
  }
}

std::optional<std::string> FeedClient::fetchSnapshot(SnapshotStore& store) {
  std::unique_lock lock(mutex_);
  store_ = &store;
  fetched_.reset();
  wakeUp_.wake();
  arrived_.wait(lock, [this] { return interrupted_ || fetched_; });
  store_ = nullptr;
  return fetched_;
}

void FeedClient::refuse(const std::string& why) {
  const std::lock_guard lock(mutex_);
  refused_ = why;
  wakeUp_.wake();
}

void FeedClient::stalled(const std::string& why, const LogEnd& end) {
  const std::lock_guard lock(mutex_);
  own_ = end;
  if (why.empty() != stalled_.empty()) {
    if (why.empty()) {
      spdlog::info("following {}: it goes on", options_.address);
    } else {
      spdlog::warn("following {}: stalled: {}", options_.address, why);
    }
    wakeUp_.wake();
  }
  stalled_ = why;
}

void FeedClient::modelChanged() {
  const std::lock_guard lock(mutex_);
  modelChanged_ = true;
  wakeUp_.wake();
}

void FeedClient::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  arrived_.notify_all();
}

// ---- the event loop's side ----

void FeedClient::onWoken() {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = modelChanged_;
  }
  if (changed) changedModel_.fulfiller->fulfill();
  KJ_IF_MAYBE (idle, idle_) {
    (*idle)->fulfill();
    idle_ = nullptr;
  }
}

kj::Promise<void> FeedClient::run() {
  return kj::evalNow([this]() { return connect(); })
      .then([this]() { return followOn(); })
      .catch_([this](kj::Exception&& why) { return broken(kj::mv(why)); })
      .then([this]() { return run(); });
}

kj::Promise<void> FeedClient::connect() {
  auto connected = connectToNode(io_, options_.address).then([this](auto socket) {
    return login(kj::mv(socket));
  });
  return io_.provider->getTimer().timeoutAfter(kUpstreamSeconds * kj::SECONDS, kj::mv(connected));
}

kj::Promise<void> FeedClient::login(kj::Own<kj::AsyncIoStream> stream) {
  connection_ = kj::heap<NodeConnection>(kj::mv(stream), StreamLimits{});
  auto sent = connection_->bootstrap().loginRequest().send();
  feed_ = sent.getSession().feedRequest().send().getFeed();
  return sent.then([this](auto&& response) {
    const auto id = response.getNode().getLogId();
    if (id.size() != sizeof(uint128)) throwFailed("the upstream does not say which log it has");
    const uint128 log = readHash(id);
    {
      const std::lock_guard lock(mutex_);
      upstream_ = LogId{static_cast<uint64_t>(log >> 64), static_cast<uint64_t>(log)};
    }
    arrived_.notify_all();
    const auto primary = response.getNode().getPrimary();
    primary_ = primary.size() > 0 ? std::string(primary.cStr()) : options_.address;
    notes_ = 0;
    partial_.clear();
    ahead_.reset();
  });
}

SnapshotStore* FeedClient::wantedStore() const {
  const std::lock_guard lock(mutex_);
  return store_ != nullptr && !fetched_ ? store_ : nullptr;
}

/// While the node is not there yet: writing it here holds nobody up.
kj::Promise<void> FeedClient::fetchInto(SnapshotStore& store) {
  return facet::fetchSnapshot(feed_, store, io_.provider->getTimer())
      .then([this](FetchedSnapshot got) {
        connected_ = true;
        {
          const std::lock_guard lock(mutex_);
          fetched_ = std::move(got.name);
        }
        arrived_.notify_one();
      });
}

/// Before anything is asked for, and when it becomes known what is to be followed.
void FeedClient::requireSameLog() const {
  const std::lock_guard lock(mutex_);
  if (!agreed_ || agreed_ == upstream_) return;
  throwFailed(fmt::format(
      "{}the node at {} has log {}, and the folder here log {}: that node was restored from a "
      "backup, or is another primary's. To follow it, start with an empty folder; keep this one if "
      "it may have events that were not restored: `facet serve` shows them",
      kAnotherLog, options_.address, logIdText(*upstream_), logIdText(*agreed_)));
}

kj::Promise<void> FeedClient::followOn() {
  requireSameLog();
  if (SnapshotStore* const store = wantedStore()) {
    return fetchInto(*store).then([this]() { return followOn(); });
  }
  KJ_IF_MAYBE (start, askable()) {
    return ask(*start).then([this]() { return followOn(); });
  }
  if (!takesNothing()) return idle().then([this]() { return followOn(); });
  return tellStalled()
      .then([this]() {
        auto later = io_.provider->getTimer().afterDelay(kFollowWaitMs * kj::MILLISECONDS);
        return idle().exclusiveJoin(kj::mv(later));
      })
      .then([this]() { return followOn(); });
}

/// Until something can be asked.
kj::Promise<void> FeedClient::idle() {
  auto idle = kj::newPromiseAndFulfiller<void>();
  idle_ = kj::mv(idle.fulfiller);
  // A wake-up that came before the look is not lost: it is handled in a turn of its own.
  return connection_->onDisconnect()
      .then([]() { throwFailed("the connection was lost"); })
      .exclusiveJoin(kj::mv(idle.promise));
}

bool FeedClient::isStalled() const {
  const std::lock_guard lock(mutex_);
  return !stalled_.empty();
}

/// Nothing can be taken now. The upstream is told so, and tells where its log ends; what else it
/// sends, not knowing of this, is left.
kj::Promise<void> FeedClient::tellStalled() {
  auto request = feed_.followRequest(capnp::MessageSize{64, 0});
  auto out = request.initRequest();
  Start start;
  {
    const std::lock_guard lock(mutex_);
    start = {own_.next, own_.hash};
  }
  writeRequest(start, out);
  out.setOffset(0);
  out.setMaxBytes(1);
  out.setWaitMs(0);
  auto answered = request.send().then([this](auto&& response) { heard(response.getBatch()); });
  return io_.provider->getTimer().timeoutAfter(kUpstreamSeconds * kj::SECONDS, kj::mv(answered));
}

kj::Maybe<FeedClient::Start> FeedClient::askable() {
  const std::lock_guard lock(mutex_);
  if (!refused_.empty()) throwFailed(std::exchange(refused_, {}));
  if (!ring_.empty()) return nullptr;
  if (delivery_) return nullptr;
  if (wanted_) return *wanted_;
  if (ahead_) return *ahead_;
  return nullptr;
}

kj::Promise<void> FeedClient::ask(Start start) {
  auto request = feed_.followRequest(capnp::MessageSize{64, 0});
  writeRequest(start, request.initRequest());
  auto answered = request.send().then([this, start](auto&& response) -> kj::Promise<void> {
    if (!receive(start, response.getBatch())) return ask(start);
    return kj::READY_NOW;
  });
  const auto patience = kFollowWaitMs * kj::MILLISECONDS + kUpstreamSeconds * kj::SECONDS;
  return io_.provider->getTimer().timeoutAfter(patience, kj::mv(answered));
}

void FeedClient::writeRequest(const Start& start, wire::FeedRequest::Builder out) {
  out.setFrom(start.from.value);
  if (start.from.value > 0) {
    std::memcpy(out.initPrevious(sizeof(ChunkHash)).begin(), &start.previous, sizeof(ChunkHash));
  }
  out.setOffset(partial_.size() * sizeof(uint64_t));
  out.setMaxBytes(kMaxFeedBytes);
  out.setWaitMs(kFollowWaitMs);
  out.setNotesAfter(notes_);
  auto follower = out.initFollower();
  std::memcpy(follower.initId(sizeof(id_)).begin(), id_.data(), sizeof(id_));
  follower.setName(options_.name);
  const std::lock_guard lock(mutex_);
  follower.setStalled(stalled_.empty() ? ring_ : stalled_);
  follower.setPosition(own_.last.value);
  out.setEpoch(own_.epoch.value);
  follower.setChunk(own_.next.value);
}

void FeedClient::heard(wire::FeedBatch::Reader batch) {
  connected_ = true;
  attempts_ = 0;
  trouble_.clear();
  heard_ = io_.provider->getTimer().now();
  head_ = {batch.getHead()};
  lag_.mark(head_);
  heardChain(batch.getChain());
}

std::string FeedClient::ownId() const {
  return {reinterpret_cast<const char*>(id_.data()), sizeof(id_)};
}

std::vector<ChainNode> FeedClient::chain() const {
  std::vector<ChainNode> out{{ownId(), options_.name}};
  out.insert(out.end(), above_.begin(), above_.end());
  return out;
}

/// Who is in it twice, itself among them, follows itself.
void FeedClient::heardChain(capnp::List<wire::FeedBatch::ChainNode>::Reader chain) {
  above_.clear();
  std::set<std::string> seen{ownId()};
  std::string through;
  std::string ring;
  for (const auto node : chain) {
    const auto id = node.getId();
    const auto name = node.getName();
    above_.push_back({std::string(id.asChars().begin(), id.size()),
                      std::string(name.begin(), std::min(name.size(), kMaxFollowerName))});
    const ChainNode& last = above_.back();
    if (!seen.insert(last.id).second) {
      const char* const by = through.empty() ? "" : " through ";
      ring = last.id == ownId()
                 ? fmt::format("this node follows itself{}{}", by, through)
                 : fmt::format("the node {} follows itself: {}, {}", last.name, through, last.name);
    } else if (above_.size() > kMaxChain) {
      ring = fmt::format("there is no primary among the {} nodes up from here: {}", kMaxChain,
                         through);
    }
    if (!ring.empty()) break;
    through += (through.empty() ? "" : ", ") + last.name;
  }
  if (ring != ring_) {
    if (ring.empty()) {
      spdlog::info("following {}: there is a primary again; it goes on", options_.address);
    } else {
      spdlog::warn("following {}: {}: nothing is followed", options_.address, ring);
    }
  }
  ring_ = ring;
}

/// False: it was a part of a chunk, and the rest is to be asked for.
bool FeedClient::receive(const Start& start, wire::FeedBatch::Reader batch) {
  heard(batch);
  const auto chunks = batch.getChunks();
  if (chunks.size() % sizeof(uint64_t) != 0) throwFailed("the upstream sent parts of words");
  const size_t before = partial_.size();
  partial_.resize(before + chunks.size() / sizeof(uint64_t));
  copyBytes(partial_.data() + before, chunks.begin(), chunks.size());
  const uint64_t there = partial_.size() * sizeof(uint64_t);
  const uint64_t whole = batch.getWholeBytes();
  if (whole > kMaxPayloadBytes + sizeof(ChunkHeader)) throwFailed("a chunk is too large");
  if (whole > there && chunks.size() > 0) return false;

  Delivery delivery{start, {}};
  delivery.batch.words = std::exchange(partial_, {});
  delivery.batch.model = readHash(batch.getModel());
  for (const auto note : batch.getNotes()) {
    delivery.batch.notes.push_back({note.getRelation().cStr(),
                                    {note.getPosition()},
                                    uint128{note.getHigh()} << 64 | note.getLow()});
  }
  notes_ = batch.getNotesNext();
  ahead_.reset();
  if (batch.getMore() && batch.getLast().size() == sizeof(ChunkHash)) {
    Start next{{batch.getNext()}, {}};
    std::memcpy(&next.previous, batch.getLast().begin(), sizeof(ChunkHash));
    ahead_ = next;
  }
  deliver(std::move(delivery));
  return true;
}

void FeedClient::deliver(Delivery delivery) {
  {
    const std::lock_guard lock(mutex_);
    delivery_ = std::move(delivery);
  }
  arrived_.notify_one();
}

kj::Promise<void> FeedClient::broken(kj::Exception&& why) {
  connected_ = false;
  feed_ = nullptr;
  connection_ = nullptr;
  const std::string text = textOf(why);
  if (isForeign(why)) options_.onForeign(text);
  if (trouble_ != text) spdlog::warn("following {}: {}", options_.address, text);
  trouble_ = text;
  return io_.provider->getTimer().afterDelay(pauseBefore(attempts_++));
}

kj::Duration FeedClient::pauseBefore(unsigned attempt) {
  const int64_t longest = std::min<int64_t>(
      int64_t{kFirstUpstreamPauseMs} << std::min(attempt, 16U), kLongestUpstreamPauseMs);
  // A random half of it: replicas whose upstream was restarted do not come back all at once.
  const auto part = static_cast<int64_t>(random_() % static_cast<uint64_t>(longest / 2 + 1));
  return (longest - part) * kj::MILLISECONDS;
}

UpstreamState FeedClient::state() const {
  UpstreamState out;
  out.address = options_.address;
  out.primary = primary_;
  out.connected = connected_;
  out.head = head_;
  const std::lock_guard lock(mutex_);
  out.lagEvents = head_ > own_.last ? head_.value - own_.last.value : 0;
  out.lagMs = lag_.lagMs(own_.last);
  if (!connected_) {
    const auto silence = (io_.provider->getTimer().now() - heard_) / kj::MILLISECONDS;
    out.lagMs = std::max(out.lagMs, static_cast<uint32_t>(std::min<int64_t>(silence, UINT32_MAX)));
    out.state = trouble_.empty() ? "connecting" : "connecting: " + trouble_;
  } else {
    out.state = out.lagEvents == 0 ? "following" : "catching up";
  }
  out.stalled = stalled_;
  if (!stalled_.empty()) out.state = "stalled: " + stalled_;
  out.ring = ring_;
  if (!ring_.empty()) out.state = "not following: " + ring_;
  return out;
}

}  // namespace facet
