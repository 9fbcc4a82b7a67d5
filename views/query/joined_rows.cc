#include "views/query/joined_rows.h"

#include <algorithm>
#include <utility>

#include "sql/one_row.h"
#include "values/assert.h"
#include "views/query/query_block.h"

namespace facet {

namespace {

RowLayout keyLayout(const std::vector<ExprPtr>& keys) {
  std::vector<Type> types;
  // Of any scale: equal numbers give equal bytes then.
  for (const ExprPtr& key : keys) types.push_back(Type::of(key->type.kind));
  return RowLayout(std::move(types));
}

std::vector<Type> typesOf(const Relation& relation) {
  std::vector<Type> out;
  for (const RelationColumn& column : relation.columns) out.push_back(column.type);
  return out;
}

}  // namespace

/// A relation whose rows are found by its key.
struct JoinedRows::Lookup {
  Lookup(const RowSource& rows, Position position) : source(rows), at(position) {}

  const RowSource& source;
  Position at;
  std::vector<uint32_t> columns;  // of the relation: what the block shows
  std::vector<uint32_t> asked;    // of it: what its conditions look at
  std::vector<ValueProgram> where;
  std::vector<Value> values;  // by column of the relation
  Arena arena;                // of the row that was found
};

/// An input, in the order of the join.
struct JoinedRows::Level {
  JoinStep step;
  JoinKind kind = JoinKind::inner;
  uint32_t first = 0;    // of its columns in values_
  uint32_t columns = 0;  // how many
  std::vector<ValueProgram> known, own, partner, where;
  RowLayout keys;                     // hash
  std::unique_ptr<QueryBlock> block;  // all but key
  bool blockDone = false;
  std::unique_ptr<RowTable> table;  // hash, all
  std::vector<bool> met;            // FULL JOIN: by row of the table: it had a partner
  uint32_t alone = 0;               // FULL JOIN: rows before it were looked at for having none
  std::unique_ptr<Lookup> lookup;   // key
  RowBuilder builder;

  // Of the rows before it.
  uint64_t timesBefore = 1;
  uint32_t next = RowTable::kNone;  // the next one of the table to look at
  uint32_t last = RowTable::kNone;  // the one that was looked at
  bool looks = false;               // key: it is not looked up yet
  bool isPadded = false;            // outer joins: its columns are to be NULL, if no row meets
  uint64_t times = 1;               // the row is there, with those before it
};

JoinedRows::JoinedRows(const QuerySources& sources, const Select& select, Position at,
                       QueryBudget& budget)
    : budget_(budget), part_(budget) {
  budget.watch(arena_);
  uint32_t columns = 0;
  for (const Select::From& input : select.from) {
    FACET_ASSERT(input.subselect != nullptr, input.alias);
    firsts_.push_back(columns);
    columns += static_cast<uint32_t>(input.relation->columns.size());
  }
  values_.resize(columns);
  const auto rowsOf = [&](uint32_t input) -> uint64_t {
    const Relation* const relation = plainRelation(*select.from[input].subselect);
    const bool none = relation == nullptr || relation == &oneRow();
    return none ? 0 : sources.rowsOf(*relation).rows();
  };
  if (select.from.size() == 1) {
    levels_.push_back(makeLevel(sources, select, {}, at));
    return;
  }
  for (JoinStep& step : orderJoins(select, rowsOf)) {
    levels_.push_back(makeLevel(sources, select, std::move(step), at));
  }
}

JoinedRows::~JoinedRows() = default;

JoinedRows::Level JoinedRows::makeLevel(const QuerySources& sources, const Select& select,
                                        JoinStep step, Position at) {
  const Select::From& input = select.from[step.input];
  Level level;
  level.kind = input.kind;
  level.first = firsts_[step.input];
  level.columns = static_cast<uint32_t>(input.relation->columns.size());
  level.step = std::move(step);
  const ValuePlace place = [this](uint32_t of, uint32_t column) { return placeOf(of, column); };
  const auto compile = [&](const std::vector<ExprPtr>& from, std::vector<ValueProgram>& to) {
    for (const ExprPtr& expr : from) to.emplace_back(expr, place, budget_);
  };
  compile(level.step.known, level.known);
  compile(level.step.own, level.own);
  compile(level.step.partner, level.partner);
  compile(level.step.where, level.where);
  const bool isFirst = levels_.empty();
  const Select& below = input.subselect->select;
  if (!isFirst && level.step.find == JoinStep::Find::key) {
    const Relation& relation = *below.from[0].relation;
    level.lookup = std::make_unique<Lookup>(sources.rowsOf(relation), at);
    Lookup& lookup = *level.lookup;
    budget_.watch(lookup.arena);
    lookup.values.resize(relation.columns.size());
    for (const OutputColumn& output : below.outputs) lookup.columns.push_back(output.expr->column);
    lookups_.push_back(&lookup);
    const ValuePlace ofRelation = [&](uint32_t, uint32_t column) {
      const auto known = std::find(lookup.asked.begin(), lookup.asked.end(), column);
      if (known == lookup.asked.end()) lookup.asked.push_back(column);
      return column;
    };
    for (const ExprPtr& conjunct : below.where) {
      lookup.where.emplace_back(conjunct, ofRelation, budget_);
    }
    return level;
  }
  level.block = std::make_unique<QueryBlock>(sources, below, at, budget_);
  level.keys = keyLayout(level.step.own);
  if (!isFirst) level.table = std::make_unique<RowTable>(typesOf(*input.relation));
  return level;
}

bool JoinedRows::step(QuerySlice& slice, const std::function<bool(uint64_t times)>& visit) {
  for (; filling_ < levels_.size(); ++filling_) {
    Level& level = levels_[filling_];
    if (level.table && !fill(level, slice)) return true;
  }
  while (!slice.isOver()) {
    budget_.checkStop();
    switch (nextRow(at_, slice)) {
      case Found::later:
        return true;
      case Found::none:
        if (at_ > 0) {
          --at_;
          break;
        }
        if (!nextAlone(levels_.back(), slice)) return slice.isOver();
        if (!visit(levels_.back().times)) return true;
        break;
      case Found::row:
        if (at_ + 1 == levels_.size()) {
          if (!visit(levels_[at_].times)) return true;
        } else {
          ++at_;
          enter(levels_[at_]);
        }
        break;
    }
  }
  return true;
}

/// Reads an input into its table. False: there is more to read.
bool JoinedRows::fill(Level& level, QuerySlice& slice) {
  while (!slice.isOver()) {
    uint64_t times = 0;
    const uint64_t before = level.table->bytes();
    while (const std::vector<Value>* row = level.block->results().nextAll(times)) {
      keep(level, *row, times);
    }
    tableBytes_ += level.table->bytes() - before;
    account();
    if (level.blockDone) {
      level.met.resize(level.kind == JoinKind::full ? level.table->rows() : 0);
      return true;
    }
    // The rows' keys may have taken all the work that there was.
    if (slice.isOver()) return false;
    level.blockDone = !level.block->step(slice);
  }
  return false;
}

void JoinedRows::keep(Level& level, const std::vector<Value>& row, uint64_t times) {
  std::string_view key;
  if (level.step.find == JoinStep::Find::hash) {
    std::copy(row.begin(), row.end(), values_.begin() + level.first);
    level.builder.start(level.keys);
    // NULL meets nothing.
    const bool isKey = makeKey(level.own, level.builder);
    if (!isKey && level.kind != JoinKind::full) return;
    if (isKey) key = level.builder.finish().bytes();
  }
  level.table->add(key, row, times);
  budget_.checkRows(level.table->rows());
}

/// The next row of a level for the row before it, which its conditions let pass.
JoinedRows::Found JoinedRows::nextRow(size_t number, QuerySlice& slice) {
  Level& level = levels_[number];
  if (number == 0) return nextOfFirst(level, slice);
  while (!slice.isOver()) {
    slice.countRow();
    if (nextPartner(level)) {
      if (level.kind != JoinKind::inner) {
        if (!allHold(level.partner)) continue;
        level.isPadded = false;
        if (level.kind == JoinKind::full) level.met[level.last] = true;
      }
    } else {
      if (!std::exchange(level.isPadded, false)) return Found::none;
      std::fill_n(values_.begin() + level.first, level.columns, Value::null());
      level.times = level.timesBefore;
    }
    if (allHold(level.where)) return Found::row;
  }
  return Found::later;
}

JoinedRows::Found JoinedRows::nextOfFirst(Level& level, QuerySlice& slice) {
  for (;;) {
    while (const std::vector<Value>* row = level.block->results().nextAll(level.times)) {
      std::copy(row->begin(), row->end(), values_.begin() + level.first);
      if (allHold(level.where)) return Found::row;
    }
    if (level.blockDone) return Found::none;
    if (slice.isOver()) return Found::later;
    level.blockDone = !level.block->step(slice);
  }
}

/// Begins a level for another row before it.
void JoinedRows::enter(Level& level) {
  level.timesBefore = levels_[at_ - 1].times;
  level.isPadded = level.kind != JoinKind::inner;
  level.looks = level.lookup != nullptr;
  level.next = RowTable::kNone;
  if (!level.table) return;
  std::string_view key;
  if (level.step.find == JoinStep::Find::hash) {
    level.builder.start(level.keys);
    if (!makeKey(level.known, level.builder)) return;
    key = level.builder.finish().bytes();
  }
  level.next = level.table->first(key);
}

/// Puts the next row that may meet into values_.
bool JoinedRows::nextPartner(Level& level) {
  if (level.lookup) return std::exchange(level.looks, false) && lookUp(level);
  if (level.next == RowTable::kNone) return false;
  level.last = level.next;
  level.times = level.timesBefore * level.table->read(level.last, &values_[level.first]);
  level.next = level.table->next(level.last);
  return true;
}

/// FULL JOIN, once the first input has ended: the next row of the other one that met none. False:
/// there is none, or the slice is over.
bool JoinedRows::nextAlone(Level& level, QuerySlice& slice) {
  if (level.kind != JoinKind::full) return false;
  while (level.alone < level.table->rows() && !slice.isOver()) {
    slice.countRow();
    const uint32_t row = level.alone++;
    if (level.met[row]) continue;
    std::fill(values_.begin(), values_.end(), Value::null());
    level.times = level.table->read(row, &values_[level.first]);
    if (allHold(level.where)) return true;
  }
  return false;
}

bool JoinedRows::lookUp(Level& level) {
  Lookup& lookup = *level.lookup;
  level.builder.start(*lookup.source.keyLayout());
  if (!makeKey(level.known, level.builder)) return false;
  const auto found = lookup.source.get(lookup.at, level.builder.finish().bytes());
  if (!found) return false;
  lookup.arena.reset();
  const auto read = [&](uint32_t column) {
    return lookup.source.column(*found.version, column, lookup.arena);
  };
  for (const uint32_t column : lookup.asked) lookup.values[column] = read(column);
  EvalContext ofRelation;
  ofRelation.groupColumns = lookup.values.data();
  ofRelation.arena = &lookup.arena;
  for (const ValueProgram& conjunct : lookup.where) {
    if (!conjunct.holds(ofRelation)) return false;
  }
  for (uint32_t c = 0; c < level.columns; ++c) {
    values_[level.first + c] = read(lookup.columns[c]);
  }
  level.times = level.timesBefore;
  return true;
}

/// False: a part of the key is NULL.
bool JoinedRows::makeKey(const std::vector<ValueProgram>& programs, RowBuilder& builder) {
  arena_.reset();
  const EvalContext over = context();
  for (size_t i = 0; i < programs.size(); ++i) {
    const Value value = programs[i].evaluate(over);
    if (value.isNull()) return false;
    builder.setKey(i, value);
  }
  return true;
}

bool JoinedRows::allHold(const std::vector<ValueProgram>& conditions) {
  if (conditions.empty()) return true;
  arena_.reset();
  const EvalContext over = context();
  bool out = true;
  for (const ValueProgram& condition : conditions) {
    out = condition.holds(over);
    if (!out) break;
  }
  account();
  return out;
}

EvalContext JoinedRows::context() {
  EvalContext out;
  out.groupColumns = values_.data();
  out.arena = &arena_;
  return out;
}

void JoinedRows::account() {
  uint64_t bytes = tableBytes_ + arena_.bytes();
  uint64_t work = arena_.work().total();
  for (const Lookup* lookup : lookups_) {
    bytes += lookup->arena.bytes();
    work += lookup->arena.work().total();
  }
  part_.set(bytes, work);
}

}  // namespace facet
