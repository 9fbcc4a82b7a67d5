// A whole replica without RPC: it shows what its upstream shows, from its own folder too, and a
// view whose digest is another one goes out of service.
#include <stdlib.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <mutex>

#include "actors/log/limits.h"
#include "actors/node.h"
#include "actors/snapshots/restore.h"
#include "actors/snapshots/snapshots.h"
#include "actors/snapshots/upkeep.h"
#include "tests/actors/log_feed.h"
#include "tests/actors/shop.h"

namespace facet::test {

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/facet-replica-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

class Listener final : public NodeListener {
 public:
  void onOutcomes(std::vector<BatchOutcome> outcomes) override {
    const std::lock_guard lock(mutex_);
    outcomes_ += outcomes.size();
  }
  void onVisible(Position) override {}
  void onFailed(const std::string& reason) override { BOOST_ERROR(reason); }
  void onAlarm(const std::string& what) override {
    const std::lock_guard lock(mutex_);
    alarms_.push_back(what);
  }
  size_t outcomes() const {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }
  std::vector<std::string> alarms() const {
    const std::lock_guard lock(mutex_);
    return alarms_;
  }

 private:
  mutable std::mutex mutex_;
  size_t outcomes_ = 0;
  std::vector<std::string> alarms_;
};

/// A primary, and the shop's commands to it.
struct Primary {
  Primary() { serve(shopModel()); }

  void serve(std::shared_ptr<const Model> model) {
    node = nullptr;
    NodeOptions options;
    options.data = folder.path / "primary";
    options.model = std::move(model);
    options.shards = 2;
    node = Node::start(std::move(options), listener);
  }

  /// Each order is a chunk of its own.
  void placeOrders(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const std::string id = std::to_string(++orders_);
      BatchOf batch(node->model());
      batch.add("MoveCustomer", {{"customer_id", Value::text(id)},
                                 {"region", Value::text(orders_ % 2 == 0 ? "North" : "South")}});
      submit(batch.done());
      BatchOf order(node->model());
      order.add("PlaceOrder", {{"order_id", Value::text(id)},
                               {"customer_id", Value::text(id)},
                               {"total", Value::numeric(orders_ * 10, 4)}});
      submit(order.done());
    }
  }

  Folder folder;
  Listener listener;
  std::unique_ptr<Node> node;

 private:
  void submit(CommandBatch batch) {
    const size_t before = listener.outcomes();
    BOOST_REQUIRE(node->submit(std::move(batch)).empty());
    BOOST_REQUIRE(signal_.wait([&] { return listener.outcomes() > before; }));
  }

  Signal signal_;
  unsigned orders_ = 0;
};

/// The primary's log, with its digests.
class PrimaryFeed final : public FeedSource {
 public:
  explicit PrimaryFeed(const Node& primary) : primary_(primary), chunks_(primary.log()) {}
  std::optional<LogId> agree(std::optional<LogId> own) override {
    claimed = own;
    return own ? own : primary_.logId();
  }
  std::optional<FeedBatch> next(const LogEnd& end) override {
    if (end.next >= pauseAt) {
      pausing_.wait([this] { return interrupted_.load(); });
      return std::nullopt;
    }
    std::optional<FeedBatch> batch = chunks_.next(end);
    if (!batch) return batch;
    DigestNotes::Some notes = primary_.digestNotes(notes_);
    notes_ = notes.next;
    batch->notes = std::move(notes.notes);
    if (wrongAbout != "") {
      for (DigestNote& note : batch->notes) note.digest += note.relation == wrongAbout ? 1 : 0;
    }
    batch->model = primary_.model().hash() + (otherModel ? 1 : 0);
    return batch;
  }
  std::optional<std::string> fetchSnapshot(SnapshotStore& store) override {
    if (snapshots.empty()) return std::string();
    const std::string name = SnapshotStore(snapshots).names().back();
    if (store.has(name)) return name;
    std::filesystem::copy(snapshots / name, store.folder() / name,
                          std::filesystem::copy_options::recursive);
    return name;
  }
  void refuse(const std::string& why) override { chunks_.refuse(why); }
  void stalled(const std::string& why, const LogEnd& end) override { chunks_.stalled(why, end); }
  void modelChanged() override { changedModel = true; }
  void interrupt() override {
    interrupted_ = true;
    chunks_.interrupt();
  }

  std::optional<LogId> claimed;     // by the replica, as its own
  ChunkNumber pauseAt{UINT64_MAX};  // from this chunk on nothing comes
  std::filesystem::path snapshots;  // where the upstream has them; empty: it has none
  std::string wrongAbout;           // a view or a table
  bool otherModel = false;          // the notes are of another model
  std::atomic<bool> changedModel{false};

 private:
  const Node& primary_;
  LogFeed chunks_;
  uint64_t notes_ = 0;
  Signal pausing_;
  std::atomic<bool> interrupted_{false};
};

struct Replica {
  Replica(const Folder& folder, FeedSource& feed, uint32_t shards = 3) {
    NodeOptions options;
    options.data = folder.path / "replica";
    options.shards = shards;
    node = Node::startReplica(std::move(options), feed, listener);
  }

  bool shows(Position position) {
    return signal.wait([&] { return node->cuts().visible() == position; });
  }
  uint64_t compared() const { return node->status().digestsCompared; }

  Listener listener;
  Signal signal;
  std::unique_ptr<Node> node;
};

std::vector<uint128> digests(const Node& node) {
  std::vector<uint128> out;
  const NodeStatus status = node.status();
  for (const RelationStatus& view : status.views) out.push_back(view.digest);
  for (const RelationStatus& table : status.tables) out.push_back(table.digest);
  return out;
}

void checkSame(Primary& primary, Replica& replica) {
  BOOST_TEST(replica.shows(primary.node->head()));
  BOOST_TEST(
      replica.signal.wait([&] { return primary.node->cuts().visible() == primary.node->head(); }));
  BOOST_TEST((digests(*primary.node) == digests(*replica.node)));
  BOOST_TEST((replica.node->log().end() == primary.node->log().end()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replica)

BOOST_AUTO_TEST_CASE(it_shows_what_its_upstream_shows) {
  Primary primary;
  primary.placeOrders(20);
  PrimaryFeed feed(*primary.node);
  Replica replica(primary.folder, feed);
  primary.placeOrders(30);
  checkSame(primary, replica);
  BOOST_TEST((replica.node->logId() == primary.node->logId()));
  BOOST_TEST((replica.node->epoch() == primary.node->epoch()));
  BOOST_TEST(replica.node->status().digestsDiffered == 0u);
}

BOOST_AUTO_TEST_CASE(it_starts_from_its_own_folder_without_an_upstream) {
  Primary primary;
  primary.placeOrders(20);
  std::vector<uint128> before;
  {
    PrimaryFeed feed(*primary.node);
    Replica replica(primary.folder, feed, 1);
    checkSame(primary, replica);
    before = digests(*replica.node);
  }
  PrimaryFeed feed(*primary.node);
  feed.interrupt();
  Replica replica(primary.folder, feed, 4);
  BOOST_TEST((digests(*replica.node) == before));
  BOOST_TEST(replica.node->recovery().events == primary.node->head().value);
}

BOOST_AUTO_TEST_CASE(a_replica_of_a_replica_has_the_same_log) {
  Primary primary;
  PrimaryFeed first(*primary.node);
  Replica replica(primary.folder, first);
  const Folder folder;
  PrimaryFeed second(*replica.node);
  Replica behind(folder, second);
  primary.placeOrders(20);
  checkSame(primary, replica);
  checkSame(primary, behind);
}

// The restored log begins as the old one does; its own birth comes at its end.
BOOST_AUTO_TEST_CASE(a_replica_of_a_restored_primary_is_of_its_log_from_the_beginning_on) {
  Primary old;
  old.placeOrders(20);
  const LogId oldId = old.node->logId();
  old.node->stop();
  old.node = nullptr;
  RestoreOptions wanted;
  wanted.from = old.folder.path / "primary";
  wanted.data = old.folder.path / "restored";
  const LogId id = restore(wanted).log;
  NodeOptions options;
  options.data = wanted.data;
  Listener listener;
  const auto restored = Node::start(std::move(options), listener);
  BOOST_REQUIRE((restored->logId() == id && id != oldId));
  {
    PrimaryFeed feed(*restored);
    feed.pauseAt = {10};  // long before the birth
    Replica replica(old.folder, feed);
    BOOST_TEST(!feed.claimed.has_value());
    BOOST_TEST((replica.node->logId() == id));
    feed.interrupt();
  }
  PrimaryFeed feed(*restored);
  Replica replica(old.folder, feed);
  BOOST_TEST((feed.claimed == id));
  BOOST_TEST(replica.shows(restored->head()));
  BOOST_TEST(
      replica.signal.wait([&] { return replica.node->log().end() == restored->log().end(); }));
  BOOST_TEST((replica.node->logId() == id));
  // What was a primary's folder is of the log that its last birth names.
  replica.node->stop();
  replica.node = nullptr;
  std::filesystem::rename(wanted.from, old.folder.path / "replica-before");
  std::filesystem::remove_all(old.folder.path / "replica");
  std::filesystem::rename(old.folder.path / "replica-before", old.folder.path / "replica");
  PrimaryFeed again(*restored);
  again.pauseAt = {0};
  const Replica former(old.folder, again);
  BOOST_TEST((again.claimed == oldId));
}

BOOST_AUTO_TEST_CASE(it_begins_with_its_upstreams_snapshot) {
  Primary primary;
  primary.placeOrders(40);
  const SnapshotInfo taken = primary.node->snapshots().create();
  primary.placeOrders(10);
  PrimaryFeed feed(*primary.node);
  feed.snapshots = primary.folder.path / "primary" / "snapshots";
  {
    Replica replica(primary.folder, feed);
    BOOST_TEST((replica.node->log().begin() == taken.manifest.commit.end));
    BOOST_TEST(replica.node->recovery().snapshot.value == taken.manifest.position().value);
    checkSame(primary, replica);
    primary.placeOrders(10);
    checkSame(primary, replica);
    // What is folded anew begins with the snapshot too.
    for (const VerifiedRelation& relation : replica.node->upkeep().verify().relations) {
      BOOST_TEST(relation.isSound(), relation.name);
    }
    replica.node->upkeep().rebuild("orders_by_region");
    checkSame(primary, replica);
  }
  PrimaryFeed again(*primary.node);
  Replica replica(primary.folder, again, 2);
  primary.placeOrders(10);
  checkSame(primary, replica);
  // One behind it begins with a snapshot of its own.
  replica.node->snapshots().create();
  const Folder folder;
  PrimaryFeed second(*replica.node);
  second.snapshots = primary.folder.path / "replica" / "snapshots";
  Replica behind(folder, second);
  primary.placeOrders(10);
  checkSame(primary, replica);
  checkSame(primary, behind);
}

/// The shop's, with a view more.
std::shared_ptr<const Model> largerModel() {
  std::vector<ModelFile> files = shopModel()->files();
  files.push_back(
      {"more.sql", "CREATE MATERIALIZED VIEW more AS SELECT count(*) AS n FROM orders;"});
  return loadModel(files);
}

BOOST_AUTO_TEST_CASE(views_of_a_new_model_come_with_a_snapshot_of_its_upstream) {
  Primary primary;
  const auto follow = [&](PrimaryFeed& feed) {
    feed.snapshots = primary.folder.path / "primary" / "snapshots";
    return std::make_unique<Replica>(primary.folder, feed);
  };
  primary.placeOrders(4);
  const LogEnd begin = primary.node->snapshots().create().manifest.commit.end;
  {
    PrimaryFeed feed(*primary.node);
    checkSame(primary, *follow(feed));
  }
  primary.serve(largerModel());
  BOOST_TEST(primary.node->recovery().filled == std::vector<std::string>{"more"});
  primary.placeOrders(4);
  {
    PrimaryFeed feed(*primary.node);
    const auto replica = follow(feed);
    BOOST_TEST(replica->signal.wait([&] { return feed.changedModel.load(); }));
  }
  primary.node->snapshots().create();
  primary.placeOrders(4);
  PrimaryFeed feed(*primary.node);
  const auto replica = follow(feed);
  BOOST_TEST((replica->node->log().begin() == begin));
  BOOST_TEST(replica->node->recovery().filled.empty());
  BOOST_TEST(replica->node->find("more") != nullptr);
  checkSame(primary, *replica);
  primary.placeOrders(4);
  checkSame(primary, *replica);
}

BOOST_AUTO_TEST_CASE(without_a_snapshot_a_log_that_begins_later_is_refused) {
  Primary primary;
  primary.placeOrders(4);
  primary.node->snapshots().create();
  PrimaryFeed feed(*primary.node);
  feed.snapshots = primary.folder.path / "primary" / "snapshots";
  { Replica replica(primary.folder, feed); }
  std::filesystem::remove_all(primary.folder.path / "replica" / "snapshots");
  BOOST_CHECK_EXCEPTION(Replica(primary.folder, feed), LogFailed, [](const LogFailed& failure) {
    return std::string(failure.what()).find("begins after position") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(what_needs_the_events_before_its_snapshot_is_refused) {
  Primary primary;
  primary.placeOrders(4);
  primary.node->snapshots().create();
  PrimaryFeed feed(*primary.node);
  feed.snapshots = primary.folder.path / "primary" / "snapshots";
  { Replica replica(primary.folder, feed); }
  NodeOptions options;
  options.data = primary.folder.path / "replica";
  options.model = largerModel();
  Listener listener;
  BOOST_CHECK_THROW(Node::start(options, listener), std::invalid_argument);
  options.model = shopModel();
  BOOST_TEST(Node::start(options, listener)->recovery().snapshot.value > 0u);
}

BOOST_AUTO_TEST_CASE(it_takes_no_commands) {
  Primary primary;
  PrimaryFeed feed(*primary.node);
  Replica replica(primary.folder, feed);
  BOOST_TEST(replica.node->submit({}).find("replica") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(digests_are_compared_at_agreed_positions) {
  Primary primary;
  PrimaryFeed feed(*primary.node);
  Replica replica(primary.folder, feed);
  primary.placeOrders(4 * kDigestEvery);
  checkSame(primary, replica);

  primary.placeOrders(2);  // brings the last notes
  // Seven of eight agreed chunks at least, and all views but the degraded one.
  BOOST_TEST(replica.signal.wait([&] { return replica.compared() >= 7 * 3; }));
  BOOST_TEST(replica.listener.alarms().empty());
}

BOOST_AUTO_TEST_CASE(digests_that_came_with_the_logs_beginning_are_compared_too) {
  Primary primary;
  primary.placeOrders(2 * kDigestEvery);
  BOOST_TEST(Signal().wait([&] { return primary.node->digestNotes(0).notes.size() >= 3 * 3; }));
  PrimaryFeed feed(*primary.node);
  Replica replica(primary.folder, feed);
  checkSame(primary, replica);
  BOOST_TEST(replica.compared() >= 3 * 3u);
}

BOOST_AUTO_TEST_CASE(a_view_that_differs_goes_out_of_service_and_the_others_go_on) {
  Primary primary;
  PrimaryFeed feed(*primary.node);
  feed.wrongAbout = "orders_by_region";
  Replica replica(primary.folder, feed);
  primary.placeOrders(2 * kDigestEvery);
  const LiveRelation* wrong = replica.node->find("orders_by_region");
  const auto out = [&] {
    primary.placeOrders(1);
    return wrong->outOfService() != nullptr;
  };
  BOOST_TEST(replica.signal.wait(out));
  BOOST_TEST(replica.node->find("open_orders")->outOfService() == nullptr);
  BOOST_TEST(replica.shows(primary.node->head()));
  BOOST_REQUIRE(!replica.listener.alarms().empty());
  const std::string alarm = replica.listener.alarms().front();
  BOOST_TEST(alarm.find("\"orders_by_region\" has diverged: at position") != std::string::npos);
  for (const RelationStatus& view : replica.node->status().views) {
    BOOST_TEST(view.state == (view.name == "orders_by_region" ? "diverged" : "live"));
  }
  // Filled anew it is back.
  replica.node->upkeep().rebuild("orders_by_region");
  BOOST_TEST(wrong->outOfService() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_table_that_differs_goes_out_of_service_and_the_others_go_on) {
  Primary primary;
  PrimaryFeed feed(*primary.node);
  feed.wrongAbout = "orders";
  Replica replica(primary.folder, feed);
  const LiveRelation* wrong = replica.node->find("orders");
  const auto out = [&] {
    primary.placeOrders(kDigestEvery);
    return wrong->outOfService() != nullptr;
  };
  BOOST_TEST(replica.signal.wait(out));
  BOOST_TEST(replica.node->find("customers")->outOfService() == nullptr);
  BOOST_TEST(replica.node->find("open_orders")->outOfService() == nullptr);
  BOOST_TEST(replica.shows(primary.node->head()));
  BOOST_REQUIRE(!replica.listener.alarms().empty());
  const std::string alarm = replica.listener.alarms().front();
  BOOST_TEST(alarm.find("the table \"orders\" has diverged: at position") != std::string::npos);
  const NodeStatus status = replica.node->status();
  for (const RelationStatus& table : status.tables) {
    BOOST_TEST(table.state == (table.name == "orders" ? "diverged" : "live"));
  }
  const auto isTold = [](const std::string& problem) {
    return problem.find("table orders is not served: at position") == 0;
  };
  BOOST_TEST(std::any_of(status.problems.begin(), status.problems.end(), isTold));
}

BOOST_AUTO_TEST_CASE(digests_of_another_model_are_not_compared) {
  Primary primary;
  PrimaryFeed feed(*primary.node);
  feed.wrongAbout = "orders_by_region";
  feed.otherModel = true;
  Replica replica(primary.folder, feed);
  primary.placeOrders(2 * kDigestEvery);
  checkSame(primary, replica);
  primary.placeOrders(2);
  checkSame(primary, replica);
  BOOST_TEST(replica.compared() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
