// Stages of a node by themselves: those of a start, each a value that the next one takes; and the
// admission, with the test in the place of the stage after it.
#include <boost/test/unit_test.hpp>

#include "actors/admission.h"
#include "actors/opened_log.h"
#include "actors/recover.h"
#include "storage/memory_log.h"
#include "tests/actors/bank.h"
#include "tests/actors/shop.h"

namespace facet::test {

BOOST_AUTO_TEST_SUITE(stages)

/// Takes what it is told.
struct Listener final : NodeListener {
  void onOutcomes(std::vector<BatchOutcome> more) override { outcomes += more.size(); }
  void onVisible(Position) override {}
  void onFailed(const std::string& reason) override { failure = reason; }
  void onDurable() override { ++durable; }

  size_t outcomes = 0;
  int durable = 0;
  std::string failure;
};

/// A start as far as recovery, in a folder.
struct Start {
  Start() {
    options.data = folder.path / "data";
    options.model = shopModel();
  }
  RecoveredState run() {
    OpenedLog opened = openLog(options);
    const LogOrigin origin = ownLog(opened, options);
    return recover(std::move(opened), origin, options, reports, nullptr);
  }

  TemporaryFolder folder;
  NodeOptions options;
  Listener listener;
  NodeReports reports{listener, nullptr};
};

BOOST_FIXTURE_TEST_CASE(each_stage_of_a_start_has_all_that_the_next_one_needs, Start) {
  OpenedLog opened = openLog(options);
  BOOST_TEST(opened.folder->isNew());
  BOOST_TEST(opened.log->end().next.value == 0U);
  const LogOrigin origin = ownLog(opened, options);
  BOOST_TEST(!origin.followed.has_value());
  BOOST_TEST(origin.newEpoch == "");
  const RecoveredState recovered = recover(std::move(opened), origin, options, reports, nullptr);
  BOOST_TEST((recovered.logId != LogId{}));
  BOOST_TEST(recovered.opened.log->end().next.value == 2U);  // birth and model
  BOOST_TEST(recovered.history->before({2}).size() == 2U);
  BOOST_TEST(recovered.state->views().size() == shopModel()->views().size());
  BOOST_TEST(recovered.figures.events == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_state_is_recovered_as_often_as_it_is_asked_for, Start) {
  LogId id;
  {
    const RecoveredState first = run();
    id = first.logId;
  }
  const RecoveredState again = run();
  BOOST_TEST((again.logId == id));
  BOOST_TEST(again.opened.log->end().next.value == 2U);
  BOOST_TEST((again.state->lag().head() == again.opened.log->end().last));
  BOOST_TEST(again.state->hasApplied(again.opened.log->end().last));
}

BOOST_FIXTURE_TEST_CASE(a_new_folder_without_a_model_has_nothing_written_to_it, Start) {
  options.model = nullptr;
  BOOST_CHECK_THROW(run(), std::invalid_argument);
  BOOST_TEST(openLog(options).log->end().next.value == 0U);
}

/// The stage after the admission; nothing is done with the batches.
struct Next final : BatchSink, VisibleSink {
  void submit(CommandBatch batch) override { batches.push_back(std::move(batch)); }
  void visible(Position) override {}

  std::vector<CommandBatch> batches;
};

/// An admission before a log with this room.
struct Door {
  explicit Door(uint64_t room) : log(room) {
    options.memoryBytes = uint64_t{1} << 40;
    admission.emplace(options, log, state, changes, listener, next);
  }

  static CommandBatch move() {
    return BatchOf(*shopModel())
        .add("MoveCustomer", {{"customer_id", Value::text("C1")}, {"region", Value::text("East")}})
        .done();
  }
  std::string submit() { return admission->submit(move()); }

  NodeOptions options;
  MemoryLog log;
  Next next;
  NodeState state{shopModel(), 1, {0}, steadyClock(), next};
  Changes changes;
  Listener listener;
  std::optional<Admission> admission;  // none before the options are there
};

BOOST_AUTO_TEST_CASE(a_log_without_room_lets_nothing_in_from_the_start) {
  Door door(1);
  BOOST_TEST(door.submit().starts_with("overloaded: the log is full: "));
  BOOST_TEST(door.admission->problems().size() == 1U);
  BOOST_TEST(door.next.batches.empty());
}

BOOST_AUTO_TEST_CASE(what_is_let_in_goes_on_and_its_outcome_gives_its_room_back) {
  Door door(UINT64_MAX);
  const uint64_t before = door.admission->memoryBytes();
  BOOST_TEST(door.submit() == "");
  BOOST_TEST(door.submit() == "");
  BOOST_REQUIRE(door.next.batches.size() == 2U);
  const size_t bytes = door.next.batches[0].admittedBytes + door.next.batches[1].admittedBytes;
  BOOST_TEST(door.admission->memoryBytes() == before + bytes);

  // They are under way: no longer than the time is waited for them.
  door.admission->close(std::chrono::milliseconds(0));
  BOOST_TEST(door.submit().starts_with("stopping: "));
  std::vector<BatchOutcome> outcomes(2);
  outcomes[0].admittedBytes = bytes;
  door.admission->outcomes(std::move(outcomes));
  BOOST_TEST(door.admission->memoryBytes() == before);
  BOOST_TEST(door.listener.outcomes == 2U);
  BOOST_TEST(door.listener.durable == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
