#include "views/operators/net_changes.h"

#include <bit>

#include "views/store/store_keyed_hash.h"

namespace facet {

/// The slot of the key, or the empty one where it would be.
size_t NetChanges::slotOf(std::string_view key, uint64_t hash) const {
  // Nobody outside can know which hashes meet.
  static const uint64_t secret = keyedHash("NetChanges") | 1;
  const size_t mask = slots_.size() - 1;
  size_t slot = (hash * secret) >> 32 & mask;
  while (slots_[slot] != kNone) {
    const Net& net = all_[slots_[slot]];
    if (net.hash == hash && net.key() == key) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void NetChanges::read(std::span<const TableChange> changes, uint32_t table) {
  if (all_.empty() && changes.empty()) return;
  size_t count = 0;
  for (const TableChange& change : changes) count += change.table == table ? 1 : 0;
  all_.clear();
  slots_.assign(count == 0 ? 0 : std::bit_ceil(2 * count), kNone);
  // A key may come several times: its first `before` and its last `after` count. A row that is not
  // there keeps its version until the end, for the key.
  for (const TableChange& change : changes) {
    if (change.table != table || (change.before == nullptr && change.after == nullptr)) continue;
    const std::string_view key =
        change.after != nullptr ? change.after->key() : change.before->key();
    const uint64_t hash = hashRow(key);
    const size_t slot = slotOf(key, hash);
    if (slots_[slot] == kNone) {
      slots_[slot] = static_cast<uint32_t>(all_.size());
      all_.push_back({hash, change.before, change.after});
    } else {
      all_[slots_[slot]].after = change.after;
    }
  }
}

const NetChanges::Net* NetChanges::find(std::string_view key, uint64_t hash) const {
  if (all_.empty()) return nullptr;
  const uint32_t place = slots_[slotOf(key, hash)];
  return place == kNone ? nullptr : &all_[place];
}

}  // namespace facet
