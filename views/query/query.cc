#include "views/query/query.h"

#include <utility>

#include "sql/bind.h"
#include "sql/from_clause.h"
#include "views/query/query_block.h"
#include "views/query/query_budget.h"
#include "views/rewrites/blocks.h"
#include "views/rewrites/rewrite.h"

namespace facet {

class Query::OneSource final : public QuerySources {
 public:
  explicit OneSource(const RowSource& source) : source_(source) {}
  const RowSource& rowsOf(const Relation&) const override { return source_; }

 private:
  const RowSource& source_;
};

Query::Query(const QuerySources& sources, Select select, Position at, QueryLimits limits)
    : select_(rewriteSelect(std::move(select))),
      budget_(std::make_unique<QueryBudget>(limits)),
      block_(std::make_unique<QueryBlock>(sources, select_, at, *budget_)) {}

Query::Query(const RowSource& source, Select select, Position at, QueryLimits limits)
    : one_(std::make_unique<OneSource>(source)),
      select_(rewriteSelect(std::move(select))),
      budget_(std::make_unique<QueryBudget>(limits)),
      block_(std::make_unique<QueryBlock>(*one_, select_, at, *budget_)) {}

Query::~Query() = default;

const std::vector<OutputColumn>& Query::outputs() const {
  return select_.outputs;
}

bool Query::step(uint64_t rows, uint64_t work) {
  QuerySlice slice(*budget_, rows, work);
  return block_->step(slice);
}

const std::vector<Value>* Query::next() {
  return block_->results().next();
}

uint64_t Query::bytes() const {
  block_->giveBack();
  return budget_->held();
}

uint64_t Query::ready() const {
  return block_->results().ready();
}

bool Query::repeats() const {
  return block_->results().repeats();
}

std::string Query::bookmark() const {
  return block_->bookmark();
}

bool Query::goOnBehind(std::string_view bookmark) {
  return block_->goOnBehind(bookmark);
}

Select scanSelect(const Relation& relation, std::string_view filter, std::string_view order,
                  std::optional<uint64_t> limit) {
  Select select;
  select.from.push_back({&relation, relation.name});
  const ExprScope scope{{&relation}};
  if (!filter.empty()) splitConjuncts(bindCondition(filter, scope), select.where);
  if (!order.empty()) select.orderBy = bindOrder(order, scope);
  select.limit = limit;
  for (uint32_t c = 0; c < relation.columns.size(); ++c) {
    select.outputs.push_back({relation.columns[c].name, columnOfInput(relation, 0, c)});
  }
  return select;
}

}  // namespace facet
