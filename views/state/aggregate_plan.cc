// Which state an aggregate needs, and what can be done with it.
#include <fmt/format.h>

#include "values/assert.h"
#include "views/state/aggregates.h"

namespace facet {

namespace {

AggregatePlan::State extremeState(Kind kind) {
  using State = AggregatePlan::State;
  switch (kind) {
    case Kind::text:
    case Kind::bytes:
    case Kind::array:
      return State::extremeText;
    case Kind::numeric:
    case Kind::interval:
      return State::wideExtreme;
    default:
      return State::extreme;
  }
}

/// Integers, and decimals as they are in events and tables: of at most 64 bits each, so that no sum
/// of them leaves 128.
bool isShort(const Expr& argument, bool wideColumns) {
  if (argument.type.isInteger()) return true;
  return !wideColumns && argument.op == Op::column && argument.type.scale >= 0;
}

AggregatePlan::State stateOf(const Aggregate& aggregate, bool retractable, bool wideColumns) {
  using State = AggregatePlan::State;
  switch (aggregate.function) {
    case AggregateFunction::countRows:
      return aggregate.filter ? State::count : State::none;
    case AggregateFunction::count:
      return aggregate.distinct ? State::values : State::count;
    case AggregateFunction::sum:
    case AggregateFunction::avg:
      if (aggregate.argument->type.isFloat()) return State::floatSum;
      return isShort(*aggregate.argument, wideColumns) ? State::sum : State::wideSum;
    case AggregateFunction::min:
    case AggregateFunction::max:
      return retractable ? State::values : extremeState(aggregate.argument->type.kind);
    case AggregateFunction::boolAnd:
    case AggregateFunction::boolOr:
      return State::booleans;
  }
  FACET_ASSERT(false);
  return State::none;
}

}  // namespace

AggregatePlan::AggregatePlan(const Aggregate& aggregate, bool retractable, bool wideColumns)
    : function(aggregate.function),
      argument(aggregate.argument ? aggregate.argument->type : Type{}),
      type(aggregate.type),
      state(stateOf(aggregate, retractable, wideColumns)) {
  counted = state == State::sum && (aggregate.argument->nullable || aggregate.filter != nullptr);
  scales = state == State::wideSum && argument.scale == kAnyScale && retractable;
}

bool AggregatePlan::isLinear() const {
  switch (state) {
    case State::none:
    case State::count:
    case State::sum:
    case State::floatSum:
    case State::booleans:
      return true;
    case State::wideSum:
      return !scales;
    default:
      return false;
  }
}

bool AggregatePlan::isDirect() const {
  switch (state) {
    case State::wideSum:
      return !scales;
    case State::values:
      return function == AggregateFunction::count;
    case State::floatSum:
    case State::extremeText:
      return false;
    default:
      return true;
  }
}

std::string AggregatePlan::describe() const {
  if (state == State::none) return "nothing: it is the group's number of rows";
  if (state == State::extremeText) return "the value";
  if (state == State::values) {
    return fmt::format("{} bytes, and each distinct value with its count (about {} bytes)", bytes(),
                       function == AggregateFunction::count ? 80 : 200);
  }
  if (scales) return fmt::format("{} bytes, and each distinct scale with its count", bytes());
  return fmt::format("{} bytes", bytes());
}

uint32_t layOut(std::vector<AggregatePlan>& plans) {
  uint32_t bytes = 0;
  for (AggregatePlan& plan : plans) {
    plan.offset = bytes;
    bytes += plan.bytes();
  }
  return bytes;
}

}  // namespace facet
