// What a snapshot is loaded beside, and what after.
#include "actors/snapshots/snapshot_load.h"

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actors/snapshots/refold.h"
#include "actors/snapshots/snapshots.h"
#include "tests/actors/bank.h"
#include "views/live_view.h"

namespace facet::test {

namespace {

/// Holds up whoever reads a frame of a table, to see whether somebody reads one of a view that
/// joins it, or of another one, meanwhile.
class SlowTables final : public SnapshotReader {
 public:
  SlowTables(const SnapshotReader& reader, uint32_t joinedView)
      : reader_(reader), joinedView_(joinedView) {}
  const std::string& manifest() const override { return reader_.manifest(); }
  const LogEnd& end() const override { return reader_.end(); }
  void read(const std::function<void(std::string_view)>& visit) const override {
    reader_.read(visit);
  }
  uint64_t readSome(uint64_t from, size_t maxBytes,
                    const std::function<void(std::string_view)>& visit) const override {
    return reader_.readSome(from, maxBytes, [&](std::string_view frame) {
      note(frameKind(frame));
      visit(frame);
    });
  }

  bool isJoinedViewBeside() const { return joinedBeside_; }
  bool isOtherViewBeside() const { return otherBeside_; }
  bool hasJoinedView() const { return joined_; }

 private:
  void note(FrameKind kind) const {
    std::unique_lock lock(mutex_);
    if (kind.part == StatePart::table) {
      changed_.wait_for(lock, std::chrono::milliseconds(200), [this] { return joined_; });
      joinedBeside_ = joined_;
      otherBeside_ = other_;
    } else if (kind.part < StatePart::table) {
      (kind.index == joinedView_ ? joined_ : other_) = true;
      changed_.notify_all();
    }
  }

  const SnapshotReader& reader_;
  uint32_t joinedView_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool joined_ = false;
  mutable bool other_ = false;
  mutable bool joinedBeside_ = false;
  mutable bool otherBeside_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot_load)

// What is below joins is joined to the rows of tables when it is restored; other views need not
// wait.
BOOST_AUTO_TEST_CASE(views_are_restored_after_the_tables_that_they_join) {
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
  uint32_t joined = UINT32_MAX;
  for (const ViewType& view : bank.node->model().views()) {
    if (view.name == "regions") joined = static_cast<uint32_t>(views.size());
    views.push_back(dynamic_cast<const LiveView*>(bank.node->find(view.name)));
  }
  const SlowTables reader(*snapshot->reader, joined);
  Refold refold(bank.node->sharedModel(), views);
  refold.load(reader, decodeManifest(reader.manifest(), snapshot->name));
  BOOST_TEST(reader.hasJoinedView());
  BOOST_TEST(!reader.isJoinedViewBeside());
  BOOST_TEST(reader.isOtherViewBeside() == (std::thread::hardware_concurrency() > 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
