// Leaves: constants, columns of packed rows, results of groups and aggregates, what the event
// itself has.
#include <string>

#include "sql/eval_node.h"

namespace facet {
namespace {

class Constant final : public EvalNode {
 public:
  Constant(const Value& value, std::string_view text) : value_(value) {
    if (!hasBytes(value.kind())) return;
    bytes_ = text;
    value_ = moved(value, bytes_);
  }
  Value evaluate(const EvalContext&) const override { return value_; }
  Word word(const EvalContext&) const override { return toWord(value_); }
  const Value* constant() const override { return &value_; }

 private:
  std::string bytes_;
  Value value_;
};

/// The tests that all columns of a row share (row.h): is there a row, is it long enough, is the
/// null bit set.
class RowColumn {
 public:
  enum class State {
    value,
    null,     // there is no row, or the row is too short for the column, which is NULL then
    marked,   // its null bit is set: NULL, or an error
    missing,  // the row is too short for the column
  };

  explicit RowColumn(const ColumnPlace& place)
      : input_(place.input),
        offset_(place.slot.offset),
        nullWord_(place.slot.nullWord),
        nullBit_(place.slot.nullBit),
        missing_(place.slot.missingIsNull ? State::null : State::missing) {}

  State find(const EvalContext& context, Row& row) const {
    row = context.rows[input_];
    if (!row) return State::null;
    uint64_t head = row.load<uint64_t>(0);
    if (offset_ >= ((head >> 32) & 0xffff) * 8) return missing_;
    uint64_t nulls = nullWord_ == 0 ? head : row.load<uint64_t>(nullWord_);
    return (nulls >> nullBit_ & 1) != 0 ? State::marked : State::value;
  }
  uint32_t offset() const { return offset_; }

 private:
  uint32_t input_;
  uint32_t offset_;
  uint32_t nullWord_;
  uint32_t nullBit_;
  State missing_;
};

class WordColumn final : public EvalNode {
 public:
  explicit WordColumn(const ColumnPlace& place) : slot_(place.slot), column_(place) {}
  Value evaluate(const EvalContext& context) const override {
    return toValue(slot_.kind, WordColumn::word(context));
  }
  Word word(const EvalContext& context) const override {
    Row row;
    RowColumn::State state = column_.find(context, row);
    if (state == RowColumn::State::value) return {row.load<int64_t>(column_.offset())};
    if (state == RowColumn::State::marked) return toWord(row.get(slot_));
    return state == RowColumn::State::null ? Word::null() : Word{};
  }

 private:
  RowLayout::Slot slot_;
  RowColumn column_;
};

class TextColumn final : public EvalNode {
 public:
  explicit TextColumn(const ColumnPlace& place) : slot_(place.slot), column_(place) {}
  Value evaluate(const EvalContext& context) const override {
    Row row;
    RowColumn::State state = column_.find(context, row);
    if (state == RowColumn::State::marked) return row.get(slot_);
    if (state != RowColumn::State::value) return Value::null();
    uint64_t slot = row.load<uint64_t>(column_.offset());
    return Value::text({row.data() + static_cast<uint32_t>(slot), slot >> 32});
  }

 private:
  RowLayout::Slot slot_;
  RowColumn column_;
};

class NumericColumn final : public EvalNode {
 public:
  explicit NumericColumn(const ColumnPlace& place) : slot_(place.slot), column_(place) {}
  Value evaluate(const EvalContext& context) const override {
    Row row;
    const RowColumn::State state = column_.find(context, row);
    if (state == RowColumn::State::null) return Value::null();
    if (state != RowColumn::State::value) return row.get(slot_);
    const auto wide = row.load<int128>(column_.offset());
    return Value::numeric(wide >> 8, static_cast<uint8_t>(wide));
  }

 private:
  RowLayout::Slot slot_;
  RowColumn column_;
};

class AnyColumn final : public EvalNode {
 public:
  explicit AnyColumn(const ColumnPlace& place) : place_(place) {}
  Value evaluate(const EvalContext& context) const override {
    Row row = context.rows[place_.input];
    return row ? row.get(place_.slot) : Value::null();
  }

 private:
  ColumnPlace place_;
};

/// A value that the owner of the context has computed.
template <const Value* EvalContext::*values>
class Computed final : public EvalNode {
 public:
  explicit Computed(uint32_t index) : index_(index) {}
  Value evaluate(const EvalContext& context) const override { return (context.*values)[index_]; }
  Word word(const EvalContext& context) const override { return toWord((context.*values)[index_]); }

 private:
  uint32_t index_;
};

class EventPosition final : public WordNode {
 public:
  EventPosition() : WordNode(Kind::int64) {}
  Word word(const EvalContext& context) const override {
    return {static_cast<int64_t>(context.position.value)};
  }
};

class EventTime final : public WordNode {
 public:
  EventTime() : WordNode(Kind::timestamp) {}
  Word word(const EvalContext& context) const override { return {context.time}; }
};

NodePtr makeColumn(const ColumnPlace& place) {
  if (isWordKind(place.slot.kind)) return std::make_unique<WordColumn>(place);
  if (place.slot.kind == Kind::text) return std::make_unique<TextColumn>(place);
  if (place.slot.kind == Kind::numeric) return std::make_unique<NumericColumn>(place);
  return std::make_unique<AnyColumn>(place);
}

}  // namespace

NodePtr makeConstant(const Value& value) {
  return std::make_unique<Constant>(value,
                                    hasBytes(value.kind()) ? value.asText() : std::string_view());
}

NodePtr makeLeaf(const Expr& expr, const ColumnResolver& resolve) {
  switch (expr.op) {
    case Op::constant:
      return std::make_unique<Constant>(expr.value, expr.text);
    case Op::column:
      return makeColumn(resolve(expr.relation, expr.column));
    case Op::eventPosition:
      return std::make_unique<EventPosition>();
    case Op::eventTime:
      return std::make_unique<EventTime>();
    case Op::groupColumn:
      return std::make_unique<Computed<&EvalContext::groupColumns>>(expr.column);
    default:
      FACET_ASSERT(expr.op == Op::aggregate, static_cast<int>(expr.op));
      return std::make_unique<Computed<&EvalContext::aggregates>>(expr.column);
  }
}

}  // namespace facet
