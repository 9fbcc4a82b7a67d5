// What a node refuses at once: to start without what it needs, and batches that are too much.
#include <stdlib.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>

#include "actors/limits.h"
#include "actors/node.h"
#include "tests/actors/shop.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(admission)

/// Counts outcomes; while it is shut, the journal's thread waits in it.
class Gate final : public NodeListener {
 public:
  void onOutcomes(std::vector<BatchOutcome> outcomes) override {
    std::unique_lock lock(mutex_);
    held_ = !open_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    held_ = false;
    outcomes_ += outcomes.size();
    changed_.notify_all();
  }
  void onVisible(Position) override {}
  void onFailed(const std::string& reason) override {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::abort();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void shut() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  /// The journal's thread stands in the gate.
  void waitUntilHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_; });
  }
  void waitFor(size_t outcomes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_ == outcomes; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool held_ = false;
  size_t outcomes_ = 0;
};

struct Fixture {
  Fixture() {
    char name[] = "/tmp/facet-admission-XXXXXX";
    folder = mkdtemp(name);
    options.data = folder / "data";
    options.model = shopModel();
  }
  ~Fixture() {
    gate.open();
    node = nullptr;
    std::filesystem::remove_all(folder);
  }
  Node& start() {
    node = Node::start(options, gate);
    return *node;
  }
  static CommandBatch move() {
    return BatchOf(*shopModel())
        .add("MoveCustomer", {{"customer_id", Value::text("C1")}, {"region", Value::text("East")}})
        .done();
  }
  /// A batch whose outcome is stuck in the gate, and with it what follows.
  void startStuck() {
    start();
    gate.shut();
    BOOST_REQUIRE(node->submit(move()) == "");
    gate.waitUntilHeld();
  }
  /// Submits until it is refused; returns how many batches were taken.
  size_t fill(const std::function<CommandBatch()>& batch, std::string& refusal) {
    for (size_t taken = 0;; ++taken) {
      refusal = node->submit(batch());
      if (!refusal.empty()) return taken;
      BOOST_REQUIRE(taken < 2 * kMaxInFlightBatches);
    }
  }

  std::filesystem::path folder;
  NodeOptions options;
  Gate gate;
  std::unique_ptr<Node> node;
};

bool startsWith(const std::string& text, std::string_view part) {
  return text.starts_with(part);
}

BOOST_FIXTURE_TEST_CASE(a_new_folder_needs_a_model, Fixture) {
  options.model = nullptr;
  BOOST_CHECK_EXCEPTION(start(), std::invalid_argument, [](const auto& e) {
    return std::string(e.what()) == "a new data folder needs a model";
  });
}

BOOST_FIXTURE_TEST_CASE(a_node_needs_shards_and_threads, Fixture) {
  options.shards = 0;
  BOOST_CHECK_THROW(start(), std::invalid_argument);
  options.shards = 1;
  options.threads = 0;
  BOOST_CHECK_THROW(start(), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(a_node_that_stops_takes_nothing, Fixture) {
  start().stop();
  BOOST_TEST(startsWith(node->submit(move()), "stopping: "));
}

BOOST_FIXTURE_TEST_CASE(near_the_memory_ceiling_commands_are_refused_and_reads_go_on, Fixture) {
  options.memoryBytes = 1;
  const std::string refusal = start().submit(move());
  BOOST_TEST(startsWith(refusal, "overloaded: views and tables take "), refusal);
  BOOST_TEST(static_cast<bool>(node->cuts().pin()));
  BOOST_TEST(node->status().memoryBytes > node->status().memoryLimit);
}

BOOST_FIXTURE_TEST_CASE(batches_under_way_are_bounded_in_number, Fixture) {
  startStuck();
  std::string refusal;
  const size_t taken = fill(move, refusal);
  BOOST_TEST(taken == kMaxInFlightBatches);
  BOOST_TEST(startsWith(refusal, "overloaded: 20000 batches are under way"), refusal);
  gate.open();
  gate.waitFor(1 + taken);
  BOOST_TEST(node->submit(move()) == "");
  gate.waitFor(2 + taken);
}

BOOST_FIXTURE_TEST_CASE(batches_under_way_are_bounded_in_bytes, Fixture) {
  startStuck();
  const auto large = [] {
    CommandBatch batch = move();
    batch.rows.resize((size_t{16} << 20) / 8);
    return batch;
  };
  std::string refusal;
  const size_t taken = fill(large, refusal);
  BOOST_TEST(taken == (kMaxInFlightBytes >> 24) - 1);  // a batch is a little more than its rows
  BOOST_TEST(startsWith(refusal, "overloaded: 128 MiB of commands are under way"), refusal);
  BOOST_TEST(node->submit(move()) == "");  // a small one still fits
  gate.open();
  gate.waitFor(2 + taken);
  BOOST_TEST(node->submit(large()) == "");
  gate.waitFor(3 + taken);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
