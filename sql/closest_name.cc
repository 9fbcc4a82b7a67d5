#include "sql/closest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace facet {

namespace {

/// Optimal string alignment distance.
size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> beforeLast(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], beforeLast[j - 2] + 1);
    }
    std::swap(beforeLast, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

/// Names longer than this are not compared: identifiers end at 63 bytes.
constexpr size_t kMaxCompared = 128;

}  // namespace

std::string_view closestName(std::string_view wrong, std::span<const std::string_view> names) {
  if (wrong.size() > kMaxCompared) return {};
  std::string_view closest;
  size_t fewest = (wrong.size() + 2) / 3 + 1;
  for (const std::string_view name : names) {
    if (name.size() > kMaxCompared || name == wrong) continue;
    const size_t edits = editDistance(wrong, name);
    if (edits < fewest && edits < name.size()) {
      fewest = edits;
      closest = name;
    }
  }
  return closest;
}

std::string didYouMean(std::string_view wrong, std::span<const std::string_view> names) {
  const std::string_view closest = closestName(wrong, names);
  return closest.empty() ? std::string() : fmt::format("did you mean \"{}\"?", closest);
}

}  // namespace facet
