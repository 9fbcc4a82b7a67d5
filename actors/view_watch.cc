#include "actors/view_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "actors/limits.h"
#include "actors/threads/threads.h"
#include "values/assert.h"

namespace facet {

namespace {

constexpr const char* kCopes = "a view whose expression copes with it (CASE, NULLIF)";

/// What makes a degraded view live again.
std::string wayOut(const ViewType& view, const RelationStatus& status) {
  const std::vector<Select::From>& from = view.select.from;
  if (from.front().relation->kind != RelationKind::event) {
    return fmt::format("A command that corrects the row of {}, or {}, makes it live again",
                       from.front().relation->name, kCopes);
  }
  const std::string skip = fmt::format(
      "facet skip {} {}", view.name,
      status.errorEvent.value == 0 ? "POSITION" : fmt::to_string(status.errorEvent.value));
  const std::string correct =
      from.size() == 1
          ? "No command corrects an event"
          : "A command that corrects a joined row makes it live again. An event is not "
            "corrected";
  return fmt::format("{}: `{}` leaves it out of this view for good; or serve {}", correct, skip,
                     kCopes);
}

}  // namespace

std::string viewProblem(const ViewType& view, const RelationStatus& status) {
  if (status.state == "live") return {};
  if (status.state == "diverged")
    return fmt::format("view {} is not served: {}", status.name, status.error);
  return fmt::format("view {} is degraded: {}; readers see it as of position {}. {}", status.name,
                     status.error, status.position, wayOut(view, status));
}

std::string tableProblem(const RelationStatus& status) {
  if (status.state == "live") return {};
  return fmt::format(
      "table {} is not served: {}. `facet verify` on both tells which is wrong; that one begins "
      "anew from the log: stop it, move its folder's snapshots away (of a replica whose log begins "
      "later: remove the folder), and start it",
      status.name, status.error);
}

TurnTeller::Line TurnTeller::look(bool fails, uint64_t failures, int64_t now) {
  if (fails == fails_ && failures == failures_) return Line::none;
  // One that was told of long ago no longer counts.
  const int64_t pause = kTurnPause.count();
  const auto over = static_cast<int>(std::min<int64_t>((now - since_) / pause, lines_));
  lines_ -= over;
  since_ = lines_ == 0 ? now : since_ + over * pause;
  FACET_ASSERT(lines_ >= 0 && lines_ <= kTurnLines, lines_);
  if (lines_ == kTurnLines) return Line::none;
  ++lines_;
  const uint64_t more = failures - failures_;
  untold_ = more > 0 ? more - 1 : 0;
  fails_ = fails;
  failures_ = failures;
  return fails ? Line::degraded : Line::liveAgain;
}

ViewWatch::ViewWatch(std::vector<const LiveView*> views, Cuts& cuts, Clock& steady, Notice tell)
    : views_(std::move(views)),
      cuts_(cuts),
      clock_(steady),
      tell_(std::move(tell)),
      tellers_(views_.size()) {
  thread_ = startThread([this] { run(); });
}

void ViewWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ViewWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const int64_t now = clock_.now() / 1000;
    for (size_t i = 0; i < views_.size(); ++i) look(i, now);
    lock.lock();
    changed_.wait_for(lock, kTurnLook, [this] { return stopping_; });
  }
}

void ViewWatch::look(size_t index, int64_t now) {
  const LiveView& view = *views_[index];
  TurnTeller& teller = tellers_[index];
  const uint64_t failures = view.failures();
  switch (teller.look(view.fails(), failures, now)) {
    case TurnTeller::Line::none:
      return;
    case TurnTeller::Line::degraded: {
      const Cuts::Pin pin = cuts_.pin();
      if (!pin) return;
      std::string line = viewProblem(*view.view(), view.status(pin));
      if (line.empty()) return;  // it turned meanwhile: that is told of next
      if (teller.untold() > 0)
        line += fmt::format(" ({} times since the last line)", teller.untold() + 1);
      return tell_(line);
    }
    case TurnTeller::Line::liveAgain:
      return tell_(fmt::format(
          "view {} is live again{}", view.view()->name,
          teller.untold() > 0 ? fmt::format(", after {} failures", teller.untold() + 1) : ""));
  }
}

}  // namespace facet
