// The life of a view as the node runs it (live_view.h), as three small lives that go on side by
// side, each a table of what an event makes of a state. What is not in a table can't happen: a view
// that sees it asserts.
//
//   ViewState        whether it counts, and what its readers are answered from
//   CopiesState  whether a rebuild has left an older copy of its rows
//   CaptureState     whether a snapshot is reading it
//
// Whether it is out of service (out_of_service.h) is beside all of them: that is said of a view by
// those who distrust it, in whatever state it is.
//
// Thread: pure functions and constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "values/assert.h"

namespace facet {

enum class ViewState : uint8_t {
  fresh,      // made: no chunk was applied, and nothing was restored
  live,       // its readers follow `visible`, which it holds back
  degraded,   // rows fail: readers are answered from the held cut; it holds nothing back
  returning,  // sound again: it counts; readers have the held cut until `visible` has come so far
  released,   // its shards are another view's now
};
constexpr size_t kViewStates = 5;

enum class ViewEvent : uint8_t {
  restored,          // its shards are as a snapshot, or a fold beside, had them
  restoredDegraded,  // the same, and it was degraded there
  sound,             // all shards have applied a chunk, which leaves no error, in time to count
  soundLate,         // the same, but `visible` is further
  failed,            // all shards have applied a chunk, which leaves errors
  seen,              // `visible` has reached the position from which on it is sound
  rebuilt,           // it has the shards of a copy
  released,          // another view has its shards
};
constexpr size_t kViewEvents = 8;

/// None: it can't happen.
template <typename State>
using NextState = std::optional<State>;

/// By state, then by event.
template <typename State, size_t States, size_t Events>
using LifeTable = std::array<std::array<NextState<State>, Events>, States>;

constexpr NextState<ViewState> next(ViewState state, ViewEvent event) {
  using enum ViewState;
  constexpr NextState<ViewState> no;
  // In the order of ViewEvent.
  // clang-format off
  constexpr LifeTable<ViewState, kViewStates, kViewEvents> life{{
      /* fresh     */ {live, degraded, live,      no,       degraded, no,   fresh,     released},
      /* live      */ {no,   no,       live,      no,       degraded, no,   live,      released},
      /* degraded  */ {no,   no,       returning, degraded, degraded, no,   degraded,  released},
      /* returning */ {no,   no,       returning, no,       degraded, live, returning, released},
      /* released  */ {no,   no,       no,        no,       no,       no,   no,        no},
  }};
  // clang-format on
  return life[static_cast<size_t>(state)][static_cast<size_t>(event)];
}

/// Whether `visible` waits for it.
constexpr bool counts(ViewState state) {
  return state != ViewState::degraded && state != ViewState::released;
}
/// Whether there is a held cut.
constexpr bool holds(ViewState state) {
  return state == ViewState::degraded || state == ViewState::returning;
}

constexpr std::string_view name(ViewState state) {
  constexpr std::array<std::string_view, kViewStates> names{"fresh", "live", "degraded",
                                                            "returning", "released"};
  return names[static_cast<size_t>(state)];
}
constexpr std::string_view name(ViewEvent event) {
  constexpr std::array<std::string_view, kViewEvents> names{
      "restored", "restoredDegraded", "sound",   "soundLate", "failed",
      "seen",     "rebuilt",          "released"};
  return names[static_cast<size_t>(event)];
}

enum class CopiesState : uint8_t {
  single,    // all readers have one copy
  older,     // those of cuts before the newest one's start find the one before it
  unlinked,  // nobody finds that one any more; some may still read it
};
enum class CopiesEvent : uint8_t { adopted, unlinked, freed };

constexpr NextState<CopiesState> next(CopiesState state, CopiesEvent event) {
  using enum CopiesState;
  constexpr NextState<CopiesState> no;
  // clang-format off
  constexpr LifeTable<CopiesState, 3, 3> life{{
      /* single   */ {older, no,       no},
      /* older    */ {no,    unlinked, no},
      /* unlinked */ {no,    no,       single},
  }};
  // clang-format on
  return life[static_cast<size_t>(state)][static_cast<size_t>(event)];
}

enum class CaptureState : uint8_t {
  none,
  open,    // all that any cut from a position on may need is kept
  chosen,  // what the cut needs is kept
};
enum class CaptureEvent : uint8_t {
  begun,
  chosen,
  ended,  // also twice, and where it was given up
};

constexpr NextState<CaptureState> next(CaptureState state, CaptureEvent event) {
  using enum CaptureState;
  constexpr NextState<CaptureState> no;
  // clang-format off
  constexpr LifeTable<CaptureState, 3, 3> life{{
      /* none   */ {open, no,     none},
      /* open   */ {no,   chosen, none},
      /* chosen */ {no,   no,     none},
  }};
  // clang-format on
  return life[static_cast<size_t>(state)][static_cast<size_t>(event)];
}

constexpr std::string_view name(CopiesState state) {
  constexpr std::array<std::string_view, 3> names{"single", "older", "unlinked"};
  return names[static_cast<size_t>(state)];
}
constexpr std::string_view name(CopiesEvent event) {
  constexpr std::array<std::string_view, 3> names{"adopted", "unlinked", "freed"};
  return names[static_cast<size_t>(event)];
}
constexpr std::string_view name(CaptureState state) {
  constexpr std::array<std::string_view, 3> names{"none", "open", "chosen"};
  return names[static_cast<size_t>(state)];
}
constexpr std::string_view name(CaptureEvent event) {
  constexpr std::array<std::string_view, 3> names{"begun", "chosen", "ended"};
  return names[static_cast<size_t>(event)];
}

/// One of the three, as it goes.
template <typename State, typename Event>
class Life {
 public:
  explicit Life(State begin) : state_(begin) {}
  State state() const { return state_; }
  bool is(State state) const { return state_ == state; }
  /// Asserts that it can happen.
  void move(Event event) {
    const NextState<State> to = next(state_, event);
    FACET_ASSERT(to.has_value(), name(state_), name(event));
    state_ = *to;
  }

 private:
  State state_;
};

}  // namespace facet
