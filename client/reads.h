// Reads that programs do all the time, over the capabilities of facet.capnp: one row by its key, a
// scan page by page, a query, the status. The last two go on at the next node, as
// AsyncClient::retry() does. Thread: as their client's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"

namespace facet {

using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;

/// A described view in a session, which may be another node's: its rows must be of the same type.
AnyView::Client viewIn(wire::Session::Client session, const RelationShape& shape);

/// One row, or none. The response is kept with it: it is what the row is read from.
template <typename Row>
struct OneRow {
  using View = wire::View<capnp::AnyPointer, capnp::List<Row>>;
  capnp::Response<typename View::GetResults> response;

  bool found() const { return response.getFound().size() == 0; }
  /// All defaults if it was not found.
  typename Row::Reader row() const { return response.getRows()[0]; }
  wire::Cut::Reader cut() const { return response.getCut(); }
};

/// The row of one key, which setKey(Key::Builder) fills in; setRead(wire::ReadOptions::Builder)
/// may ask for a token.
template <typename Key, typename Row, typename SetKey, typename SetRead>
kj::Promise<OneRow<Row>> getRow(
    typename wire::View<capnp::List<Key>, capnp::List<Row>>::Client view, SetKey&& setKey,
    SetRead&& setRead) {
  using View = wire::View<capnp::AnyPointer, capnp::List<Row>>;
  auto request = view.template castAs<View>().getRequest();
  auto keys = request.getKeys().template initAs<capnp::List<Key>>(1);
  setKey(keys[0]);
  setRead(request.initRead());
  return request.send().then([](capnp::Response<typename View::GetResults>&& response) {
    return OneRow<Row>{kj::mv(response)};
  });
}
template <typename Key, typename Row, typename SetKey>
kj::Promise<OneRow<Row>> getRow(
    typename wire::View<capnp::List<Key>, capnp::List<Row>>::Client view, SetKey&& setKey) {
  return getRow<Key, Row>(kj::mv(view), kj::fwd<SetKey>(setKey), [](wire::ReadOptions::Builder) {});
}

/// A scan, page by page, all at the cut of the first for as long as the node keeps that: half a
/// minute after each page, and less if others need the room. Then the scan goes on behind its last
/// row at a newer cut, by itself: each row that was there all the time is given once, at either of
/// the cuts. Where rows had to be sorted (`order` without an index) that can't be:
/// ClientError::Kind::expired.
class Scan {
 public:
  using Page = capnp::Response<AnyView::ScanResults>;

  struct Options {
    std::string filter = {};   // an SQL condition
    std::string order = {};    // an ORDER BY list
    uint64_t limit = 0;        // rows in all; 0: no limit
    uint32_t page = 0;         // rows in a page; 0: the node's default
    std::string atLeast = {};  // token
    uint32_t maxWaitMs = 0;    // how long to wait for it; 0: the node's default
    bool orOlder = false;      // where it is not reached in time: older rows (Cut.older says so)
    bool oneCut = false;       // it ends as `expired` rather than going on at another cut
    /// Makes the key behind which the scan begins, in key order (and then `order` is empty):
    /// key.initAs<OrdersByRegionKey>().setRegion("South"). Called with each page.
    std::function<void(capnp::AnyPointer::Builder key)> after = {};
  };
  Scan(AnyView::Client view, Options options) : view_(kj::mv(view)), options_(std::move(options)) {}
  /// Goes on at the client's next node, too, when the connection breaks: one with as many shards.
  Scan(AsyncClient& client, RelationShape shape, Options options)
      : client_(&client), shape_(std::move(shape)), options_(std::move(options)) {}

  /// There may be another page.
  bool more() const { return more_; }
  /// The next page. Its rows are a List of the row's struct: getRows().getAs<List<Row>>(), or
  /// rows.h. One page at a time; the scan outlives the promise.
  kj::Promise<Page> next();
  /// The position of the cut that the page before the last was of, if the last one's is another.
  std::optional<uint64_t> movedFrom() const { return movedFrom_; }

 private:
  kj::Promise<Page> ask(AnyView::Client view);
  void took(const Page& page);

  AsyncClient* client_ = nullptr;
  RelationShape shape_;
  AnyView::Client view_ = nullptr;
  Options options_;
  std::vector<capnp::byte> cursor_;
  bool more_ = true;
  uint64_t rows_ = 0;
  uint64_t position_ = 0;
  std::string token_;  // of the newest page's cut
  std::optional<uint64_t> movedFrom_;
};

/// A query's answer as values in text: `columns` has the names and types.
struct QueryReply {
  std::vector<ColumnShape> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // nullopt: NULL
  uint64_t position = 0;
};

/// `params` are $1, $2, …: each takes the type of its place; nullopt is NULL.
kj::Promise<QueryReply> query(AsyncClient& client, const std::string& sql,
                              const std::vector<std::optional<std::string>>& params = {});

kj::Promise<capnp::Response<wire::Admin::StatusResults>> status(AsyncClient& client);

}  // namespace facet
