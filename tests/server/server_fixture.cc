#include "tests/server/server_fixture.h"

#include <kj/debug.h>

#include "rpc/token.h"

namespace facet::test {

ServerFixture::ServerFixture(size_t maxConnections, kj::Timer* timer, uint64_t memory,
                             const Upstream* upstream)
    : io(kj::setupAsyncIo()),
      completions(io.unixEventPort, [](const std::string& why) { BOOST_FAIL(why); }),
      node(completions) {
  node.memory = memory;
  RpcThread::Options options;
  options.upstream = upstream;
  thread = std::make_unique<RpcThread>(node, completions,
                                       timer != nullptr ? *timer : io.provider->getTimer(),
                                       io.unixEventPort, options);
  door = std::make_unique<Door>(*thread, io.unixEventPort, maxConnections);
  Listener listener("127.0.0.1:0", Exposure::loopback);
  address = listener.address();
  door->open(std::move(listener));
  client = connect();
  shapes_ = wait(client->describeAll());
}

ServerFixture::~ServerFixture() {
  client = nullptr;
  door = nullptr;
  thread->abandon();
  io.waitScope.poll();
  thread = nullptr;
}

kj::Own<AsyncClient> ServerFixture::connect() {
  return wait(AsyncClient::connect(io, {.addresses = {address}}));
}

kj::Own<kj::AsyncIoStream> ServerFixture::connectRaw() {
  auto parsed = wait(io.provider->getNetwork().parseAddress(address.c_str()));
  return wait(parsed->connect());
}

kj::Own<StockClient> ServerFixture::connectStock() {
  return kj::heap<StockClient>(connectRaw());
}

void ServerFixture::pass(unsigned milliseconds) {
  wait(io.provider->getTimer().afterDelay(milliseconds * kj::MILLISECONDS));
}

void ServerFixture::settle() {
  for (int i = 0; i < 5; ++i) pass(0);
}

const RelationShape& ServerFixture::shape(const std::string& name) {
  for (const RelationShape& relation : shapes_) {
    if (relation.name == name) return relation;
  }
  throw std::runtime_error("the model has no " + name);
}

Batch ServerFixture::orders(const std::vector<std::string>& totals) {
  const RelationShape& order = shape("PlaceOrder");
  Batch batch = client->batch(1, 1000);
  auto items = batch.add(order, static_cast<unsigned>(totals.size()));
  for (unsigned i = 0; i < totals.size(); ++i) {
    for (const auto& [field, text] :
         {std::pair<const char*, std::string>{"order_id", std::to_string(i)},
          {"customerId", "c1"},
          {"placed_on", "2017-11-08"},
          {"total", totals[i]}}) {
      BOOST_TEST(writeField(*order.row.find(field), text, items[i]) == "");
    }
  }
  return batch;
}

AnyView::Client ServerFixture::view(const std::string& name) {
  return client->view<capnp::AnyPointer, capnp::AnyPointer>(name.c_str());
}

kj::Promise<Get> ServerFixture::get(const std::vector<std::string>& regions,
                                    const std::string& atLeast, uint32_t maxWaitMs, bool orOlder) {
  auto request = view().getRequest();
  const RelationShape& relation = shape("orders_by_region");
  auto keys = request.getKeys().initAsListOfAnyStruct(relation.key.dataWords, relation.key.pointers,
                                                      static_cast<unsigned>(regions.size()));
  for (unsigned i = 0; i < regions.size(); ++i) {
    BOOST_TEST(writeField(relation.key.columns[0], regions[i], keys[i]) == "");
  }
  auto read = request.initRead();
  read.setAtLeast({reinterpret_cast<const capnp::byte*>(atLeast.data()), atLeast.size()});
  read.setMaxWaitMs(maxWaitMs);
  read.setOrOlder(orOlder);
  return request.send().then([](Get&& reply) { return kj::mv(reply); });
}

std::vector<std::string> ServerFixture::rows(capnp::AnyPointer::Reader rows,
                                             capnp::List<bool>::Reader found) {
  const RelationShape& relation = shape("orders_by_region");
  RowReader reader(relation.row.columns);
  std::vector<std::string> out;
  const auto list = rows.getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
  for (unsigned i = 0; i < list.size(); ++i) {
    if (found.size() > 0 && !found[i]) {
      out.emplace_back("-");
      continue;
    }
    reader.read(list[i]);
    std::string& line = out.emplace_back();
    for (size_t c = 0; c < relation.row.columns.size(); ++c) {
      if (c > 0) line += '|';
      line += reader.text(c).value_or("NULL");
    }
  }
  return out;
}

std::string ServerFixture::token(uint64_t position) {
  const TokenBytes bytes = encodeToken({node.logId(), node.epoch(), {position}});
  return {bytes.begin(), bytes.end()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace facet::test
