// The life of a view: every state with every event, by the tables; and that a view keeps to them.
#include "views/view_life.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "tests/views/engine_vocabulary.h"
#include "views/live_view.h"

namespace facet::test {
namespace {

/// What becomes of a state, as its name; "-": it can't happen.
template <typename State, typename Event>
std::string nextName(State state, Event event) {
  const NextState<State> to = next(state, event);
  return to ? std::string(name(*to)) : "-";
}

/// A row of a table: what each event makes of the state.
template <typename Event, typename State>
std::string rowOf(State state, size_t events) {
  std::string out;
  for (size_t e = 0; e < events; ++e) {
    out += (e > 0 ? " " : "") + nextName(state, static_cast<Event>(e));
  }
  return out;
}

std::string viewRow(ViewState state) {
  return rowOf<ViewEvent>(state, kViewEvents);
}

/// Whether the action ends the process by an assertion.
template <typename Action>
bool isRefused(Action&& action) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    action();
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/// A view of one shard, whose chunks are told of by hand.
struct OneView {
  ModelPtr model =
      engineModel(kSales,
                  "CREATE MATERIALIZED VIEW v AS SELECT customer_id, count(*) AS n FROM sale"
                  " GROUP BY customer_id;");
  Tables tables{model};
  Cuts cuts{2, {0}};
  LiveView view{model, 0, 1, tables, cuts, 1, Position{0}};

  /// All shards have applied up to there.
  void apply(uint64_t position, uint64_t errors = 0) { view.report({position}, errors); }
  /// Everything else has.
  void others(uint64_t position) { cuts.publish(0, {position}); }
  /// Where a reader is answered from.
  uint64_t cut() {
    Cuts::Pin pin = cuts.pin();
    return view.cut(pin, nullptr).value;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(view_life)

// In the order of the events: restored, restoredDegraded, sound, soundLate, failed, seen, rebuilt,
// released.
BOOST_AUTO_TEST_CASE(each_event_makes_of_each_state_what_the_table_says) {
  BOOST_TEST(viewRow(ViewState::fresh) == "live degraded live - degraded - fresh released");
  BOOST_TEST(viewRow(ViewState::live) == "- - live - degraded - live released");
  BOOST_TEST(viewRow(ViewState::degraded) == "- - returning degraded degraded - degraded released");
  BOOST_TEST(viewRow(ViewState::returning) == "- - returning - degraded live returning released");
  BOOST_TEST(viewRow(ViewState::released) == "- - - - - - - -");

  // adopted, unlinked, freed
  BOOST_TEST(rowOf<CopiesEvent>(CopiesState::single, 3) == "older - -");
  BOOST_TEST(rowOf<CopiesEvent>(CopiesState::older, 3) == "- unlinked -");
  BOOST_TEST(rowOf<CopiesEvent>(CopiesState::unlinked, 3) == "- - single");

  // begun, chosen, ended
  BOOST_TEST(rowOf<CaptureEvent>(CaptureState::none, 3) == "open - none");
  BOOST_TEST(rowOf<CaptureEvent>(CaptureState::open, 3) == "- chosen none");
  BOOST_TEST(rowOf<CaptureEvent>(CaptureState::chosen, 3) == "- - none");
}

BOOST_AUTO_TEST_CASE(every_state_is_reached_and_all_but_the_last_can_be_left) {
  std::set<ViewState> reached{ViewState::fresh};
  for (size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const ViewState state : std::set(reached)) {
      for (size_t e = 0; e < kViewEvents; ++e) {
        if (const auto to = next(state, static_cast<ViewEvent>(e))) reached.insert(*to);
      }
    }
  }
  BOOST_TEST(reached.size() == kViewStates);
  for (const ViewState state : reached) {
    BOOST_TEST(
        (state == ViewState::released || next(state, ViewEvent::released) == ViewState::released));
  }
}

// A chunk that all have applied is an event of every state in which there are chunks, and what
// leaves errors ends where it does, wherever it began.
BOOST_AUTO_TEST_CASE(errors_degrade_and_only_a_sound_chunk_brings_it_back) {
  for (const ViewState state :
       {ViewState::fresh, ViewState::live, ViewState::degraded, ViewState::returning}) {
    BOOST_TEST((next(state, ViewEvent::failed) == ViewState::degraded));
    BOOST_TEST((next(state, ViewEvent::sound).has_value()));
    BOOST_TEST((next(state, ViewEvent::rebuilt) == state));
  }
  BOOST_TEST(!counts(ViewState::degraded));
  BOOST_TEST(counts(ViewState::returning));
  BOOST_TEST(holds(ViewState::returning));
  BOOST_TEST(!holds(ViewState::live));
}

BOOST_AUTO_TEST_CASE(a_view_goes_through_its_states) {
  OneView one;
  one.apply(1);
  one.others(1);
  BOOST_TEST(one.cut() == 1U);
  one.apply(2, 3);
  one.others(2);
  BOOST_TEST(one.view.degraded());
  BOOST_TEST((one.view.held() == Position{1}));
  BOOST_TEST(one.cut() == 1U);
  BOOST_TEST(one.cuts.visible().value == 2U);  // it holds nothing back
  one.others(4);
  one.apply(3);  // sound, and too late
  BOOST_TEST(one.view.fails());
  one.apply(4);
  BOOST_TEST(!one.view.degraded());
  BOOST_TEST(!one.view.held().has_value());
  BOOST_TEST(one.cut() == 4U);
  BOOST_TEST(one.view.failures() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_fails_again_before_anybody_saw_it_sound_keeps_its_cut) {
  OneView one;
  one.apply(1);
  one.others(1);
  one.apply(2, 1);
  one.apply(3);  // `visible` has not come so far
  BOOST_TEST(one.view.degraded());
  BOOST_TEST(!one.view.fails());
  one.apply(4, 1);
  BOOST_TEST((one.view.held() == Position{1}));
  one.apply(5);
  one.others(5);
  BOOST_TEST(!one.view.degraded());
  one.apply(6, 1);  // it was seen: the new cut is held
  BOOST_TEST((one.view.held() == Position{5}));
  BOOST_TEST(one.view.failures() == 3U);
}

BOOST_AUTO_TEST_CASE(what_can_not_happen_ends_the_process) {
  OneView one;
  BOOST_TEST(!isRefused([&] { one.view.restoreAt({7}, Position{6}); }));
  one.apply(1);
  BOOST_TEST(isRefused([&] { one.view.restoreAt({2}, std::nullopt); }));
  BOOST_TEST(isRefused([&] { one.apply(1); }));
  BOOST_TEST(isRefused([&] { one.view.captureAt({1}); }));
  BOOST_TEST(isRefused([&] {
    one.view.beginCapture({1});
    one.view.beginCapture({1});
  }));
  BOOST_TEST(isRefused([&] {
    const auto shards = one.view.releaseShards();
    one.apply(2);
  }));
  BOOST_TEST(!isRefused([&] { one.apply(2); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
