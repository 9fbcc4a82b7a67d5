#include <cstring>

#include "model/model.h"
#include "values/assert.h"
#include "views/tables/row_source.h"
#include "views/tables/tables.h"

namespace facet {

namespace {

class TableSource final : public RowSource {
 public:
  TableSource(const Tables& tables, uint32_t table)
      : type_(tables.model().tables()[table]), map_(tables.map(table)) {}

  const Relation& relation() const override { return type_.relation; }
  const RowLayout* keyLayout() const override { return &type_.keyLayout; }
  uint64_t rows() const override { return map_.keys(); }

  Found get(Position at, std::string_view key) const override {
    return {map_.read(key, hashRow(key), at)};
  }

  void getTogether(Position at, std::span<const Row> keys,
                   std::span<const Version*> found) const override {
    readTogether(keys, at, found, [this](uint64_t) -> const VersionedMap& { return map_; });
  }

  Value column(const Version& row, uint32_t column, Arena&) const override {
    const TableType::Place& place = type_.places[column];
    return place.inKey ? row.keyRow().get(type_.keyLayout, place.index)
                       : row.valueRow().get(type_.restLayout, place.index);
  }

  uint64_t multiplicity(const Version&) const override { return 1; }

  void scan(Position at, Cursor& cursor,
            const std::function<bool(const Version&)>& visit) const override {
    // The cursor's bytes: the hash and the key of the last row visited.
    VersionedMap::Cursor place;
    if (!cursor.bookmark.empty()) {
      std::memcpy(&place.hash, cursor.bookmark.data(), sizeof(place.hash));
      place.key = cursor.bookmark.substr(sizeof(place.hash));
      place.started = true;
    }
    map_.scan(at, place, visit);
    cursor.done = place.done;
    cursor.bookmark.assign(reinterpret_cast<const char*>(&place.hash), sizeof(place.hash));
    cursor.bookmark += place.key;
  }

  // A place's bytes are the cursor's.
  std::string bookmarkBehind(Position, const Version& row, std::optional<size_t>) const override {
    const uint64_t hash = row.hash;
    std::string out(reinterpret_cast<const char*>(&hash), sizeof(hash));
    return out.append(row.key());
  }
  std::optional<Cursor> cursorAt(std::string_view bookmark, std::optional<size_t>) const override {
    uint64_t hash = 0;
    if (bookmark.size() <= sizeof(hash)) return std::nullopt;
    std::memcpy(&hash, bookmark.data(), sizeof(hash));
    if (hash > UINT32_MAX) return std::nullopt;  // half of it is stored
    return Cursor{std::string(bookmark), false};
  }

  std::vector<Order> orders() const override { return {}; }
  void scanOrdered(Position, size_t order, bool, std::string_view, std::string_view, Cursor&,
                   const std::function<bool(const Version&)>&) const override {
    FACET_ASSERT(false, order);  // there are no orders
  }

 private:
  const TableType& type_;
  const VersionedMap& map_;
};

}  // namespace

std::unique_ptr<RowSource> tableSource(const Tables& tables, uint32_t table) {
  return std::make_unique<TableSource>(tables, table);
}

}  // namespace facet
