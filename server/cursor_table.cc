#include "server/cursor_table.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "server/fault.h"
#include "server/limits.h"
#include "server/open_scan.h"

namespace facet {
namespace {

uint64_t randomWord() {
  static thread_local std::random_device device;
  return uint64_t{device()} << 32 | device();
}

struct CursorBytes {
  uint64_t id;
  uint64_t secret;
};

}  // namespace

CursorTable::Place::Place(CursorTable& table, uint64_t session) : table_(table), session_(session) {
  const auto own = table.openOfSession_.find(session);
  if (own != table.openOfSession_.end() && own->second >= kMaxOpenPerSession) {
    throwOverloaded(
        "overloaded: this session has too many scans and queries open; read those that you began "
        "to their end, or wait until their cursors expire");
  }
  if (table.open_ >= kMaxOpen && !table.makeRoom()) {
    throwOverloaded("overloaded: too many scans and queries are under way; try again in a moment");
  }
  ++table.open_;
  ++table.openOfSession_[session];
}

CursorTable::Place::~Place() {
  --table_.open_;
  const auto own = table_.openOfSession_.find(session_);
  if (--own->second == 0) table_.openOfSession_.erase(own);
}

/// Expires the oldest scan that waits, of those of the greediest session.
bool CursorTable::makeRoom() {
  const auto greedier = [this](const Entry& a, const Entry& b) {
    return openOfSession_.at(a.session) < openOfSession_.at(b.session);
  };
  const auto goes = std::max_element(entries_.begin(), entries_.end(), greedier);
  if (goes == entries_.end()) return false;
  entries_.erase(goes);
  return true;
}

CursorTable::CursorTable(kj::Timer& timer) : timer_(timer) {}
CursorTable::~CursorTable() = default;

std::string CursorTable::put(uint64_t session, kj::Own<OpenScan> scan) {
  const CursorBytes cursor{++lastId_, randomWord()};
  entries_.push_back({session, cursor.id, cursor.secret,
                      timer_.now() + kCursorSeconds * kj::SECONDS, kj::mv(scan)});
  if (!sweeping_) {
    sweeping_ = true;
    sweeper_ = sweep().eagerlyEvaluate(nullptr);
  }
  return {reinterpret_cast<const char*>(&cursor), sizeof(cursor)};
}

kj::Own<OpenScan> CursorTable::take(uint64_t session, std::string_view cursor) {
  CursorBytes bytes{};
  if (cursor.size() != sizeof(bytes)) {
    throwFailed("cursor is none of this node's; take it from the page before as it is");
  }
  std::memcpy(&bytes, cursor.data(), sizeof(bytes));
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.session == session && entry.id == bytes.id && entry.secret == bytes.secret;
  });
  if (found == entries_.end()) {
    throwFailed(fmt::format("{}start the scan again (a cursor lives {} s, and serves one page)",
                            kExpired, kCursorSeconds));
  }
  kj::Own<OpenScan> scan = kj::mv(found->scan);
  entries_.erase(found);
  return scan;
}

void CursorTable::drop(uint64_t session) {
  entries_.remove_if([&](const Entry& entry) { return entry.session == session; });
}

kj::Promise<void> CursorTable::sweep() {
  const kj::TimePoint now = timer_.now();
  while (!entries_.empty() && entries_.front().expires <= now) entries_.pop_front();
  if (entries_.empty()) {
    sweeping_ = false;
    return kj::READY_NOW;
  }
  return timer_.atTime(entries_.front().expires).then([this]() { return sweep(); });
}

}  // namespace facet
