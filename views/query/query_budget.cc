#include "views/query/query_budget.h"

#include <fmt/format.h>

#include <string>

namespace facet {

void checkQueryValue(const Value& value) {
  if (!value.isError()) return;
  const std::string text(errorText(value.errorCode()));
  if (value.errorCode() == ErrorCode::interrupted) throw QueryInterrupted(text);
  throw QueryError(text);
}

QueryBudget::QueryBudget(QueryLimits limits) : limits_(limits) {
  watch(folding_);
}

void QueryBudget::Part::set(uint64_t bytes, uint64_t work) {
  budget_.held_ += bytes - bytes_;
  budget_.work_ += work - work_;
  bytes_ = bytes;
  work_ = work;
  budget_.check();
}

void QueryBudget::Part::giveBack(uint64_t bytes) {
  budget_.held_ -= bytes_ - bytes;
  bytes_ = bytes;
}

void QueryBudget::checkStop() const {
  if (folding_.work().interrupted()) checkQueryValue(Value::error(ErrorCode::interrupted));
}

void QueryBudget::checkRows(uint64_t rows) const {
  if (rows <= limits_.maxRows) return;
  throw QueryError(fmt::format(
      "the query sorts, groups or joins more than {} rows; narrow it with WHERE, or make a view of "
      "it",
      limits_.maxRows));
}

void QueryBudget::check() {
  if (held_ > limits_.maxBytes) {
    throw QueryError(
        fmt::format("the query needs more than {} MiB of memory; narrow it with WHERE, or make a "
                    "view of it",
                    limits_.maxBytes >> 20));
  }
  if (limits_.maxWork != 0 && work_ > limits_.maxWork) {
    throw QueryError(fmt::format(
        "the query takes more than {} MiB of work; narrow it with WHERE, or make a view "
        "of it",
        limits_.maxWork >> 20));
  }
  if (limits_.memory == nullptr || held_ <= granted_) return;
  granted_ = limits_.memory->growTo(held_);
  if (granted_ == 0) throw QueryStarved(std::string(kStarved));
}

}  // namespace facet
