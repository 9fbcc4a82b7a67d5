// What a snapshot is loaded beside, and what after.
#include "actors/snapshot_load.h"

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>

#include "actors/live_view.h"
#include "actors/refold.h"
#include "actors/snapshots.h"
#include "tests/actors/bank.h"

namespace facet::test {

namespace {

/// Holds up whoever reads a frame of a table, to see whether somebody reads one of a view
/// meanwhile.
class SlowTables final : public SnapshotReader {
 public:
  explicit SlowTables(const SnapshotReader& reader) : reader_(reader) {}
  const std::string& manifest() const override { return reader_.manifest(); }
  const LogEnd& end() const override { return reader_.end(); }
  void read(const std::function<void(std::string_view)>& visit) const override {
    reader_.read(visit);
  }
  uint64_t readSome(uint64_t from, size_t maxBytes,
                    const std::function<void(std::string_view)>& visit) const override {
    return reader_.readSome(from, maxBytes, [&](std::string_view frame) {
      note(frameKind(frame).part);
      visit(frame);
    });
  }

  bool isViewBesideTable() const { return viewBesideTable_; }
  bool hasTables() const { return tables_ > 0; }
  bool hasViews() const { return seen_; }

 private:
  void note(StatePart part) const {
    std::unique_lock lock(mutex_);
    if (part == StatePart::table) {
      ++tables_;
      viewBesideTable_ =
          changed_.wait_for(lock, std::chrono::milliseconds(200), [this] { return seen_; });
    } else if (part < StatePart::table) {
      seen_ = true;
      changed_.notify_all();
    }
  }

  const SnapshotReader& reader_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable size_t tables_ = 0;
  mutable bool seen_ = false;
  mutable bool viewBesideTable_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot_load)

// What is below joins is joined to the rows of tables when it is restored.
BOOST_AUTO_TEST_CASE(views_are_restored_after_all_tables) {
  TemporaryFolder folder;
  Bank bank(folder.path / "data");
  bank.openAccounts();
  std::mt19937_64 random(1);
  bank.trade(random, 100);
  bank.outcomes.waitForAll();
  bank.node->snapshots().create();
  const auto snapshot = bank.node->snapshots().open("");
  BOOST_REQUIRE(snapshot.has_value());

  std::vector<const LiveView*> views;
  for (const ViewType& view : bank.node->model().views()) {
    views.push_back(dynamic_cast<const LiveView*>(bank.node->find(view.relation.name)));
  }
  const SlowTables reader(*snapshot->reader);
  Refold refold(bank.node->sharedModel(), views);
  refold.load(reader, decodeManifest(reader.manifest(), snapshot->name));
  BOOST_TEST(reader.hasTables());
  BOOST_TEST(reader.hasViews());
  BOOST_TEST(!reader.isViewBesideTable());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
