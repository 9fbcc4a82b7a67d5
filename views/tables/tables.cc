#include "views/tables/tables.h"

#include <algorithm>

#include "values/assert.h"
#include "values/numeric.h"
#include "values/row_slot.h"
#include "views/tables/limits.h"

namespace facet {

namespace {

/// Bytes of a row's texts in a log: its offsets have 32 bits, and the words before the texts take
/// less than a MiB. Not lower: a log that has such rows is still to be read. A command may make
/// rows that can be read (kMaxRowBytes).
constexpr size_t kMaxRowTextBytes = UINT32_MAX - (size_t{1} << 20);

// Inputs of the programs of a write: the event, and the table's current row in its two parts.
constexpr uint32_t kEventInput = 0;
constexpr uint32_t kKeyInput = 1;
constexpr uint32_t kRestInput = 2;

/// A row's part of its table's digest. The rest lies behind the key.
uint128 digestOf(const Version& row) {
  return hashRow128({row.keyData(), size_t{row.keyBytes} + row.valueBytes});
}

}  // namespace

/// Where a column's new value comes from.
struct ColumnPlan {
  enum class From : uint8_t { event, program, unchanged, initial } from = From::initial;
  RowLayout::Slot slot{};   // event
  Program program;          // program
  bool isUnsigned = false;  // UInt64: not every numeric fits
  bool isDecimal = false;   // nor in an Int64
};

struct Tables::WritePlan {
  TableWrite::How how;
  uint32_t table;
  std::vector<ColumnPlan> key;   // by key column
  std::vector<ColumnPlan> rest;  // by column of the rest row
};

/// How a row was before a change within the batch.
struct Tables::Undo {
  uint32_t table;
  std::string key;
  std::string value;
  int64_t weight;
};

namespace {

ColumnPlan planColumn(const FieldSource& source, const EventType& event, const TableType& table,
                      const Field& field, bool update) {
  ColumnPlan plan;
  plan.isUnsigned = field.isUnsigned;
  plan.isDecimal = field.type.kind == Kind::numeric && !field.isUnsigned;
  if (source.expr) {
    plan.from = ColumnPlan::From::program;
    plan.program = Program(*source.expr, [&](uint32_t relation, uint32_t column) {
      if (relation == 0) return ColumnPlace{kEventInput, event.layout.slot(column)};
      const TableType::Place& place = table.places[column];
      return place.inKey ? ColumnPlace{kKeyInput, table.keyLayout.slot(place.index)}
                         : ColumnPlace{kRestInput, table.restLayout.slot(place.index)};
    });
  } else if (source.column != FieldSource::kNone) {
    plan.from = ColumnPlan::From::event;
    plan.slot = event.layout.slot(source.column);
  } else {
    plan.from = update ? ColumnPlan::From::unchanged : ColumnPlan::From::initial;
  }
  return plan;
}

/// What a column holds that nothing fills: NULL for what can be absent in Cap'n Proto, zero for the
/// rest.
Value initialValue(const Field& field) {
  if (field.nullable) return Value::null();
  switch (field.type.kind) {
    case Kind::numeric:
      return Value::numeric(0, static_cast<uint8_t>(std::max<int16_t>(field.type.scale, 0)));
    case Kind::float32:
      return Value::float32(0);
    case Kind::float64:
      return Value::float64(0);
    case Kind::boolean:
      return Value::boolean(false);
    default:
      return Value::integer(field.type.kind, 0);
  }
}

}  // namespace

Tables::Tables(std::shared_ptr<const Model> model) : model_(std::move(model)) {
  for (size_t i = 0; i < model_->tables().size(); ++i) {
    maps_.push_back(std::make_unique<VersionedMap>());
    digests_.emplace_back();
  }
  sums_.resize(maps_.size());
  for (const EventType& event : model_->events()) {
    std::vector<WritePlan>& plans = plans_.emplace_back();
    for (const TableWrite& write : event.writes) {
      const TableType& table = model_->tables()[write.table];
      const bool update = write.how == TableWrite::How::update;
      WritePlan plan{write.how, write.table, {}, {}};
      plan.key.resize(table.keyLayout.size());
      plan.rest.resize(table.restLayout.size());
      for (size_t column = 0; column < write.columns.size(); ++column) {
        const TableType::Place& place = table.places[column];
        (place.inKey ? plan.key : plan.rest)[place.index] =
            planColumn(write.columns[column], event, table, table.fields[column], update);
      }
      plans.push_back(std::move(plan));
    }
  }
}

Tables::~Tables() = default;

void Tables::beginBatch(Position first) {
  FACET_ASSERT(changes_.empty(), changes_.size());
  FACET_ASSERT(first > batch_ || batch_.value == 0, first, batch_);
  batch_ = first;
  recording_ = false;
  undo_.clear();
}

Tables::Result Tables::apply(uint32_t event, Row row, Position position, Origin origin) {
  const std::vector<WritePlan>& plans = plans_[event];
  if (plans.empty()) return {};
  if (plans.size() == 1) return applyWrite(plans[0], row, position, origin);

  // Several writes: all of them or none.
  const bool wasRecording = recording_;
  const Mark before = mark();
  for (const WritePlan& plan : plans) {
    const Result result = applyWrite(plan, row, position, origin);
    if (result.outcome != Outcome::ok) {
      undoTo(before);
      recording_ = wasRecording;
      return result;
    }
  }
  recording_ = wasRecording;
  if (!wasRecording) undo_.resize(before.undo);
  return {};
}

std::optional<ErrorCode> Tables::buildRow(const std::vector<ColumnPlan>& columns,
                                          const RowLayout& layout, const TableType& table,
                                          const EvalContext& context, Origin origin, bool key,
                                          RowBuilder& builder) {
  builder.start(layout);
  const size_t most = origin == Origin::command ? kMaxRowBytes : kMaxRowTextBytes;
  size_t bytes = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnPlan& column = columns[i];
    Value value;
    switch (column.from) {
      case ColumnPlan::From::event:
        value = context.rows[kEventInput].get(column.slot);
        break;
      case ColumnPlan::From::program:
        value = column.program.evaluate(context);
        break;
      case ColumnPlan::From::unchanged:
        if (context.rows[kRestInput]) value = context.rows[kRestInput].get(layout, i);
        break;
      case ColumnPlan::From::initial:
        value = initialValue(table.fields[columnOf(table, key, i)]);
        break;
    }
    if (value.isError()) return value.errorCode();
    if (column.isUnsigned && !fitsUInt64(value)) return ErrorCode::numericOutOfRange;
    if (column.isDecimal && origin == Origin::command && !fitsDecimal(value)) {
      return ErrorCode::numericOutOfRange;
    }
    if (hasTail(value.kind())) bytes += value.asText().size();
    if (bytes > most) return ErrorCode::tooLarge;
    if (key) {
      builder.setKey(i, value);
    } else {
      builder.set(i, value);
    }
  }
  return std::nullopt;
}

uint32_t Tables::columnOf(const TableType& table, bool key, size_t index) {
  for (uint32_t column = 0; column < table.places.size(); ++column) {
    if (table.places[column].inKey == key && table.places[column].index == index) return column;
  }
  FACET_ASSERT(false, index);
  return 0;
}

Tables::Result Tables::applyWrite(const WritePlan& plan, Row row, Position position,
                                  Origin origin) {
  const TableType& table = model_->tables()[plan.table];
  VersionedMap& map = *maps_[plan.table];
  arena_.reset();

  Row inputs[3] = {row, Row(), Row()};
  EvalContext context;
  context.rows = inputs;
  context.position = position;
  context.arena = &arena_;
  if (auto error = buildRow(plan.key, table.keyLayout, table, context, origin, true, keyBuilder_)) {
    return {Outcome::expressionFailed, plan.table, *error};
  }
  const Row key = keyBuilder_.finish();
  for (size_t i = 0; i < table.keyLayout.size(); ++i) {
    if (key.get(table.keyLayout, i).isNull()) return {Outcome::nullKey, plan.table, {}};
  }

  const uint64_t hash = hashRow(key.bytes());
  const Version* current = map.find(key.bytes(), hash);
  const bool exists = current != nullptr && current->weight != 0;
  if (plan.how == TableWrite::How::insert && exists) return {Outcome::keyExists, plan.table, {}};
  if ((plan.how == TableWrite::How::update || plan.how == TableWrite::How::erase) && !exists) {
    return {Outcome::keyMissing, plan.table, {}};
  }

  if (plan.how == TableWrite::How::erase) {
    change(plan.table, key.bytes(), hash, current, current->value(), 0);
    return {};
  }
  if (exists) {
    inputs[kKeyInput] = current->keyRow();
    inputs[kRestInput] = current->valueRow();
  }
  if (auto error =
          buildRow(plan.rest, table.restLayout, table, context, origin, false, restBuilder_)) {
    return {Outcome::expressionFailed, plan.table, *error};
  }
  change(plan.table, key.bytes(), hash, current, restBuilder_.finish().bytes(), 1);
  return {};
}

void Tables::change(uint32_t table, std::string_view key, uint64_t hash, const Version* current,
                    std::string_view value, int64_t weight) {
  const bool touched = current != nullptr && current->position == batch_;
  if (recording_) {
    const bool exists = current != nullptr && current->weight != 0;
    undo_.push_back({table, std::string(key), exists ? std::string(current->value()) : "",
                     exists ? current->weight : 0});
  }
  // An erased row keeps its value (`value` may lie in the version itself): nobody reads it.
  const Version* before = nullptr;
  Version* version =
      maps_[table]->write(key, hash, batch_, static_cast<uint32_t>(value.size()), &before);
  if (weight != 0) std::memcpy(version->valueData(), value.data(), value.size());
  version->weight = weight;

  if (!touched) {
    changes_.push_back({table, before, version});
  } else if (version != current) {
    // It moved within the batch, because its size changed.
    for (size_t i = changes_.size(); i-- > 0;) {
      if (changes_[i].after == current) {
        changes_[i].after = version;
        break;
      }
    }
  }
}

Tables::Mark Tables::mark() {
  recording_ = true;
  return {undo_.size()};
}

void Tables::undoTo(Mark mark) {
  const bool wasRecording = recording_;
  recording_ = false;
  while (undo_.size() > mark.undo) {
    const Undo undo = std::move(undo_.back());
    undo_.pop_back();
    const uint64_t hash = hashRow(undo.key);
    const Version* current = maps_[undo.table]->find(undo.key, hash);
    change(undo.table, undo.key, hash, current,
           undo.weight != 0 ? std::string_view(undo.value) : current->value(), undo.weight);
  }
  recording_ = wasRecording;
}

std::vector<TableChange> Tables::endBatch(Position last) {
  recording_ = false;
  undo_.clear();
  std::vector<TableChange> changes;
  changes.swap(changes_);
  if (last < batch_) {
    // No event was kept: whatever was tried leaves no trace, the next batch begins at the same
    // position.
    if (!changes.empty()) rollback(last);
    changes.clear();
    batch_ = last;
  }
  keepDigests(changes);
  return changes;
}

void Tables::keepDigests(const std::vector<TableChange>& changes) {
  for (const TableChange& change : changes) {
    uint128& sum = sums_[change.table];
    if (change.before != nullptr) sum -= digestOf(*change.before);
    if (change.after->weight != 0) sum += digestOf(*change.after);
  }
  for (size_t table = 0; table < sums_.size(); ++table) {
    if (sums_[table] != digests_[table].newest()) digests_[table].set(batch_, sums_[table]);
  }
}

void Tables::rollback(Position last) {
  for (auto& map : maps_) map->rollback(last);
  for (size_t table = 0; table < sums_.size(); ++table) {
    digests_[table].rollback(last);
    sums_[table] = digests_[table].newest();
  }
  if (batch_ > last) batch_ = last;
}

void Tables::reserve(uint32_t table, uint64_t rows) {
  maps_[table]->reserve(rows);
}

bool Tables::restore(uint32_t table, std::string_view key, std::string_view rest, Position at) {
  const Version* const row = maps_[table]->add(key, hashRow(key), at, rest, 1);
  if (row == nullptr) return false;
  sums_[table] += digestOf(*row);
  return true;
}

void Tables::restoreAt(Position at) {
  batch_ = at;
  for (size_t table = 0; table < sums_.size(); ++table) digests_[table].set(at, sums_[table]);
}

void Tables::reclaim(const ReaderNeeds& needs, Position next) {
  for (auto& map : maps_) map->reclaim(needs, next);
  for (DigestHistory& digests : digests_) digests.reclaim(needs);
}

const Version* Tables::findNewest(uint32_t table, std::string_view key, uint64_t hash) const {
  const Version* version = maps_[table]->find(key, hash);
  return version != nullptr && version->weight != 0 ? version : nullptr;
}

uint64_t Tables::bytes() const {
  uint64_t total = 0;
  for (const auto& map : maps_) total += map->bytes();
  return total;
}

uint128 Tables::digestOfRows(uint32_t table, Position at) const {
  uint128 sum = 0;
  VersionedMap::Cursor cursor;
  maps_[table]->scan(at, cursor, [&](const Version& version) {
    sum += digestOf(version);
    return true;
  });
  return sum;
}

}  // namespace facet
