#include "actors/log/commit_index.h"

#include <algorithm>

#include "values/assert.h"

namespace facet {

void CommitIndex::note(const Commit& commit, Position horizon) {
  const std::lock_guard lock(mutex_);
  // A start that folds the log twice notes its end twice.
  FACET_ASSERT(commits_.empty() || commits_.back().end.next <= commit.end.next,
               commit.end.next.value);
  FACET_ASSERT(commits_.empty() || commits_.back().end.last <= commit.end.last, commit.end.last);
  commits_.push_back(commit);
  while (commits_.size() > 1 && commits_[1].end.last <= horizon) commits_.pop_front();
}

std::optional<Commit> CommitIndex::at(Position position) const {
  const std::lock_guard lock(mutex_);
  const auto after =
      std::upper_bound(commits_.begin(), commits_.end(), position,
                       [](Position at, const Commit& commit) { return at < commit.end.last; });
  if (after == commits_.begin() || (after - 1)->end.last != position) return std::nullopt;
  return *(after - 1);
}

}  // namespace facet
