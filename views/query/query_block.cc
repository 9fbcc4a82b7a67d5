#include "views/query/query_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sql/one_row.h"
#include "values/assert.h"
#include "views/query/joined_rows.h"
#include "views/query/limits.h"
#include "views/tables/limits.h"
#include "views/tables/one_row_source.h"
#include "views/tables/row_bytes.h"

namespace facet {

namespace {

/// Whether each output is another column of the one relation: its rows are no larger than those.
bool isPartOfRow(const Select& select) {
  std::vector<bool> seen(select.from[0].relation->columns.size());
  return !select.aggregated && select.from.size() == 1 &&
         std::all_of(select.outputs.begin(), select.outputs.end(), [&](const OutputColumn& output) {
           if (output.expr->op != Op::column || seen[output.expr->column]) return false;
           seen[output.expr->column] = true;
           return true;
         });
}

}  // namespace

QueryBlock::QueryBlock(const QuerySources& sources, const Select& select, Position at,
                       QueryBudget& budget)
    : select_(select),
      budget_(budget),
      part_(budget),
      rows_(makeRows(sources, at)),
      groups_(select.aggregated ? std::make_unique<QueryGroups>(select) : nullptr),
      results_(select,
               !select.orderBy.empty() &&
                   (select.aggregated || relation_ == nullptr || !relation_->inOrder()),
               budget),
      maxRowBytes_(isPartOfRow(select) ? kMaxRowBytes : kMaxMadeRowBytes) {
  budget.watch(arena_);
  compile();
}

QueryBlock::~QueryBlock() = default;

std::unique_ptr<BlockRows> QueryBlock::makeRows(const QuerySources& sources, Position at) {
  const Select::From& first = select_.from[0];
  if (select_.from.size() > 1 || first.subselect) {
    return std::make_unique<JoinedRows>(sources, select_, at, budget_);
  }
  const RowSource& source =
      first.relation == &oneRow() ? oneRowSource() : sources.rowsOf(*first.relation);
  auto rows = std::make_unique<RelationRows>(source, select_, at, arena_, used_);
  relation_ = rows.get();
  return rows;
}

void QueryBlock::compile() {
  const ValuePlace place = [this](uint32_t input, uint32_t column) {
    const uint32_t out = rows_->placeOf(input, column);
    if (std::find(used_.begin(), used_.end(), out) == used_.end()) used_.push_back(out);
    return out;
  };
  const auto program = [&](const ExprPtr& expr) {
    return expr ? ValueProgram(expr, place, budget_) : ValueProgram();
  };
  // What stands behind a join is asked there.
  if (relation_ != nullptr || select_.from.size() == 1) {
    for (const ExprPtr& conjunct : select_.where) where_.push_back(program(conjunct));
  }
  for (const ExprPtr& expr : select_.groupBy) groupBy_.push_back(program(expr));
  for (const Aggregate& aggregate : select_.aggregates) {
    arguments_.push_back(program(aggregate.argument));
    filters_.push_back(program(aggregate.filter));
  }
  having_ = program(select_.having);
  for (const OutputColumn& output : select_.outputs) outputs_.push_back(program(output.expr));
  for (const OrderItem& item : select_.orderBy) orderBy_.push_back(program(item.expr));
}

bool QueryBlock::step(QuerySlice& slice) {
  FACET_ASSERT(!slice.isOver());
  if (select_.limit == 0) done_ = true;  // as PostgreSQL, which does not even begin then
  if (done_) return false;
  if (results_.ready() == 0) arena_.reset();
  mark_ = arena_.mark();
  const auto visit = [&](uint64_t times) {
    visitRow(times);
    mark_ = arena_.mark();
    return !results_.isFull();
  };
  if (rows_->step(slice, visit) && !results_.isFull()) return true;
  done_ = true;
  finish();
  account();
  return false;
}

void QueryBlock::visitRow(uint64_t times) {
  budget_.checkStop();
  EvalContext context;
  context.groupColumns = rows_->values();
  context.arena = &arena_;
  for (const ValueProgram& conjunct : where_) {
    if (!conjunct.holds(context)) {
      arena_.rewind(mark_);
      return account();
    }
  }
  if (groups_) {
    addGroup(context, times);
  } else {
    emit(context, relation_ != nullptr ? relation_->version() : nullptr, times);
  }
  account();
  if (groups_ || results_.sorts()) arena_.reset();  // both have copies of what they need
}

void QueryBlock::addGroup(const EvalContext& context, uint64_t times) {
  groupValues_.clear();
  argumentValues_.clear();
  passes_.clear();
  for (const ValueProgram& program : groupBy_) groupValues_.push_back(program.evaluate(context));
  for (size_t i = 0; i < arguments_.size(); ++i) {
    passes_.push_back(!filters_[i] || filters_[i].holds(context));
    argumentValues_.push_back(passes_.back() && arguments_[i] ? arguments_[i].evaluate(context)
                                                              : Value::null());
  }
  groups_->add(groupValues_, argumentValues_, passes_, times);
  budget_.checkRows(groups_->groups());
}

void QueryBlock::finish() {
  if (groups_) {
    groups_->forEach([&](const std::vector<Value>& group, const std::vector<Value>& aggregates) {
      budget_.checkStop();
      const Arena::Mark start = arena_.mark();
      EvalContext context;
      context.groupColumns = group.data();
      context.aggregates = aggregates.data();
      context.arena = &arena_;
      for (const Value& value : aggregates) checkQueryValue(value);
      if (having_ && !having_.holds(context)) return arena_.rewind(start);
      emit(context, nullptr, 1);
      account();
      if (results_.sorts()) arena_.reset();
    });
  }
  results_.finish();
}

void QueryBlock::emit(const EvalContext& context, const Version* version, uint64_t times) {
  ResultRow out;
  out.times = times;
  if (!results_.sorts()) out.version = version;
  const auto evaluateAll = [&](const std::vector<ValueProgram>& programs, std::vector<Value>& to) {
    to.reserve(programs.size());
    for (const ValueProgram& program : programs) to.push_back(program.evaluate(context));
  };
  evaluateAll(outputs_, out.row);
  checkRow(out.row);
  if (results_.sorts()) evaluateAll(orderBy_, out.order);
  // Texts of groups are in the groups; a relation's in its pinned rows or the arena: both outlast
  // the result. Those of a join only last as long as its row.
  if (relation_ == nullptr && !groups_ && !results_.sorts()) out.own();
  results_.add(std::move(out));
}

void QueryBlock::checkRow(const std::vector<Value>& row) const {
  size_t size = 0;
  for (const Value& value : row) size += tailBytes(value);
  if (size > maxRowBytes_) {
    throw QueryError(fmt::format(
        "a row of the answer has more than {} MiB of text; choose fewer columns, or shorten them "
        "with left(text, n)",
        maxRowBytes_ >> 20));
  }
}

// A place's bytes are its rows'.
std::string QueryBlock::bookmark() const {
  const Version* const last = results_.taken().version;
  if (relation_ == nullptr || last == nullptr || results_.repeats()) return {};
  return relation_->bookmarkBehind(*last);
}

bool QueryBlock::goOnBehind(std::string_view bookmark) {
  return relation_ != nullptr && !results_.sorts() && !groups_ && relation_->goOnBehind(bookmark);
}

}  // namespace facet
