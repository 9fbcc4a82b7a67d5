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

using Counts = std::unordered_map<uint64_t, size_t>;

size_t countOf(const Counts& counts, uint64_t key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void dropOne(Counts& counts, uint64_t key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

CursorTable::Lease::Lease(CursorTable& table, ScanOwner owner) : table_(table), owner_(owner) {
  if (countOf(table.openOfSession_, owner.session) >= kMaxOpenPerSession ||
      countOf(table.openOfConnection_, owner.connection) >= kMaxOpenPerConnection) {
    throwOverloaded(
        "overloaded: this client has too many scans and queries open; read those that you began "
        "to their end, or wait until their cursors expire");
  }
  if (table.open_ >= kMaxOpen && !table.makeRoom()) {
    throwOverloaded("overloaded: too many scans and queries are under way; try again in a moment");
  }
  ++table.open_;
  ++table.openOfSession_[owner.session];
  ++table.openOfConnection_[owner.connection];
}

CursorTable::Lease::~Lease() {
  --table_.open_;
  dropOne(table_.openOfSession_, owner_.session);
  dropOne(table_.openOfConnection_, owner_.connection);
}

/// Expires the oldest scan that waits, of those of the greediest connection.
bool CursorTable::makeRoom() {
  const auto greedier = [this](const Entry& a, const Entry& b) {
    return openOfConnection_.at(a.owner.connection) < openOfConnection_.at(b.owner.connection);
  };
  const auto goes = std::max_element(entries_.begin(), entries_.end(), greedier);
  if (goes == entries_.end()) return false;
  entries_.erase(goes);
  return true;
}

bool CursorTable::dropLargest() {
  const auto largest = std::max_element(
      entries_.begin(), entries_.end(),
      [](const Entry& a, const Entry& b) { return a.scan->held() < b.scan->held(); });
  if (largest == entries_.end() || largest->scan->held() <= kFreeBytes) return false;
  entries_.erase(largest);
  return true;
}

CursorTable::CursorTable(kj::Timer& timer) : timer_(timer) {}
CursorTable::~CursorTable() = default;

std::string CursorTable::put(ScanOwner owner, kj::Own<OpenScan> scan) {
  const CursorBytes cursor{++lastId_, randomWord()};
  const std::string bookmark = scan->behind();
  entries_.push_back(
      {owner, cursor.id, cursor.secret, timer_.now() + kCursorSeconds * kj::SECONDS, kj::mv(scan)});
  if (!sweeping_) {
    sweeping_ = true;
    sweeper_ = sweep().eagerlyEvaluate(nullptr);
  }
  return std::string(reinterpret_cast<const char*>(&cursor), sizeof(cursor)) + bookmark;
}

std::string CursorTable::bookmarkIn(std::string_view cursor) {
  if (cursor.size() > sizeof(CursorBytes)) return std::string(cursor.substr(sizeof(CursorBytes)));
  throwFailed(
      fmt::format("{}start the scan again, and read faster: its rows were sorted, and no scan "
                  "can go on among them. A CREATE INDEX in that order, or no order, would do",
                  kExpired));
}

kj::Maybe<kj::Own<OpenScan>> CursorTable::take(uint64_t session, std::string_view cursor) {
  CursorBytes bytes{};
  if (cursor.size() < sizeof(bytes)) {
    throwFailed("cursor is none of this node's; take it from the page before as it is");
  }
  std::memcpy(&bytes, cursor.data(), sizeof(bytes));
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.owner.session == session && entry.id == bytes.id && entry.secret == bytes.secret;
  });
  if (found == entries_.end()) return nullptr;
  kj::Own<OpenScan> scan = kj::mv(found->scan);
  entries_.erase(found);
  return scan;
}

void CursorTable::drop(uint64_t session) {
  entries_.remove_if([&](const Entry& entry) { return entry.owner.session == session; });
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
