// The lab: a model that has a column of every type, nullable and not, in two tables and an event,
// and random events for it, with values at the edges of their types. Thread: the test's.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/differential/twin.h"

namespace facet::test {

/// Readings of things (an event), things and places (tables; a place has two key columns).
std::string labModelText();

/// What an expression can be made of: a column as SQL names it, and the letters of its type, as
/// shapes.h has them.
struct LabColumn {
  std::string sql;
  std::string type;
};

/// Columns of reading, things (the same ones) or places, named through an alias; all of them can be
/// used in an expression.
std::vector<LabColumn> labColumns(const std::string& relation, const std::string& alias);

/// The letters of a type: "i4", "t"; empty: there are no expressions over it.
std::string typeLetters(const Type& type);

/// Events for the lab, which its tables accept.
class LabEvents {
 public:
  LabEvents(const Model& model, uint64_t seed) : model_(model), random_(seed) {}
  std::vector<EventText> chunk(size_t events);

 private:
  using Values = std::map<std::string, std::string>;
  size_t pick(size_t n) { return random_() % n; }
  bool chance(size_t percent) { return pick(100) < percent; }
  EventText make(const std::string& name, const Values& values) const;
  EventText thing();
  EventText place();
  /// A value for each column that the event has.
  void fill(const std::string& relation, Values& values);
  std::string value(const std::string& type);

  const Model& model_;
  std::mt19937_64 random_;
  std::set<std::string> things_;
  std::set<std::pair<std::string, std::string>> places_;
  int64_t nextReading_ = 1;
};

}  // namespace facet::test
