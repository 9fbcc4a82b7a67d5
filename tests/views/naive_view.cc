#include "tests/views/naive_view.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <set>

#include "values/numeric.h"
#include "values/text.h"

namespace facet::test {

namespace {

/// A row of the FROM clause: for each relation its two packed rows (an event has one).
using Inputs = std::vector<Row>;

struct Failed {};

class Naive {
 public:
  Naive(const Model& model, const ViewType& view, const std::vector<PastEvent>& history,
        const Tables& tables)
      : model_(model), view_(view), select_(view.select), history_(history), tables_(tables) {}

  NaiveResult run() {
    NaiveResult result;
    try {
      visitSource();
      result.rows = select_.aggregated ? groupRows() : std::move(plain_);
    } catch (const Failed&) {
      result.failed = true;
    }
    std::sort(result.rows.begin(), result.rows.end());
    return result;
  }

 private:
  struct Group {
    std::vector<Value> key;
    // By aggregate: what it is made from.
    std::vector<std::vector<Value>> values;
  };

  ColumnPlace columnPlace(uint32_t relation, uint32_t column) const {
    const Relation& from = *select_.from[relation].relation;
    if (from.kind == RelationKind::event) {
      return {2 * relation, model_.events()[from.index].layout.slot(column)};
    }
    const TableType& table = model_.tables()[from.index];
    const TableType::Place& place = table.places[column];
    return place.inKey ? ColumnPlace{2 * relation, table.keyLayout.slot(place.index)}
                       : ColumnPlace{2 * relation + 1, table.restLayout.slot(place.index)};
  }

  Value evaluate(const ExprPtr& expr) {
    auto& program = programs_[expr.get()];
    if (!program) {
      program = Program(*expr, [this](uint32_t r, uint32_t c) { return columnPlace(r, c); });
    }
    context_.rows = inputs_.data();
    context_.arena = &arena_;
    const Value value = program.evaluate(context_);
    if (value.isError()) throw Failed();
    return value;
  }

  void visitSource() {
    inputs_.assign(2 * select_.from.size(), Row());
    const Relation& source = *select_.from[0].relation;
    if (source.kind == RelationKind::event) {
      for (size_t i = 0; i < history_.size(); ++i) {
        if (history_[i].event != source.index) continue;
        context_.position = {i + 1};
        inputs_[0] = Row(history_[i].row.data());
        visitSourceRow();
      }
      return;
    }
    tables_.map(source.index).forEachNewest([this](const Version& version) {
      inputs_[0] = version.keyRow();
      inputs_[1] = version.valueRow();
      visitSourceRow();
    });
  }

  static bool usesTables(const Expr& expr) {
    bool uses = false;
    forEachNode(expr, [&](const Expr& node) {
      uses = uses || (node.op == Op::column && node.relation != 0);
    });
    return uses;
  }

  /// WHERE: what is over the source alone before the joins, as a scan does it.
  bool passes(bool overTables) {
    for (const ExprPtr& conjunct : select_.where) {
      if (usesTables(*conjunct) == overTables && !evaluate(conjunct).isTrue()) return false;
    }
    return true;
  }

  void visitSourceRow() {
    if (!passes(false) || !joinAll() || !passes(true)) return;
    if (!select_.aggregated) {
      addPlain();
      return;
    }
    RowBuilder builder;
    std::vector<Type> types;
    for (const ExprPtr& expr : select_.groupBy) types.push_back(expr->type);
    const RowLayout layout(types);
    builder.start(layout);
    std::vector<Value> key;
    for (size_t i = 0; i < types.size(); ++i) {
      const Value value = evaluate(select_.groupBy[i]);
      key.push_back(keep(canonicalKeyValue(types[i], value, texts_.emplace_back())));
      builder.set(i, key.back());
    }
    Group& group = groups_[std::string(builder.finish().bytes())];
    group.key = key;
    group.values.resize(select_.aggregates.size());
    for (size_t i = 0; i < select_.aggregates.size(); ++i) {
      const Aggregate& aggregate = select_.aggregates[i];
      if (aggregate.filter && !evaluate(aggregate.filter).isTrue()) continue;
      const Value value =
          aggregate.argument ? keep(evaluate(aggregate.argument)) : Value::boolean(true);
      if (!value.isNull()) group.values[i].push_back(value);
    }
  }

  bool joinAll() {
    for (size_t j = 0; j < select_.joins.size(); ++j) {
      const Join& join = select_.joins[j];
      const uint32_t table = select_.from[join.relation].relation->index;
      const RowLayout& layout = model_.tables()[table].keyLayout;
      RowBuilder builder;
      builder.start(layout);
      for (size_t k = 0; k < join.keys.size(); ++k) {
        const Value value = evaluate(join.keys[k]);
        if (value.isNull()) return false;
        builder.setKey(k, value);
      }
      const std::string_view packed = builder.finish().bytes();
      const Version* row = tables_.findNewest(table, packed, hashRow(packed));
      if (row == nullptr) return false;
      inputs_[2 * join.relation] = row->keyRow();
      inputs_[2 * join.relation + 1] = row->valueRow();
    }
    return true;
  }

  /// The value with bytes of its own.
  Value keep(const Value& value) {
    switch (value.kind()) {
      case Kind::text:
        return Value::text(texts_.emplace_back(value.asText()));
      case Kind::bytes:
        return Value::bytes(texts_.emplace_back(value.asText()));
      default:
        return value;
    }
  }

  std::string lineOf(const std::vector<Value>& values) {
    std::string line;
    for (size_t i = 0; i < values.size(); ++i) {
      const Type& type = view_.relation.columns[i].type;
      line += (i > 0 ? "|" : "") + (values[i].isNull() ? "NULL" : toText(type, values[i]));
    }
    return line;
  }

  void addPlain() {
    std::vector<Value> values;
    for (const OutputColumn& output : select_.outputs) values.push_back(evaluate(output.expr));
    plain_.push_back(lineOf(values));
    checkKey(values);
  }

  void checkKey(const std::vector<Value>& values) {
    if (!view_.uniqueIndex) return;
    std::string key;
    for (const uint32_t column : view_.key) {
      if (values[column].isNull()) return;  // NULLs are not equal
      key += toText(view_.relation.columns[column].type, values[column]) + "|";
    }
    if (!keys_.insert(key).second) throw Failed();
  }

  Lines groupRows() {
    Lines lines;
    if (select_.groupBy.empty() && groups_.empty()) {
      groups_[""].values.resize(select_.aggregates.size());
    }
    for (auto& [bytes, group] : groups_) {
      std::vector<Value> results;
      for (size_t i = 0; i < select_.aggregates.size(); ++i) {
        results.push_back(resultOf(select_.aggregates[i], group.values[i]));
        if (results.back().isError()) throw Failed();
      }
      context_.groupColumns = group.key.data();
      context_.aggregates = results.data();
      if (select_.having && !evaluate(select_.having).isTrue()) continue;
      std::vector<Value> values;
      for (const OutputColumn& output : select_.outputs) values.push_back(evaluate(output.expr));
      lines.push_back(lineOf(values));
      checkKey(values);
    }
    return lines;
  }

  static Value resultOf(const Aggregate& aggregate, const std::vector<Value>& values) {
    switch (aggregate.function) {
      case AggregateFunction::countRows:
      case AggregateFunction::count:
        return Value::int64(static_cast<int64_t>(
            aggregate.distinct ? distinct(aggregate.argument->type, values) : values.size()));
      case AggregateFunction::sum:
      case AggregateFunction::avg:
        if (values.empty()) return Value::null();
        return aggregate.argument->type.isFloat() ? floatSum(aggregate, values)
                                                  : exactSum(aggregate, values);
      case AggregateFunction::min:
      case AggregateFunction::max:
        return extreme(values, aggregate.function == AggregateFunction::max ? 1 : -1);
      case AggregateFunction::boolAnd:
      case AggregateFunction::boolOr: {
        if (values.empty()) return Value::null();
        const bool isOr = aggregate.function == AggregateFunction::boolOr;
        return Value::boolean(std::any_of(values.begin(), values.end(), [isOr](const Value& v) {
                                return v.asBool() == isOr;
                              }) == isOr);
      }
    }
    return Value::null();
  }

  static size_t distinct(const Type& type, const std::vector<Value>& values) {
    std::set<std::string> texts;
    std::string scratch;
    for (const Value& value : values) {
      texts.insert(toText(type, canonicalKeyValue(type, value, scratch)));
    }
    return texts.size();
  }

  static Value extreme(const std::vector<Value>& values, int sign) {
    Value best;
    for (const Value& value : values) {
      if (best.isNull() || compareValues(value, best) * sign >= 0) best = value;
    }
    return best;
  }

  /// The tests' floats are small multiples of a power of two: every order gives the same.
  static Value floatSum(const Aggregate& aggregate, const std::vector<Value>& values) {
    double sum = 0;
    for (const Value& value : values) sum += value.asDouble();
    if (aggregate.function == AggregateFunction::avg) sum /= static_cast<double>(values.size());
    return Value::float64(sum);
  }

  static Value exactSum(const Aggregate& aggregate, const std::vector<Value>& values) {
    Value sum = Value::numeric(0, 0);
    for (const Value& value : values) sum = numericAdd(sum, toNumeric(value));
    if (aggregate.function == AggregateFunction::avg) {
      return numericAverage(sum.unscaled(), sum.scale(), static_cast<int64_t>(values.size()));
    }
    if (aggregate.type.kind != Kind::int64) return sum;
    const bool fits = sum.unscaled() <= std::numeric_limits<int64_t>::max() &&
                      sum.unscaled() >= std::numeric_limits<int64_t>::min();
    return fits ? Value::int64(static_cast<int64_t>(sum.unscaled()))
                : Value::error(ErrorCode::bigintOutOfRange);
  }

  const Model& model_;
  const ViewType& view_;
  const Select& select_;
  const std::vector<PastEvent>& history_;
  const Tables& tables_;
  Inputs inputs_;
  EvalContext context_;
  Arena arena_;
  std::map<const Expr*, Program> programs_;
  std::deque<std::string> texts_;
  std::map<std::string, Group> groups_;
  std::set<std::string> keys_;
  Lines plain_;
};

}  // namespace

NaiveResult naiveRows(const Model& model, const ViewType& view,
                      const std::vector<PastEvent>& history, const Tables& tables) {
  return Naive(model, view, history, tables).run();
}

}  // namespace facet::test
