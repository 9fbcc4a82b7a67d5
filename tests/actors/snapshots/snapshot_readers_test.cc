// Snapshots beside their readers: what is read stays, and is shared.
#include <stdlib.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "actors/node.h"
#include "actors/snapshots/limits.h"
#include "actors/snapshots/snapshots.h"
#include "tests/actors/shop.h"

namespace facet::test {
namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/facet-snapshots-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

/// A shop's node that takes snapshots when it is told to.
struct Shelf : NodeListener {
  Shelf() {
    NodeOptions options;
    options.data = folder.path / "data";
    options.model = shopModel();
    options.notice = [this](const std::string& line) { notices.push_back(line); };
    node = Node::start(std::move(options), *this);
  }

  void onOutcomes(std::vector<BatchOutcome>) override {
    const std::lock_guard lock(mutex);
    ++answered;
    changed.notify_all();
  }
  void onVisible(Position) override {}
  void onFailed(const std::string& reason) override { BOOST_ERROR(reason); }

  /// A customer more, and a snapshot with it.
  std::string take() {
    const std::string id = "C" + std::to_string(++customers);
    BatchOf batch(node->model());
    batch.add("MoveCustomer", {{"customer_id", Value::text(id)}, {"region", Value::text("West")}});
    BOOST_REQUIRE(node->submit(batch.done()).empty());
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answered == customers; });
    return node->snapshots().create().name;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const SnapshotInfo& info : node->snapshots().list()) out.push_back(info.name);
    return out;
  }

  const TemporaryFolder folder;
  std::vector<std::string> notices;
  std::mutex mutex;
  std::condition_variable changed;
  size_t answered = 0;
  size_t customers = 0;
  std::unique_ptr<Node> node;
};

size_t framesOf(const SnapshotReader& reader) {
  size_t frames = 0;
  reader.read([&](std::string_view) { ++frames; });
  return frames;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshot_readers, Shelf)

BOOST_AUTO_TEST_CASE(the_newest_is_opened_or_the_one_of_a_name) {
  BOOST_TEST(!node->snapshots().open("").has_value());
  const std::string first = take();
  const std::string second = take();
  BOOST_TEST(node->snapshots().open("")->name == second);
  BOOST_TEST(node->snapshots().open(first)->name == first);
  BOOST_TEST(!node->snapshots().open("../data").has_value());
}

BOOST_AUTO_TEST_CASE(they_are_listed_while_something_else_is_under_way) {
  const std::string first = take();
  std::unique_lock busy(node->snapshots().exclusive());
  auto listed = std::async(std::launch::async, [&] { return names(); });
  const bool came = listed.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  BOOST_TEST(came);
  busy.unlock();
  BOOST_TEST((listed.get() == Names{first}));
}

BOOST_AUTO_TEST_CASE(what_is_read_stays_until_nobody_reads_it) {
  const std::string first = take();
  std::optional<Snapshots::Opened> opened = node->snapshots().open("");
  std::optional<Snapshots::Opened> again = node->snapshots().open(first);
  BOOST_TEST(opened->reader.get() == again->reader.get());
  const std::string second = take();
  const std::string third = take();
  const std::string fourth = take();
  BOOST_TEST((names() == Names{first, third, fourth}));
  opened.reset();
  BOOST_TEST(framesOf(*again->reader) > 0);
  node->snapshots().prune(2);
  BOOST_TEST((names() == Names{first, third, fourth}));
  again.reset();
  node->snapshots().prune(2);
  BOOST_TEST((names() == Names{third, fourth}));
  BOOST_TEST(!node->snapshots().open(second).has_value());
}

BOOST_AUTO_TEST_CASE(readers_hold_a_bounded_number_of_them) {
  std::vector<Snapshots::Opened> opened;
  for (size_t i = 0; i < kSnapshotsHeld + 3; ++i) {
    take();
    opened.push_back(*node->snapshots().open(""));
  }
  BOOST_TEST(names().size() <= kSnapshotsKept + kSnapshotsHeld);
  // Small ones can be read to their end though they are gone.
  for (const Snapshots::Opened& one : opened) BOOST_TEST(framesOf(*one.reader) > 0);
}

BOOST_AUTO_TEST_CASE(checks_go_on_beside_readers) {
  const std::string name = take();
  const auto opened = node->snapshots().open("");
  for (const SnapshotInfo& info : node->snapshots().verify()) BOOST_TEST(info.problem.empty());
  BOOST_TEST((names() == Names{name}));
}

BOOST_AUTO_TEST_CASE(damage_that_a_reader_reports_sets_aside_and_the_older_one_is_opened) {
  const std::string first = take();
  const std::string second = take();
  const auto opened = node->snapshots().open("");
  node->snapshots().reportDamage(second, "a byte is wrong");
  node->snapshots().reportDamage(second, "said twice");
  BOOST_TEST(notices.size() == 1u);
  BOOST_TEST(node->snapshots().open("")->name == first);
  // Another one of the same name is another one.
  BOOST_TEST(node->snapshots().create().name == second);
  BOOST_TEST(node->snapshots().open("")->name == second);
  BOOST_TEST(node->snapshots().open("")->reader.get() != opened->reader.get());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
