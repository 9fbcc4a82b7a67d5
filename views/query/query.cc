#include "views/query/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "sql/bind.h"
#include "sql/from_clause.h"
#include "values/assert.h"
#include "views/query/query_access.h"
#include "views/query/query_groups.h"
#include "views/tables/limits.h"
#include "views/tables/row_bytes.h"

namespace facet {

namespace {

/// The same expression with its column leaves read from the row's values
/// (EvalContext::groupColumns).
ExprPtr overValues(const ExprPtr& expr, std::vector<uint32_t>& used) {
  auto copy = std::make_shared<Expr>(*expr);
  if (expr->op == Op::constant) {
    // Its text must be the copy's own.
    if (expr->value.kind() == Kind::text) copy->value = Value::text(copy->text);
    if (expr->value.kind() == Kind::bytes) copy->value = Value::bytes(copy->text);
  }
  if (expr->op == Op::column) {
    copy->op = Op::groupColumn;
    if (std::find(used.begin(), used.end(), expr->column) == used.end())
      used.push_back(expr->column);
  }
  for (ExprPtr& arg : copy->args) arg = overValues(arg, used);
  return copy;
}

ColumnPlace noColumns(uint32_t, uint32_t column) {
  FACET_ASSERT(false, column);
  return {};
}

void checkValue(const Value& value) {
  if (!value.isError()) return;
  const std::string text(errorText(value.errorCode()));
  if (value.errorCode() == ErrorCode::interrupted) throw QueryInterrupted(text);
  throw QueryError(text);
}

/// Whether each output is another column of the relation: its rows are no larger than those.
bool isPartOfRow(const Select& select) {
  std::vector<bool> seen(select.from[0].relation->columns.size());
  return !select.aggregated &&
         std::all_of(select.outputs.begin(), select.outputs.end(), [&](const OutputColumn& output) {
           if (output.expr->op != Op::column || seen[output.expr->column]) return false;
           seen[output.expr->column] = true;
           return true;
         });
}

/// A result row. One that waits to be sorted owns its texts.
struct Candidate {
  std::vector<Value> order;
  std::vector<Value> row;
  const Version* version = nullptr;  // that it was made of; null: of several
  uint64_t times = 1;                // it is there
  uint64_t textBytes = 0;
  std::unique_ptr<char[]> texts;

  /// Copies what its values point to.
  void own();
  /// What it takes: in the list of those that are sorted, which may be twice as large as what is in
  /// it, and half as much for sorting.
  static constexpr uint64_t kRoom = 3;
  uint64_t bytes() const {
    return kRoom * sizeof(Candidate) + (order.capacity() + row.capacity()) * sizeof(Value) +
           textBytes;
  }
};

bool pointsElsewhere(const Value& value) {
  return value.kind() == Kind::text || value.kind() == Kind::bytes || value.kind() == Kind::array;
}

void Candidate::own() {
  // Arrays are packed rows: they must stay aligned.
  const auto rounded = [](size_t size) { return (size + 7) / 8 * 8; };
  size_t size = 0;
  for (const auto* values : {&order, &row}) {
    for (const Value& value : *values) {
      if (pointsElsewhere(value)) size += rounded(value.asText().size());
    }
  }
  texts = std::make_unique<char[]>(size);
  textBytes = size;
  char* at = texts.get();
  for (auto* values : {&order, &row}) {
    for (Value& value : *values) {
      if (!pointsElsewhere(value)) continue;
      const std::string_view text = value.asText();
      std::copy(text.begin(), text.end(), at);
      const std::string_view copy(at, text.size());
      value = value.kind() == Kind::text    ? Value::text(copy)
              : value.kind() == Kind::bytes ? Value::bytes(copy)
                                            : Value::array(copy, value.element());
      at += rounded(text.size());
    }
  }
}

}  // namespace

struct Query::Run {
  Run(const RowSource& rowSource, Select bound, Position position, QueryLimits queryLimits)
      : source(rowSource),
        select(std::move(bound)),
        at(position),
        limits(queryLimits),
        access(chooseAccess(source, select)),
        groups(select.aggregated ? std::make_unique<QueryGroups>(select) : nullptr) {
    arena.work().watch(limits.stop);
    folding.work().watch(limits.stop);
    for (const ExprPtr& conjunct : select.where) where.push_back(overRow(conjunct));
    for (const ExprPtr& expr : select.groupBy) groupBy.push_back(overRow(expr));
    for (const Aggregate& aggregate : select.aggregates) {
      arguments.push_back(aggregate.argument ? overRow(aggregate.argument) : Program());
      filters.push_back(aggregate.filter ? overRow(aggregate.filter) : Program());
    }
    const auto upper = [&](const ExprPtr& expr) {
      return select.aggregated ? compiled(expr) : overRow(expr);
    };
    if (select.having) having = upper(select.having);
    for (const OutputColumn& output : select.outputs) outputs.push_back(upper(output.expr));
    for (const OrderItem& item : select.orderBy) orderBy.push_back(upper(item.expr));
    sorts = !select.orderBy.empty() && (select.aggregated || !access.inOrder);
    values.resize(source.relation().columns.size());
    if (isPartOfRow(select)) maxRowBytes = kMaxRowBytes;
  }

  Program overRow(const ExprPtr& expr) { return compiled(overValues(expr, used)); }
  /// Programs may point at constants of their expressions, which are kept.
  Program compiled(ExprPtr expr) {
    return Program(*kept.emplace_back(std::move(expr)), noColumns, &folding);
  }

  bool step(uint64_t rows, uint64_t work);
  uint64_t bytes() const { return arena.bytes() + readyBytes + (groups ? groups->bytes() : 0); }
  const std::vector<Value>* next();
  std::optional<size_t> order() const;
  std::string place() const;
  void visitRow(const Version& version);
  Value evaluate(const Program& program, const EvalContext& context);
  void addGroup();
  void finish();
  void emit(const EvalContext& context, const Version* version, uint64_t times);
  void pushReady(Candidate candidate);
  void offer(Candidate candidate);
  bool full() const {
    return !sorts && !select.aggregated && select.limit &&
           produced >= *select.limit + select.offset;
  }
  bool before(const Candidate& a, const Candidate& b) const;
  void checkLimits(uint64_t rows);
  void checkMemory();
  void checkStop() const;
  void checkRow(const std::vector<Value>& row) const;

  const RowSource& source;
  Select select;
  Position at;
  QueryLimits limits;
  QueryAccess access;
  std::unique_ptr<QueryGroups> groups;
  std::deque<ExprPtr> kept;
  std::vector<uint32_t> used;  // columns that are looked at
  std::vector<Program> where, groupBy, arguments, filters, outputs, orderBy;
  Program having;
  bool sorts = false;
  size_t maxRowBytes = kMaxMadeRowBytes;

  RowSource::Cursor cursor;
  bool sourceDone = false;
  std::vector<Value> values;  // of the row that is looked at
  uint64_t times = 1;         // it is there
  Arena arena;  // results that are ready, until the next step; of a sort or grouping: one row
  Arena folding;
  std::vector<Value> groupValues, argumentValues;
  std::vector<bool> passes;

  uint64_t produced = 0;  // rows before OFFSET and LIMIT
  std::deque<Candidate> ready;
  Candidate taken;
  bool repeats = false;               // the first one that is ready was given, and is there again
  std::vector<Candidate> candidates;  // a heap of the best, if there is a LIMIT
  uint64_t readyBytes = 0;            // of candidates and ready
  uint64_t granted = 0;               // bytes that limits.memory has given
};

Query::Query(const RowSource& source, Select select, Position at, QueryLimits limits)
    : run_(std::make_unique<Run>(source, std::move(select), at, limits)) {}

Query::~Query() = default;

const std::vector<OutputColumn>& Query::outputs() const {
  return run_->select.outputs;
}

bool Query::step(uint64_t rows, uint64_t work) {
  return run_->step(rows, work);
}

const std::vector<Value>* Query::next() {
  return run_->next();
}

uint64_t Query::bytes() const {
  return run_->bytes();
}

uint64_t Query::ready() const {
  return run_->ready.empty() ? 0 : run_->ready.front().times;
}

bool Query::repeats() const {
  return run_->repeats;
}

std::string Query::place() const {
  return run_->place();
}

/// What it goes along: an index, or the rows as they are stored.
std::optional<size_t> Query::Run::order() const {
  return access.how == QueryAccess::How::index ? std::optional(access.order) : std::nullopt;
}

// Its bytes: how the rows are got at, then the source's.
std::string Query::Run::place() const {
  if (taken.version == nullptr || repeats || access.how == QueryAccess::How::key) return {};
  const std::string place = source.placeBehind(at, *taken.version, order());
  return place.empty() ? place : access.form() + place;
}

bool Query::goOnBehind(std::string_view place) {
  Run& run = *run_;
  const std::string form = run.access.form();
  if (run.sorts || run.groups || !place.starts_with(form)) return false;
  auto cursor = run.source.cursorAt(place.substr(form.size()), run.order());
  if (cursor) run.cursor = std::move(*cursor);
  return cursor.has_value();
}

const std::vector<Value>* Query::Run::next() {
  if (ready.empty()) return nullptr;
  Candidate& first = ready.front();
  repeats = --first.times > 0;
  if (repeats) return &first.row;
  readyBytes -= first.bytes();
  taken = std::move(first);
  ready.pop_front();
  return &taken.row;
}

bool Query::Run::step(uint64_t rows, uint64_t work) {
  if (sourceDone) return false;
  if (ready.empty()) arena.reset();
  uint64_t left = rows;
  const uint64_t lastWork = arena.work().total() + work;
  const auto visit = [&](const Version& version) {
    visitRow(version);
    return --left > 0 && arena.work().total() < lastWork && !full();
  };
  switch (access.how) {
    case QueryAccess::How::key:
      if (const RowSource::Found found = source.get(at, access.key)) visitRow(*found.version);
      cursor.done = true;
      break;
    case QueryAccess::How::index:
      source.scanOrdered(at, access.order, access.reverse, {}, access.prefix, cursor, visit);
      break;
    case QueryAccess::How::all:
      source.scan(at, cursor, visit);
      break;
  }
  if (!cursor.done && !full()) return true;
  sourceDone = true;
  finish();
  return false;
}

void Query::Run::visitRow(const Version& version) {
  checkStop();
  const Arena::Mark before = arena.mark();
  for (const uint32_t column : used) values[column] = source.column(version, column, arena);
  times = source.multiplicity(version);
  EvalContext context;
  context.groupColumns = values.data();
  context.arena = &arena;
  for (const Program& conjunct : where) {
    if (!evaluate(conjunct, context).isTrue()) return arena.rewind(before);
  }
  if (groups) {
    addGroup();
  } else {
    emit(context, &version, times);
  }
  if (groups || sorts) arena.reset();  // both have copies of what they need
}

Value Query::Run::evaluate(const Program& program, const EvalContext& context) {
  const Value value = program.evaluate(context);
  checkValue(value);
  checkLimits(0);
  return value;
}

void Query::Run::addGroup() {
  EvalContext context;
  context.groupColumns = values.data();
  context.arena = &arena;
  groupValues.clear();
  argumentValues.clear();
  passes.clear();
  for (const Program& program : groupBy) {
    groupValues.push_back(evaluate(program, context));
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    passes.push_back(!filters[i] || evaluate(filters[i], context).isTrue());
    argumentValues.push_back(passes.back() && arguments[i] ? evaluate(arguments[i], context)
                                                           : Value::null());
  }
  groups->add(groupValues, argumentValues, passes, times);
  checkLimits(groups->groups());
}

void Query::Run::finish() {
  if (groups) {
    groups->forEach([&](const std::vector<Value>& group, const std::vector<Value>& aggregates) {
      checkStop();
      const Arena::Mark start = arena.mark();
      EvalContext context;
      context.groupColumns = group.data();
      context.aggregates = aggregates.data();
      context.arena = &arena;
      for (const Value& value : aggregates) checkValue(value);
      if (having) {
        if (!evaluate(having, context).isTrue()) return arena.rewind(start);
      }
      emit(context, nullptr, 1);
      if (sorts) arena.reset();
    });
  }
  if (!sorts) return;
  uint64_t comparisons = 0;
  const auto less = [&](const Candidate& a, const Candidate& b) {
    if (++comparisons % kComparisonsBetweenLooks == 0) checkStop();
    return before(a, b);
  };
  std::stable_sort(candidates.begin(), candidates.end(), less);
  for (size_t i = select.offset; i < candidates.size(); ++i) {
    if (select.limit && i - select.offset >= *select.limit) break;
    ready.push_back(std::move(candidates[i]));
  }
  candidates.clear();
}

void Query::Run::emit(const EvalContext& context, const Version* version, uint64_t repeat) {
  Candidate candidate;
  if (!sorts) candidate.version = version;
  const auto evaluateAll = [&](const std::vector<Program>& programs, std::vector<Value>& out) {
    out.reserve(programs.size());
    // Texts of groups live in the groups; of rows in the pinned rows or the arena: both outlast the
    // result.
    for (const Program& program : programs) out.push_back(evaluate(program, context));
  };
  evaluateAll(outputs, candidate.row);
  checkRow(candidate.row);
  if (sorts) evaluateAll(orderBy, candidate.order);
  candidate.times = repeat;
  if (!sorts) return pushReady(std::move(candidate));
  const uint64_t most = select.limit ? *select.limit + select.offset : limits.maxRows + 1;
  for (uint64_t i = std::min(repeat, most); i > 0; --i) {
    Candidate copy;
    copy.order = candidate.order;
    copy.row = candidate.row;
    offer(std::move(copy));
  }
}

/// Of a row that is there several times, OFFSET and LIMIT may take some.
void Query::Run::pushReady(Candidate candidate) {
  const uint64_t skipped =
      std::min(candidate.times, select.offset - std::min(produced, select.offset));
  produced += skipped;
  candidate.times -= skipped;
  if (select.limit) {
    candidate.times = std::min(candidate.times, select.offset + *select.limit - produced);
  }
  if (candidate.times == 0) return;
  produced += candidate.times;
  readyBytes += candidate.bytes();
  ready.push_back(std::move(candidate));
  checkLimits(0);
}

bool Query::Run::before(const Candidate& a, const Candidate& b) const {
  for (size_t i = 0; i < select.orderBy.size(); ++i) {
    const OrderItem& item = select.orderBy[i];
    const bool aNull = a.order[i].isNull();
    const bool bNull = b.order[i].isNull();
    if (aNull || bNull) {
      if (aNull == bNull) continue;
      return aNull == item.nullsFirst;
    }
    const int order = compareValues(a.order[i], b.order[i]);
    if (order != 0) return item.descending ? order > 0 : order < 0;
  }
  return false;
}

void Query::Run::offer(Candidate candidate) {
  const auto less = [&](const Candidate& a, const Candidate& b) { return before(a, b); };
  const auto keep = select.limit ? *select.limit + select.offset : UINT64_MAX;
  if (keep == 0) return;
  if (candidates.size() >= keep) {
    if (!before(candidate, candidates.front())) return;
    std::pop_heap(candidates.begin(), candidates.end(), less);
    readyBytes -= candidates.back().bytes();
    candidates.pop_back();
  }
  candidate.own();
  readyBytes += candidate.bytes();
  candidates.push_back(std::move(candidate));
  if (select.limit) std::push_heap(candidates.begin(), candidates.end(), less);
  checkLimits(candidates.size());
}

void Query::Run::checkStop() const {
  if (arena.work().interrupted()) checkValue(Value::error(ErrorCode::interrupted));
}

void Query::Run::checkRow(const std::vector<Value>& row) const {
  size_t size = 0;
  for (const Value& value : row) size += tailBytes(value);
  if (size > maxRowBytes) {
    throw QueryError(fmt::format(
        "a row of the answer has more than {} MiB of text; choose fewer columns, or shorten them "
        "with left(text, n)",
        maxRowBytes >> 20));
  }
}

void Query::Run::checkLimits(uint64_t rows) {
  if (rows > limits.maxRows) {
    throw QueryError(fmt::format(
        "the query sorts or groups more than {} rows; narrow it with WHERE, or make a view of it",
        limits.maxRows));
  }
  checkMemory();
  if (limits.maxWork != 0 && arena.work().total() > limits.maxWork) {
    throw QueryError(fmt::format(
        "the query takes more than {} MiB of work; narrow it with WHERE, or make a view "
        "of it",
        limits.maxWork >> 20));
  }
}

void Query::Run::checkMemory() {
  const uint64_t held = bytes();
  if (held > limits.maxBytes) {
    throw QueryError(
        fmt::format("the query needs more than {} MiB of memory; narrow it with WHERE, or make a "
                    "view of it",
                    limits.maxBytes >> 20));
  }
  if (limits.memory == nullptr || held <= granted) return;
  granted = limits.memory->growTo(held);
  if (granted == 0) throw QueryStarved(std::string(kStarved));
}

Select scanSelect(const Relation& relation, std::string_view filter, std::string_view order,
                  std::optional<uint64_t> limit) {
  Select select;
  select.from.push_back({&relation, relation.name});
  const ExprScope scope{{&relation}};
  if (!filter.empty()) splitConjuncts(bindCondition(filter, scope), select.where);
  if (!order.empty()) select.orderBy = bindOrder(order, scope);
  select.limit = limit;
  for (uint32_t i = 0; i < relation.columns.size(); ++i) {
    auto leaf = std::make_shared<Expr>();
    leaf->op = Op::column;
    leaf->type = relation.columns[i].type;
    leaf->nullable = relation.columns[i].nullable;
    leaf->column = i;
    select.outputs.push_back({relation.columns[i].name, std::move(leaf)});
  }
  return select;
}

}  // namespace facet
