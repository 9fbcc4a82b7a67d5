#include "views/store/ordered_index.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "values/assert.h"

namespace facet {

namespace {

constexpr uint64_t kForEver = UINT64_MAX;

}  // namespace

uint64_t orderPrefix(std::string_view order) {
  uint64_t out = 0;
  if (!order.empty()) std::memcpy(&out, order.data(), std::min<size_t>(order.size(), 8));
  return __builtin_bswap64(out);
}

/// Followed by `height` pointers to the next node of each level, the map key, the order.
struct OrderedIndex::Node {
  using Next = std::atomic<Node*>;

  uint64_t prefix;
  Position from;
  std::atomic<uint64_t> until;
  uint32_t mapKeyBytes;
  uint32_t orderBytes;
  uint32_t height;
  bool gone = false;   // writer's: unlinked already, since nobody can see it: erased where it was
                       // inserted (then `until` is not set), or within a gap
  bool added = false;  // by add(): its insertion is not in the queue

  Next* next() { return reinterpret_cast<Next*>(this + 1); }
  const Next* next() const { return reinterpret_cast<const Next*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(next() + height); }
  const char* bytes() const { return reinterpret_cast<const char*>(next() + height); }
  std::string_view mapKey() const { return {bytes(), mapKeyBytes}; }
  std::string_view order() const { return {bytes() + mapKeyBytes, orderBytes}; }
  size_t size() const { return sizeof(Node) + height * sizeof(Next) + mapKeyBytes + orderBytes; }

  /// An end that is set or taken back meanwhile is after every pin: both answers are the same.
  bool holdsAt(Position at) const {
    return from <= at && at.value < until.load(std::memory_order_relaxed);
  }
};

/// What a search looks for.
struct OrderedIndex::Target {
  std::string_view order;
  std::string_view mapKey;
  uint64_t prefix = orderPrefix(order);

  int compareOrder(const Node& node) const {
    if (node.prefix != prefix) return node.prefix < prefix ? -1 : 1;
    return node.order().compare(order);
  }
  int compare(const Node& node) const {
    const int byOrder = compareOrder(node);
    return byOrder != 0 ? byOrder : node.mapKey().compare(mapKey);
  }
};

Position OrderedIndex::Change::position() const {
  return erasure ? Position{node->until.load(std::memory_order_relaxed)} : node->from;
}

OrderedIndex::OrderedIndex() : head_(make(Target{{}, {}}, {}, kMaxHeight)) {
  finger_.last.fill(head_);
}

OrderedIndex::Node* OrderedIndex::make(const Target& target, Position from, uint32_t height) {
  FACET_ASSERT(target.order.size() <= UINT32_MAX && target.mapKey.size() <= UINT32_MAX,
               target.order.size(), target.mapKey.size());
  const size_t bytes =
      sizeof(Node) + height * sizeof(Node::Next) + target.mapKey.size() + target.order.size();
  auto* const node = new (slab_.allocate(bytes)) Node{target.prefix,
                                                      from,
                                                      kForEver,
                                                      static_cast<uint32_t>(target.mapKey.size()),
                                                      static_cast<uint32_t>(target.order.size()),
                                                      height};
  for (uint32_t i = 0; i < height; ++i) new (&node->next()[i]) Node::Next(nullptr);
  std::copy(target.mapKey.begin(), target.mapKey.end(), node->bytes());
  std::copy(target.order.begin(), target.order.end(), node->bytes() + node->mapKeyBytes);
  return node;
}

void OrderedIndex::free(Node* node) {
  slab_.free(node, node->size());
}

void OrderedIndex::retire(Node* node, Position until) {
  retired_.retire(node, node->size(), until);
}

template <typename Before>
OrderedIndex::Node* OrderedIndex::lastBefore(const Before& before, Path* path) const {
  return descend(head_, height_.load(std::memory_order_relaxed), before, path);
}

/// From a node of that height for which `before` holds, or the head, on the levels below it.
template <typename Before>
OrderedIndex::Node* OrderedIndex::descend(Node* node, uint32_t level, const Before& before,
                                          Path* path) const {
  const Node* notBefore = nullptr;  // known from the level above
  while (level-- > 0) {
    for (;;) {
      Node* const next = node->next()[level].load(std::memory_order_acquire);
      if (next == nullptr || next == notBefore || !before(*next)) {
        notBefore = next;
        break;
      }
      node = next;
    }
    if (path != nullptr) path->last[level] = node;
  }
  return node;
}

/// Leads the finger to where the target belongs. Returns the last node before it.
OrderedIndex::Node* OrderedIndex::seekInsertion(const Target& target) {
  const auto before = [&](const Node& node) { return target.compare(node) < 0; };
  if (finger_.last[0] == head_ || !before(*finger_.last[0])) return lastBefore(before, &finger_);
  // Up to the first level on which there is nothing between, as then on all above it.
  const uint32_t height = height_.load(std::memory_order_relaxed);
  uint32_t level = 0;
  for (; level < height; ++level) {
    const Node* const next = finger_.last[level]->next()[level].load(std::memory_order_relaxed);
    if (next == nullptr || !before(*next)) break;
  }
  if (level == 0) return finger_.last[0];
  return descend(finger_.last[level - 1], level, before, &finger_);
}

const OrderedIndex::Node* OrderedIndex::lastBefore(const Node& node) const {
  const Target target{node.order(), node.mapKey()};
  return lastBefore([&](const Node& other) {
    const int order = target.compare(other);
    return order < 0 || (order == 0 && other.from > node.from);
  });
}

void OrderedIndex::insert(std::string_view order, std::string_view mapKey, Position position) {
  changes_.push_back({place(order, mapKey, position), false});
  ++sinceReclaim_;
}

void OrderedIndex::add(std::string_view order, std::string_view mapKey, Position position) {
  place(order, mapKey, position)->added = true;
}

/// Makes a node where it belongs.
OrderedIndex::Node* OrderedIndex::place(std::string_view order, std::string_view mapKey,
                                        Position position) {
  FACET_ASSERT(position >= position_, position, position_);
  position_ = position;
  const Target target{order, mapKey};
  const Node* const last = seekInsertion(target);

  // The newest of the same key, if there is one, comes next.
  if (const Node* const same = last->next()[0].load(std::memory_order_relaxed);
      same != nullptr && target.compare(*same) == 0) {
    const uint64_t until = same->until.load(std::memory_order_relaxed);
    FACET_ASSERT(until <= position.value && same->from < position, until, position);
  }
  Node* const node = make(target, position, randomHeight());
  link(node);
  addEntries(1);
  return node;
}

/// At the finger, which then is on it.
void OrderedIndex::link(Node* node) {
  for (uint32_t level = 0; level < node->height; ++level) {
    Node::Next& previous = finger_.last[level]->next()[level];
    node->next()[level].store(previous.load(std::memory_order_relaxed), std::memory_order_relaxed);
    previous.store(node, std::memory_order_release);
    finger_.last[level] = node;
  }
  // A reader that sees the old height just begins lower; one that sees the new height may find
  // nothing at the top yet, and goes down.
  if (node->height > height_.load(std::memory_order_relaxed)) {
    height_.store(node->height, std::memory_order_relaxed);
  }
}

void OrderedIndex::unlink(Node* node) {
  const Target target{node->order(), node->mapKey()};
  Path path;
  lastBefore(
      [&](const Node& other) {
        const int order = target.compare(other);
        return order < 0 || (order == 0 && other.from > node->from);
      },
      &path);
  for (uint32_t level = node->height; level-- > 0;) {
    Node::Next& previous = path.last[level]->next()[level];
    FACET_ASSERT(previous.load(std::memory_order_relaxed) == node, level, node->from);
    previous.store(node->next()[level].load(std::memory_order_relaxed), std::memory_order_release);
    if (finger_.last[level] == node) finger_.last[level] = path.last[level];
  }
}

void OrderedIndex::erase(std::string_view order, std::string_view mapKey, Position position) {
  FACET_ASSERT(position >= position_, position, position_);
  position_ = position;
  const Target target{order, mapKey};
  Node* const last = lastBefore([&](const Node& node) { return target.compare(node) < 0; });
  Node* const node = last->next()[0].load(std::memory_order_relaxed);
  FACET_ASSERT(node != nullptr && target.compare(*node) == 0, position, order.size());
  FACET_ASSERT(node->until.load(std::memory_order_relaxed) == kForEver && node->from <= position,
               node->from, position);
  addEntries(-1);
  ++sinceReclaim_;
  if (node->from == position) {
    FACET_ASSERT(!node->added, position);
    // Nobody can see it, now or later; it is freed when the horizon reaches its insertion.
    unlink(node);
    node->gone = true;
    return;
  }
  node->until.store(position.value, std::memory_order_relaxed);
  changes_.push_back({node, true});
}

void OrderedIndex::rollback(Position last) {
  FACET_ASSERT(last >= horizon_ && gone_ == 0, last, horizon_, gone_);
  for (; !changes_.empty() && changes_.back().position() > last; changes_.pop_back()) {
    Node* const node = changes_.back().node;
    if (changes_.back().erasure) {
      node->until.store(kForEver, std::memory_order_relaxed);
      addEntries(1);
      continue;
    }
    if (!node->gone) {
      unlink(node);
      addEntries(-1);
    }
    retire(node, last + 1);
  }
  position_ = std::min(position_, last);
  closed_ = std::min(closed_, changes_.size());
}

void OrderedIndex::reclaim(const ReaderNeeds& needs, Position next) {
  const Position horizon = needs.horizon;
  FACET_ASSERT(horizon < next && needs.gapEnd < next, horizon, needs.gapEnd, next);
  retired_.stamp(needs);
  horizon_ = std::max(horizon_, horizon);
  const size_t limit = reclaimLimit(sinceReclaim_);
  sinceReclaim_ = 0;
  for (size_t i = 0; i < limit && !changes_.empty(); ++i) {
    const Change change = changes_.front();
    if (change.position() > horizon) break;
    changes_.pop_front();
    if (closed_ > 0) {
      --closed_;
      if (change.node->gone) --gone_;
    }
    pass(change, next);
  }
  if (needs.hasGap()) closeGap(needs, next, limit);
  retired_.free(needs, limit);
  slab_.tidy(kTidyPieces);
}

/// The horizon has reached the change.
void OrderedIndex::pass(const Change& change, Position next) {
  Node* const node = change.node;
  if (change.erasure) {
    if (!node->gone) unlink(node);
    retire(node, next);
  } else if (node->gone && node->until.load(std::memory_order_relaxed) == kForEver) {
    free(node);
  }
}

/// Unlinks what begins and ends within the gap.
void OrderedIndex::closeGap(const ReaderNeeds& needs, Position next, size_t limit) {
  FACET_ASSERT(horizon_ <= needs.gapAfter, horizon_, needs.gapAfter);
  for (; limit > 0 && closed_ < changes_.size(); --limit, ++closed_) {
    const Change& change = changes_[closed_];
    if (change.position() > needs.gapEnd) break;
    if (change.node->gone) {
      ++gone_;
    } else if (change.erasure && change.node->from > needs.gapAfter) {
      unlink(change.node);
      change.node->gone = true;
      gone_ += change.node->added ? 1 : 2;  // its insertion has been looked at before
    }
  }
  if (gone_ * 2 > closed_) dropGone(next);
}

void OrderedIndex::dropGone(Position next) {
  size_t kept = 0;
  for (size_t i = 0; i < closed_; ++i) {
    const Change change = changes_[i];
    if (!change.node->gone) {
      changes_[kept++] = change;
    } else if (change.erasure || change.node->until.load(std::memory_order_relaxed) == kForEver) {
      retire(change.node, next);  // the last that is in the queue of it
    }
  }
  FACET_ASSERT(closed_ - kept == gone_, kept, closed_, gone_);
  changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(kept),
                 changes_.begin() + static_cast<std::ptrdiff_t>(closed_));
  closed_ = kept;
  gone_ = 0;
}

uint32_t OrderedIndex::randomHeight() {
  // xorshift64 (G. Marsaglia, 2003): a quarter of each level's nodes is in the next one.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  uint32_t height = 1;
  for (uint64_t bits = random_; height < kMaxHeight && (bits & 3) == 0; bits >>= 2) ++height;
  return height;
}

void OrderedIndex::Iterator::skipForward(const Node* node) {
  while (node != nullptr && !node->holdsAt(at_)) {
    node = node->next()[0].load(std::memory_order_acquire);
  }
  node_ = node;
}

void OrderedIndex::Iterator::skipBackward(const Node* node) {
  while (node != index_->head_ && !node->holdsAt(at_)) node = index_->lastBefore(*node);
  node_ = node == index_->head_ ? nullptr : node;
}

void OrderedIndex::Iterator::seek(std::string_view order) {
  const Target target{order, {}};
  const Node* const last =
      index_->lastBefore([&](const Node& node) { return target.compareOrder(node) < 0; });
  skipForward(last->next()[0].load(std::memory_order_acquire));
}

void OrderedIndex::Iterator::seekAfter(std::string_view order, std::string_view mapKey) {
  const Target target{order, mapKey};
  const Node* const last =
      index_->lastBefore([&](const Node& node) { return target.compare(node) <= 0; });
  skipForward(last->next()[0].load(std::memory_order_acquire));
}

void OrderedIndex::Iterator::seekLast() {
  skipBackward(index_->lastBefore([](const Node&) { return true; }));
}

void OrderedIndex::Iterator::seekBefore(std::string_view order) {
  const Target target{order, {}};
  skipBackward(index_->lastBefore([&](const Node& node) { return target.compareOrder(node) < 0; }));
}

void OrderedIndex::Iterator::next() {
  FACET_ASSERT(valid());
  skipForward(node_->next()[0].load(std::memory_order_acquire));
}

void OrderedIndex::Iterator::previous() {
  FACET_ASSERT(valid());
  skipBackward(index_->lastBefore(*node_));
}

std::string_view OrderedIndex::Iterator::order() const {
  return node_->order();
}
std::string_view OrderedIndex::Iterator::mapKey() const {
  return node_->mapKey();
}

}  // namespace facet
