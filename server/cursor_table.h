// CursorTable: scans that a client has begun and not ended, each with its pinned cut, between two
// pages. Bounded in number and in time: what is not asked for in time is dropped, and its pin with
// it. While a page is made, the scan is not in the table: two requests can't run it at once.
// Thread: belongs to its event loop.
#pragma once

#include <kj/async.h>
#include <kj/memory.h>
#include <kj/timer.h>

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace facet {

class OpenScan;

/// Whose a scan is.
struct ScanOwner {
  uint64_t session;
  uint64_t connection;
};

class CursorTable {
 public:
  explicit CursorTable(kj::Timer& timer);
  ~CursorTable();
  KJ_DISALLOW_COPY(CursorTable);

  /// Counts a scan or query that is open, for as long as it lives. Where the limit of all is
  /// reached, a scan that waits for its client to ask for more gives way: the oldest of the
  /// connection that has most open. Throws "overloaded" at the limits of the session and of its
  /// connection, and where none waits.
  class Lease {
   public:
    Lease(CursorTable& table, ScanOwner owner);
    ~Lease();
    KJ_DISALLOW_COPY(Lease);

   private:
    CursorTable& table_;
    ScanOwner owner_;
  };

  /// Keeps a scan; the result names it, and ends with its bookmark (OpenScan::behind()).
  std::string put(ScanOwner owner, kj::Own<OpenScan> scan);
  /// Takes it out again; nothing if it is not there any more, or another session's.
  kj::Maybe<kj::Own<OpenScan>> take(uint64_t session, std::string_view cursor);
  /// The bookmark in a cursor, whoever made it. Throws "cursor expired" if it has none.
  static std::string bookmarkIn(std::string_view cursor);
  /// The session has ended.
  void drop(uint64_t session);

  /// The kept scan that holds most goes; false: none holds more than kFreeBytes.
  bool dropLargest();

  size_t kept() const { return entries_.size(); }
  size_t open() const { return open_; }

 private:
  struct Entry {
    ScanOwner owner;
    uint64_t id;
    uint64_t secret;  // so that a cursor can't be guessed
    kj::TimePoint expires;
    kj::Own<OpenScan> scan;
  };
  bool makeRoom();
  kj::Promise<void> sweep();

  kj::Timer& timer_;
  std::list<Entry> entries_;  // the oldest first
  std::unordered_map<uint64_t, size_t> openOfSession_;
  std::unordered_map<uint64_t, size_t> openOfConnection_;
  size_t open_ = 0;
  uint64_t lastId_ = 0;
  bool sweeping_ = false;
  kj::Promise<void> sweeper_ = nullptr;
};

}  // namespace facet
