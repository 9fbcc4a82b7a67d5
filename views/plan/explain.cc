#include <fmt/format.h>

#include <utility>

#include "views/plan/view_operators.h"
#include "views/plan/view_plan.h"

namespace facet {

namespace {

/// Memory of a stored row beside its values: its version, its place in the table.
constexpr uint32_t kRowOverhead = 52;
/// What an entry below the joins has beside its row and sums; and for each join.
constexpr uint32_t kEntryOverhead = kRowOverhead + 16;
constexpr uint32_t kJoinOverhead = 24;
/// An entry of an ordered index, beside the bytes of its order and key.
constexpr uint32_t kIndexOverhead = 60;

std::string list(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

class Explain {
 public:
  explicit Explain(const ViewPlan& owner)
      : plan_(owner.operators()), store_(plan_.store), owner_(owner) {}

  std::vector<PlanStep> run() {
    source();
    endStep();
    for (const StepPlan& step : plan_.steps) {
      describe(step);
      endStep();
    }
    return std::move(out_);
  }

 private:
  void describe(const StepPlan& step) {
    switch (step.what) {
      case StepPlan::What::keyJoin:
        return joins();
      case StepPlan::What::store:
        store_.aggregated ? groups() : rows();
        shards();
        return indexes();
    }
  }

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void endStep() { out_.push_back({std::exchange(text_, {}), {}}); }

  std::string texts(const std::vector<Site>& sites) const {
    std::vector<std::string> parts;
    for (const Site& site : sites) parts.push_back(plan_.sites[site.text]);
    return list(parts);
  }

  static uint32_t bytesOf(const RowLayout& layout) {
    return layout.size() == 0 ? 0 : layout.words() * 8;
  }
  static const char* andTexts(const RowLayout& a, const RowLayout& b) {
    return a.tailColumns().empty() && b.tailColumns().empty() ? "" : ", and its texts";
  }

  /// A relation as FROM has it: a table may be there several times.
  std::string named(size_t relation) const {
    const Select::From& from = owner_.view().select.from[relation];
    const std::string& name = from.relation->name;
    return name == from.alias ? name : fmt::format("{} {}", name, from.alias);
  }

  void source() {
    if (plan_.source.isEvent) {
      line("  source   event {}", named(0));
    } else {
      line("  source   table {}: of a row that changes, the old one is taken back", named(0));
    }
    const std::vector<Site>& where = plan_.join ? plan_.join->lower.where : plan_.rows.where;
    if (!where.empty()) line("           where {}", texts(where));
  }

  void joins() {
    const LowerPlan& lower = plan_.join->lower;
    line("  collect  by {}", texts(lower.columns));
    for (size_t i = 0; i < lower.sums.plans.size(); ++i) {
      line("           {}: {}", plan_.sites[store_.aggregateTexts[lower.sums.aggregates[i]]],
           lower.sums.plans[i].describe());
    }
    const size_t entry = kEntryOverhead + bytesOf(lower.layout) + lower.sums.bytes +
                         kJoinOverhead * plan_.join->tables.size();
    // The first column is empty: it is not a text of the row.
    const bool texts = lower.layout.tailColumns().size() > 1;
    line("           keeps for each distinct combination about {} bytes{}", entry,
         texts ? ", and its texts" : "");
    for (size_t i = 0; i < plan_.join->tables.size(); ++i) {
      const TableType& table = owner_.model().tables()[plan_.join->tables[i].table];
      line("  join     table {} on {}", named(i + 1), this->texts(plan_.join->tables[i].key));
      std::vector<std::string> used;
      for (uint32_t column = 0; column < table.places.size(); ++column) {
        if (isUsed(plan_.join->tables[i], table.places[column])) {
          used.push_back(table.relation.columns[column].name);
        }
      }
      line("           a row that comes, goes{} moves the combinations of its key",
           used.empty() ? "" : fmt::format(", or changes in {}", list(used)));
    }
    if (!plan_.rows.where.empty()) line("           where {}", this->texts(plan_.rows.where));
  }

  static bool isUsed(const KeyJoinPlan& join, const TableType::Place& place) {
    for (const uint32_t column : join.used) {
      if (!place.inKey && place.index == column) return true;
    }
    return false;
  }

  void rows() {
    if (store_.isBag()) {
      line("  rows     without a key: equal rows are kept once, with their number");
    } else {
      line("  rows     by {}", texts(plan_.rows.key));
    }
    line("           keeps for each row about {} bytes{}", rowBytes(),
         andTexts(store_.format.key, store_.restLayout));
  }

  void groups() {
    line("  group    by {}", store_.global ? "nothing: one row" : texts(plan_.rows.key));
    for (size_t i = 0; i < store_.aggregates.size(); ++i) {
      line("           {}: {}", nameOf(i), keptFor(i));
    }
    if (store_.having.program) line("           having {}", plan_.sites[store_.having.text]);
    line("           keeps for each group about {} bytes{}", rowBytes(),
         andTexts(store_.format.key, store_.restLayout));
  }

  const std::string& nameOf(size_t aggregate) const {
    return plan_.sites[store_.aggregateTexts[aggregate]];
  }

  std::string keptFor(size_t aggregate) const {
    const AggregatePlan& plan = store_.aggregates[aggregate];
    const bool shares = plan.usesSet() && plan.set != aggregate;
    return shares ? "what " + nameOf(plan.set) + " keeps" : plan.describe();
  }

  size_t rowBytes() const {
    return kRowOverhead + store_.format.key.words() * 8 + bytesOf(store_.restLayout) +
           bytesOf(store_.extremeLayout) + store_.accumulatorBytes;
  }

  void shards() {
    if (store_.global) return;
    if (store_.format.shardColumns == 0) {
      line("  shards   all rows in one: its unique index is over results alone");
    } else if (!store_.format.shardsByWholeKey()) {
      std::vector<std::string> columns;
      for (uint32_t i = 0; i < store_.format.shardColumns; ++i) {
        columns.push_back(plan_.sites[plan_.rows.key[i].text]);
      }
      line("  shards   by {}", list(columns));
    } else {
      line("  shards   by {}", store_.aggregated ? "group" : "row");
    }
  }

  void indexes() {
    const ViewType& view = owner_.view();
    for (size_t i = 0; i < store_.orders.size(); ++i) {
      const OrderPlan& order = store_.orders[i];
      std::vector<std::string> columns;
      for (size_t c = 0; c < order.columns.size(); ++c) {
        columns.push_back(view.relation.columns[order.columns[c]].name +
                          (order.descending[c] ? " DESC" : ""));
      }
      const bool unique = store_.viewKey.order && *store_.viewKey.order == i;
      line("  {}    ({}): about {} bytes a row", unique ? "unique" : "index ", list(columns),
           kIndexOverhead + 10 * order.columns.size() + store_.format.key.words() * 8);
    }
  }

  const ViewPlan::Operators& plan_;
  const StorePlan& store_;
  const ViewPlan& owner_;
  std::string text_;  // of the step that is written
  std::vector<PlanStep> out_;
};

}  // namespace

std::vector<PlanStep> ViewPlan::steps() const {
  return Explain(*this).run();
}

std::string ViewPlan::explain() const {
  std::string out = view().name + "\n";
  for (const PlanStep& step : steps()) out += step.text;
  return out;
}

}  // namespace facet
