// Which of several functions or operators of one name is meant: PostgreSQL's rules (its manual,
// chapter 10; func_select_candidate in parse_func.c), and the tables of those that facet has.
// Thread: immutable.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sql/expr.h"

namespace facet {

struct Overload {
  std::string_view name;
  Op op;
  Kind result;
  /// Kinds of the arguments; Kind::null fills the unused places.
  std::array<Kind, 3> args;
  /// PostgreSQL has it and facet does not (yet): it takes part in the choice, and is then refused.
  bool refused = false;

  size_t count() const;
};

struct Choice {
  const Overload* overload = nullptr;  // null: none, or several
  bool ambiguous = false;
};

/// Chooses by the kinds of the arguments (Kind::null: an untyped literal). `isOperator`: of two
/// arguments, an untyped one is first taken to be of the other's kind.
Choice chooseOverload(std::span<const Overload> candidates, std::span<const Kind> args,
                      bool isOperator);

/// All functions of the name, empty if there is none.
std::vector<Overload> functionsNamed(std::string_view name);
/// All binary, or prefix, operators of the name.
std::vector<Overload> operatorsNamed(std::string_view name, size_t argumentCount);

/// The name of a function that facet has that is closest to a wrong one; empty if none is close.
std::string_view closestFunction(std::string_view name);

}  // namespace facet
