// A door before a fake node, and clients of it, all on one event loop. The vocabulary of the
// server's tests. Thread: the test's.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "server/door.h"
#include "server/rpc_thread.h"
#include "tests/server/fake_node.h"

namespace facet::test {

using AnyView = wire::View<capnp::AnyPointer, capnp::AnyPointer>;
using Get = capnp::Response<AnyView::GetResults>;
using Scan = capnp::Response<AnyView::ScanResults>;
using Query = capnp::Response<wire::Session::QueryResults>;

/// A stock client: nothing of facet's library.
struct StockClient {
  kj::Own<kj::AsyncIoStream> stream;
  capnp::TwoPartyClient rpc;
  explicit StockClient(kj::Own<kj::AsyncIoStream> connected)
      : stream(kj::mv(connected)), rpc(*stream) {}
  wire::Facet::Client bootstrap() { return rpc.bootstrap().castAs<wire::Facet>(); }
};

class ServerFixture {
 public:
  /// `timer`: of the server; null: the loop's own. `memory`: the node's limit, in bytes.
  /// `upstream`: whom it follows; null: it is the primary.
  explicit ServerFixture(size_t maxConnections = 4096, kj::Timer* timer = nullptr,
                         uint64_t memory = uint64_t{8} << 30, const Upstream* upstream = nullptr);
  ~ServerFixture();

  kj::AsyncIoContext io;
  CompletionQueue completions;
  FakeNode node;
  std::unique_ptr<RpcThread> thread;
  std::unique_ptr<Door> door;
  std::string address;
  kj::Own<AsyncClient> client;  // logged in

  kj::Own<AsyncClient> connect();
  kj::Own<kj::AsyncIoStream> connectRaw();
  kj::Own<StockClient> connectStock();

  template <typename T>
  T wait(kj::Promise<T> promise) {
    return promise.wait(io.waitScope);
  }
  void pass(unsigned milliseconds);
  /// Turns the loop until it has nothing to do.
  void settle();
  /// Turns the loop until it holds; fails after some seconds.
  template <typename Condition>
  bool eventually(Condition&& condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) pass(1);
    return condition();
  }

  // ---- what tests say ----

  /// Commands to place orders with these totals ("1.50"); nothing is answered yet.
  Batch orders(const std::vector<std::string>& totals);
  AnyView::Client view(const std::string& name = "orders_by_region");
  kj::Promise<Get> get(const std::vector<std::string>& regions, const std::string& atLeast = "",
                       uint32_t maxWaitMs = 0, bool orOlder = false);
  /// The rows of a reply as text: "South|2|30.0000|15.0000"; a missing one is "-".
  std::vector<std::string> rows(capnp::AnyPointer::Reader rows,
                                capnp::List<bool>::Reader found = {});
  std::string token(uint64_t position);

  template <typename T>
  ClientError failure(kj::Promise<T> promise) {
    KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { promise.wait(io.waitScope); })) {
      return clientError(*exception);
    }
    return {ClientError::Kind::failed, "no failure"};
  }

 private:
  const RelationShape& shape(const std::string& name);
  std::vector<RelationShape> shapes_;
};

bool contains(const std::string& text, const std::string& part);

}  // namespace facet::test

namespace boost::test_tools::tt_detail {
template <>
struct print_log_value<facet::ClientError::Kind> {
  void operator()(std::ostream& out, facet::ClientError::Kind kind) {
    out << static_cast<int>(kind);
  }
};
}  // namespace boost::test_tools::tt_detail
