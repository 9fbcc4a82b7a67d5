#include <algorithm>
#include <cstring>

#include "values/assert.h"
#include "views/operators/stored_row.h"
#include "views/tables/row_source.h"
#include "views/view_state.h"

namespace facet {

namespace {

class ViewSource final : public RowSource {
 public:
  explicit ViewSource(std::vector<const ViewShard*> shards)
      : shards_(std::move(shards)),
        view_(shards_[0]->plan().view()),
        plan_(shards_[0]->plan().operators().store) {
    for (const OrderPlan& order : plan_.orders) {
      orders_.push_back({order.columns, order.descending, order.nullsFirst});
    }
  }

  const Relation& relation() const override { return view_.relation; }
  const RowLayout* keyLayout() const override {
    return view_.hasKey ? &plan_.viewKey.layout : nullptr;
  }

  uint64_t rows() const override {
    uint64_t out = 0;
    for (const ViewShard* shard : shards_) out += shard->rows();
    return out;
  }

  Found get(Position at, std::string_view key) const override {
    const GroupStore& groups = shards_[shardOf(key)]->state().groups;
    const Version* version = plan_.viewKey.isStored ? groups.map().read(key, hashRow(key), at)
                                                    : findUnique(groups, at, Row(key.data()));
    return {version != nullptr && isShown(*version) ? version : nullptr};
  }

  void getTogether(Position at, std::span<const Row> keys,
                   std::span<const Version*> found) const override {
    if (!plan_.viewKey.isStored) return RowSource::getTogether(at, keys, found);
    const auto shards = static_cast<uint32_t>(shards_.size());
    readTogether(keys, at, found, [&](uint64_t hash) -> const VersionedMap& {
      const uint32_t shard = shards == 1 ? 0 : shardOfKey(hash, shards);
      return shards_[shard]->state().groups.map();
    });
    for (const Version*& version : found) {
      if (version != nullptr && !isShown(*version)) version = nullptr;
    }
  }

  Value column(const Version& row, uint32_t column, Arena&) const override {
    return outputValue(plan_, row, column);
  }

  uint64_t multiplicity(const Version& row) const override {
    return plan_.isBag() ? static_cast<uint64_t>(row.weight) : 1;
  }

  void scan(Position at, Cursor& cursor,
            const std::function<bool(const Version&)>& visit) const override;
  std::string bookmarkBehind(Position at, const Version& row,
                             std::optional<size_t> order) const override;
  std::optional<Cursor> cursorAt(std::string_view bookmark,
                                 std::optional<size_t> order) const override;
  std::vector<Order> orders() const override { return orders_; }
  void scanOrdered(Position at, size_t order, bool reverse, std::string_view from,
                   std::string_view prefix, Cursor& cursor,
                   const std::function<bool(const Version&)>& visit) const override;

 private:
  /// The shard of a key row.
  uint32_t shardOf(std::string_view key) const {
    const auto shards = static_cast<uint32_t>(shards_.size());
    if (shards == 1) return 0;
    if (plan_.viewKey.isStored) return shardOfKey(hashRow(key), shards);
    RowBuilder builder;
    builder.start(plan_.format.shardKey);
    for (uint32_t i = 0; i < plan_.format.shardColumns; ++i) {
      builder.set(i, Row(key.data()).get(plan_.viewKey.layout, plan_.viewKey.shardColumns[i]));
    }
    return shardOfKey(hashRow(builder.finish().bytes()), shards);
  }

  /// The row that the index of the view's key has.
  const Version* findUnique(const GroupStore& groups, Position at, Row key) const {
    std::string order;
    for (size_t i = 0; i < plan_.viewKey.layout.size(); ++i) {
      appendOrderedKey(order, key.get(plan_.viewKey.layout, i));
    }
    OrderedIndex::Iterator found(groups.index(*plan_.viewKey.order), at);
    found.seek(order);
    if (!found.valid() || found.order() != order) return nullptr;
    return groups.map().read(found.mapKey(), hashRow(found.mapKey()), at);
  }

  std::vector<const ViewShard*> shards_;
  const ViewType& view_;
  const StorePlan& plan_;
  std::vector<Order> orders_;
};

// The cursor's bytes: the shard, and the hash and key of the last row in it.
void ViewSource::scan(Position at, Cursor& cursor,
                      const std::function<bool(const Version&)>& visit) const {
  uint32_t shard = 0;
  VersionedMap::Cursor place;
  if (!cursor.bookmark.empty()) {
    std::memcpy(&shard, cursor.bookmark.data(), sizeof(shard));
    std::memcpy(&place.hash, cursor.bookmark.data() + sizeof(shard), sizeof(place.hash));
    place.key = cursor.bookmark.substr(sizeof(shard) + sizeof(place.hash));
    place.started = cursor.bookmark.size() > sizeof(shard) + sizeof(place.hash);
  }
  bool more = true;
  for (; more && shard < shards_.size(); ++shard) {
    shards_[shard]->state().groups.map().scan(at, place, [&](const Version& version) {
      if (isShown(version)) more = visit(version);
      return more;
    });
    if (!place.done) break;
    place = {};
  }
  cursor.done = shard == shards_.size();
  cursor.bookmark.assign(reinterpret_cast<const char*>(&shard), sizeof(shard));
  cursor.bookmark.append(reinterpret_cast<const char*>(&place.hash), sizeof(place.hash));
  cursor.bookmark.append(place.key);
}

/// The stored half of a hash, and a key.
bool isHashAndKey(std::string_view bytes) {
  uint64_t hash = 0;
  if (bytes.size() <= sizeof(hash)) return false;
  std::memcpy(&hash, bytes.data(), sizeof(hash));
  return hash <= UINT32_MAX;
}

// A place's bytes: how many shards there are, then the cursor's.
std::string ViewSource::bookmarkBehind(Position at, const Version& row,
                                       std::optional<size_t> order) const {
  std::string out;
  const auto append = [&out](auto number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  append(static_cast<uint32_t>(shards_.size()));
  if (order) {
    std::string key;
    const Order& columns = orders_[*order];
    for (size_t i = 0; i < columns.columns.size(); ++i) {
      appendOrderedKey(key, outputValue(plan_, row, columns.columns[i]), columns.descending[i],
                       columns.nullsFirst[i]);
    }
    append(static_cast<uint32_t>(key.size()));
    return out.append(key).append(row.key());
  }
  const uint64_t hash = hashRow(row.key());
  for (uint32_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard]->state().groups.map().read(row.key(), hash, at) != &row) continue;
    append(shard);
    append(uint64_t{row.hash});
    return out.append(row.key());
  }
  return {};
}

std::optional<RowSource::Cursor> ViewSource::cursorAt(std::string_view bookmark,
                                                      std::optional<size_t> order) const {
  uint32_t shards = 0;
  uint32_t first = 0;  // the shard; along an order: its key's length
  if (bookmark.size() < sizeof(shards) + sizeof(first)) return std::nullopt;
  std::memcpy(&shards, bookmark.data(), sizeof(shards));
  bookmark.remove_prefix(sizeof(shards));
  std::memcpy(&first, bookmark.data(), sizeof(first));
  const size_t most = order ? bookmark.size() - sizeof(first) : shards_.size() - 1;
  if (shards != shards_.size() || first > most) return std::nullopt;
  if (!order && !isHashAndKey(bookmark.substr(sizeof(first)))) return std::nullopt;
  return Cursor{std::string(bookmark), false};
}

/// One shard's index, on its way along an order.
class OrderedShard {
 public:
  OrderedShard(const OrderedIndex& index, const VersionedMap& map, Position at, bool reverse,
               std::string_view prefix)
      : iterator_(index, at), map_(map), at_(at), reverse_(reverse), prefix_(prefix) {}

  void begin(std::string_view from) {
    if (!reverse_) {
      iterator_.seek(std::max(from, prefix_));
      return;
    }
    // The first string after all that begin with the prefix.
    std::string end(prefix_);
    while (!end.empty() && end.back() == '\xff') end.pop_back();
    if (end.empty()) {
      iterator_.seekLast();
      return;
    }
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    iterator_.seekBefore(end);
  }

  void beginAfter(std::string_view order, std::string_view mapKey) {
    iterator_.seekAfter(order, mapKey);
    if (!reverse_) return;
    // Back to the last entry at or before (order, mapKey), which was visited if it is that one.
    if (iterator_.valid()) {
      iterator_.previous();
    } else {
      iterator_.seekLast();
    }
    const bool visited =
        iterator_.valid() && iterator_.order() == order && iterator_.mapKey() == mapKey;
    if (visited) iterator_.previous();
  }

  bool valid() const { return iterator_.valid() && iterator_.order().starts_with(prefix_); }
  void next() { reverse_ ? iterator_.previous() : iterator_.next(); }
  std::string_view order() const { return iterator_.order(); }
  std::string_view mapKey() const { return iterator_.mapKey(); }
  const Version& row() const {
    const Version* version = map_.read(mapKey(), hashRow(mapKey()), at_);
    FACET_ASSERT(version != nullptr, at_);
    return *version;
  }

  /// Whether this one's entry comes first.
  bool before(const OrderedShard& other) const {
    const int byOrder = order().compare(other.order());
    const int comparison = byOrder != 0 ? byOrder : mapKey().compare(other.mapKey());
    return reverse_ ? comparison > 0 : comparison < 0;
  }

 private:
  OrderedIndex::Iterator iterator_;
  const VersionedMap& map_;
  Position at_;
  bool reverse_;
  std::string_view prefix_;
};

// The cursor's bytes: length of the order, order and map key of the last row visited.
void ViewSource::scanOrdered(Position at, size_t order, bool reverse, std::string_view from,
                             std::string_view prefix, Cursor& cursor,
                             const std::function<bool(const Version&)>& visit) const {
  std::vector<OrderedShard> ways;
  uint32_t orderBytes = 0;
  const bool resumes = !cursor.bookmark.empty();
  if (resumes) std::memcpy(&orderBytes, cursor.bookmark.data(), sizeof(orderBytes));
  for (const ViewShard* shard : shards_) {
    const GroupStore& groups = shard->state().groups;
    OrderedShard& way = ways.emplace_back(groups.index(order), groups.map(), at, reverse, prefix);
    if (resumes) {
      const std::string_view place = std::string_view(cursor.bookmark).substr(sizeof(orderBytes));
      way.beginAfter(place.substr(0, orderBytes), place.substr(orderBytes));
    } else {
      way.begin(from);
    }
  }
  for (;;) {
    OrderedShard* first = nullptr;
    for (OrderedShard& way : ways) {
      if (way.valid() && (first == nullptr || way.before(*first))) first = &way;
    }
    if (first == nullptr) {
      cursor.done = true;
      return;
    }
    orderBytes = static_cast<uint32_t>(first->order().size());
    cursor.bookmark.assign(reinterpret_cast<const char*>(&orderBytes), sizeof(orderBytes));
    cursor.bookmark.append(first->order()).append(first->mapKey());
    if (!visit(first->row())) return;
    first->next();
  }
}

}  // namespace

std::unique_ptr<RowSource> viewSource(std::vector<const ViewShard*> shards) {
  return std::make_unique<ViewSource>(std::move(shards));
}

}  // namespace facet
