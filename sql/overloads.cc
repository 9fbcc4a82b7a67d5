#include "sql/overloads.h"

#include <algorithm>

#include "sql/type_rules.h"

namespace facet {

namespace {

using Candidates = std::vector<const Overload*>;
using Kinds = std::span<const Kind>;

bool accepts(const Overload& overload, Kinds args) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (!canCast(args[i], overload.args[i], CastContext::implicit)) return false;
  }
  return true;
}

bool isExact(const Overload& overload, Kinds args) {
  return std::equal(args.begin(), args.end(), overload.args.begin());
}

/// Keeps the candidates with the greatest score.
template <typename Score>
void keepBest(Candidates& candidates, Score&& score) {
  size_t best = 0;
  for (const Overload* c : candidates) best = std::max(best, score(*c));
  std::erase_if(candidates, [&](const Overload* c) { return score(*c) < best; });
}

size_t exactMatches(const Overload& overload, Kinds args) {
  size_t matches = 0;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] != Kind::null && args[i] == overload.args[i]) ++matches;
  }
  return matches;
}

size_t exactOrPreferred(const Overload& overload, Kinds args) {
  size_t matches = 0;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == Kind::null) continue;
    const Kind slot = overload.args[i];
    const bool preferred = isPreferred(slot) && categoryOf(slot) == categoryOf(args[i]);
    if (slot == args[i] || preferred) ++matches;
  }
  return matches;
}

/// What an untyped argument is taken for: a category, and whether a candidate has its preferred
/// type there.
struct SlotGuess {
  Category category = Category::unknown;
  bool hasPreferred = false;
  bool conflict = false;
};

SlotGuess guessSlot(const Candidates& candidates, size_t slot) {
  SlotGuess guess;
  for (const Overload* c : candidates) {
    const Category category = categoryOf(c->args[slot]);
    const bool preferred = isPreferred(c->args[slot]);
    if (guess.category == Category::unknown) {
      guess.category = category;
      guess.hasPreferred = preferred;
    } else if (category == guess.category) {
      guess.hasPreferred |= preferred;
    } else if (category == Category::string) {
      guess.category = category;
      guess.hasPreferred = preferred;
    } else {
      guess.conflict = true;
    }
  }
  return guess;
}

/// Untyped literals: strings if a candidate takes one there, else what all candidates agree on.
void resolveUntyped(Candidates& candidates, Kinds args) {
  Candidates kept = candidates;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] != Kind::null) continue;
    const SlotGuess guess = guessSlot(candidates, i);
    if (guess.conflict && guess.category != Category::string) return;
    std::erase_if(kept, [&](const Overload* c) {
      return categoryOf(c->args[i]) != guess.category ||
             (guess.hasPreferred && !isPreferred(c->args[i]));
    });
  }
  if (!kept.empty()) candidates = kept;
}

/// If all typed arguments have one kind, the untyped ones are taken to have it too.
void resolveByKnownKind(Candidates& candidates, Kinds args) {
  Kind known = Kind::null;
  for (const Kind kind : args) {
    if (kind == Kind::null) continue;
    if (known != Kind::null && kind != known) return;
    known = kind;
  }
  if (known == Kind::null) return;
  const std::vector<Kind> assumed(args.size(), known);
  Candidates kept = candidates;
  std::erase_if(kept, [&](const Overload* c) { return !accepts(*c, assumed); });
  if (kept.size() == 1) candidates = kept;
}

}  // namespace

size_t Overload::count() const {
  return static_cast<size_t>(std::find(args.begin(), args.end(), Kind::null) - args.begin());
}

Choice chooseOverload(std::span<const Overload> all, Kinds args, bool isOperator) {
  Candidates candidates;
  for (const Overload& o : all) {
    if (o.count() == args.size() && isExact(o, args)) return {&o};
    if (o.count() == args.size() && accepts(o, args)) candidates.push_back(&o);
  }
  if (isOperator && args.size() == 2) {
    const Kind assumed = args[0] == Kind::null ? args[1] : args[0];
    if (args[0] == Kind::null || args[1] == Kind::null) {
      for (const Overload* o : candidates) {
        if (isExact(*o, std::array{assumed, assumed})) return {o};
      }
    }
  }
  keepBest(candidates, [&](const Overload& o) { return exactMatches(o, args); });
  if (candidates.size() > 1) {
    keepBest(candidates, [&](const Overload& o) { return exactOrPreferred(o, args); });
  }
  const bool untyped = std::find(args.begin(), args.end(), Kind::null) != args.end();
  if (candidates.size() > 1 && untyped) resolveUntyped(candidates, args);
  if (candidates.size() > 1 && untyped) resolveByKnownKind(candidates, args);
  if (candidates.size() == 1) return {candidates.front()};
  return {nullptr, !candidates.empty()};
}

}  // namespace facet
