// Fetching a snapshot from a node that sends it in pieces, removes it meanwhile, is busy, or sends
// something else.
#include "server/snapshot_fetch.h"

#include <kj/async-io.h>
#include <stdlib.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "actors/snapshots/snapshot_format.h"
#include "rpc/kj_interfaces.h"
#include "server/fault.h"

namespace facet::test {
namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/facet-fetch-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::string frame(char c, size_t bytes) {
  return std::string(bytes, c);
}

/// A snapshot at this position in the store.
std::string put(SnapshotStore& store, uint64_t position, const std::vector<std::string>& frames) {
  SnapshotManifest manifest;
  manifest.commit.end = {{5}, {position}, {1}, 0, {1, 2}};
  std::string name = snapshotName({position}, {5});
  const auto writer = store.begin(name);
  for (const std::string& one : frames) writer->append(one);
  writer->finish(encodeManifest(manifest));
  return name;
}

std::vector<std::string> framesOf(const SnapshotStore& store, const std::string& name) {
  std::vector<std::string> out;
  store.open(name)->read([&](std::string_view one) { out.emplace_back(one); });
  return out;
}

/// A node that sends the newest snapshot of a store; pieces of `pieceBytes`.
struct FakeFeed final : wire::Feed::Server {
  explicit FakeFeed(SnapshotStore& from) : store(from) {}

  SnapshotStore& store;
  size_t pieceBytes = 1000;
  std::function<void(unsigned call)> before = [](unsigned) {};
  bool damages = false;
  unsigned calls = 0;

  kj::Promise<void> snapshot(SnapshotContext context) override {
    before(++calls);
    const auto request = context.getParams().getRequest();
    const std::vector<std::string> names = store.names();
    std::string name = request.getName().cStr();
    if (name.empty() && !names.empty()) name = names.back();
    auto out = context.getResults().initParts();
    if (name.empty()) return kj::READY_NOW;
    if (!store.has(name)) throwFailed(std::string(kSnapshotGone) + "it was removed");
    const auto reader = store.open(name);
    const std::vector<std::string> parts = partsOf(*reader);
    std::string part = parts.at(request.getFrom()).substr(request.getOffset(), pieceBytes);
    if (damages && request.getFrom() > 0) part[0] ^= 1;
    const size_t whole = parts[request.getFrom()].size();
    out.setName(name);
    out.setCount(parts.size());
    out.setNext(request.getFrom() + (request.getOffset() + part.size() == whole ? 1 : 0));
    if (part.size() < whole) out.setWholeBytes(whole);
    out.initParts(1).set(0, {reinterpret_cast<const capnp::byte*>(part.data()), part.size()});
    std::memcpy(out.initHash(16).begin(), &reader->end().hash, 16);
    return kj::READY_NOW;
  }

 private:
  static std::vector<std::string> partsOf(const SnapshotReader& reader) {
    std::vector<std::string> parts{reader.manifest()};
    reader.read([&](std::string_view one) { parts.emplace_back(one); });
    return parts;
  }
};

struct Fetching {
  TemporaryFolder folder;
  SnapshotStore there{folder.path / "there"};
  SnapshotStore here{folder.path / "here"};
  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::Own<FakeFeed> owned = kj::heap<FakeFeed>(there);
  FakeFeed& node = *owned;
  wire::Feed::Client feed = kj::mv(owned);
  const std::vector<std::string> frames{frame('a', 80), frame('b', 4000), frame('c', 8)};

  FetchedSnapshot fetch(const std::string& name = {}) {
    SnapshotFetchOptions options;
    options.name = name;
    return fetchSnapshot(feed, here, io.provider->getTimer(), options).wait(io.waitScope);
  }
  std::string failure() {
    std::string out;
    KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { fetch(); })) {
      out = why->getDescription().cStr();
    }
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_fetch, Fetching)

BOOST_AUTO_TEST_CASE(the_newest_snapshot_comes_in_pieces) {
  put(there, 10, {frame('x', 8)});
  const std::string name = put(there, 20, frames);
  const FetchedSnapshot fetched = fetch();
  BOOST_TEST(fetched.name == name);
  BOOST_TEST(fetched.bytes == 80 + 4000 + 8 + there.readManifest(name).size());
  BOOST_TEST((framesOf(here, name) == frames));
  BOOST_TEST(here.readManifest(name) == there.readManifest(name));
}

BOOST_AUTO_TEST_CASE(one_that_is_named_comes_or_is_gone) {
  const std::string name = put(there, 10, frames);
  put(there, 20, {frame('x', 8)});
  BOOST_TEST(fetch(name).name == name);
  BOOST_TEST((framesOf(here, name) == frames));
  BOOST_TEST(fetch(name).bytes == 0u);
  here.remove(name);
  there.remove(name);
  const auto why = kj::runCatchingExceptions([&] { fetch(name); });
  KJ_IF_MAYBE (failure, why) {
    BOOST_TEST(isSnapshotGone(*failure));
  } else {
    BOOST_ERROR("it is not there");
  }
  BOOST_TEST(here.names().empty());
}

BOOST_AUTO_TEST_CASE(a_node_without_one_is_no_failure) {
  BOOST_TEST(fetch().name.empty());
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_not_fetched_again) {
  const std::string name = put(there, 20, frames);
  fetch();
  node.calls = 0;
  const FetchedSnapshot again = fetch();
  BOOST_TEST(again.name == name);
  BOOST_TEST(again.bytes == 0u);
  BOOST_TEST(node.calls == 1u);
}

BOOST_AUTO_TEST_CASE(one_that_is_removed_meanwhile_is_begun_anew_with_the_newest) {
  const std::string first = put(there, 20, frames);
  std::string second;
  node.before = [&](unsigned call) {
    if (call != 3) return;
    second = put(there, 30, frames);
    there.remove(first);
  };
  BOOST_TEST(fetch().name == second);
  BOOST_TEST((here.names() == std::vector<std::string>{second}));
}

BOOST_AUTO_TEST_CASE(a_busy_node_is_asked_again) {
  const std::string name = put(there, 20, frames);
  node.before = [&](unsigned call) {
    if (call == 2) throwOverloaded("overloaded: wait");
  };
  BOOST_TEST(fetch().name == name);
}

BOOST_AUTO_TEST_CASE(what_was_damaged_on_its_way_is_refused_and_leaves_nothing) {
  put(there, 20, frames);
  node.damages = true;
  BOOST_TEST(failure().find("damaged on its way") != std::string::npos);
  BOOST_TEST(here.names().empty());
  BOOST_TEST(std::filesystem::is_empty(here.folder()));
}

BOOST_AUTO_TEST_CASE(a_broken_node_is_a_failure_that_leaves_nothing) {
  put(there, 20, frames);
  node.before = [&](unsigned call) {
    if (call == 3) throwFailed("the disk is gone");
  };
  BOOST_TEST(failure().find("the disk is gone") != std::string::npos);
  BOOST_TEST(std::filesystem::is_empty(here.folder()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
