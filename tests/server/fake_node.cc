#include "tests/server/fake_node.h"

#include <cstring>
#include <new>

#include "model/load.h"
#include "values/assert.h"

namespace facet::test {
namespace {

constexpr const char* kShop = R"(@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";
struct Customers $Facet.table(key = ["customerId"]) {
  customerId @0 :Text;  name @1 :Text;  region @2 :Text;
}
struct CustomerAdded $Facet.event(writes = [(table = "Customers")]) {
  customerId @0 :Text;  name @1 :Text;  region @2 :Text;
}
struct AddCustomer $Facet.command(emits = [(event = "CustomerAdded")]) {
  customerId @0 :Text;  name @1 :Text;  region @2 :Text;
}
struct OrderPlaced $Facet.event() {
  orderId @0 :Text;  customerId @1 :Text;  placedOn @2 :Int32 $Facet.date;
  total   @3 :Int64 $Facet.decimal(4);     region @4 :Text;
}
struct PlaceOrder $Facet.command(
    emits      = [(event = "OrderPlaced", set = [(field = "region", to = "customers.region")])],
    references = [(field = "customerId", table = "Customers")]) {
  orderId  @0 :Text;  customerId @1 :Text;
  placedOn @2 :Int32 $Facet.date;  total @3 :Int64 $Facet.decimal(4);
}
)";

constexpr const char* kViews = R"(
CREATE MATERIALIZED VIEW orders_by_region AS
  SELECT region, count(*) AS orders, sum(total) AS revenue, avg(total) AS average
  FROM order_placed GROUP BY region;
)";

std::vector<Type> typesOf(const Relation& relation,
                          const std::vector<uint32_t>* columns = nullptr) {
  std::vector<Type> out;
  if (columns == nullptr) {
    for (const RelationColumn& column : relation.columns) out.push_back(column.type);
  } else {
    for (const uint32_t column : *columns) out.push_back(relation.columns[column].type);
  }
  return out;
}

const Relation& relationOf(const ViewType* view, const TableType* table) {
  return view != nullptr ? view->relation : table->relation;
}

}  // namespace

std::shared_ptr<const Model> shopModel() {
  static const std::shared_ptr<const Model> model =
      loadModel({{"shop.capnp", kShop}, {"views.sql", kViews}});
  return model;
}

FakeSource::FakeSource(const Relation& relation, std::vector<uint32_t> key)
    : relation_(relation),
      rowLayout_(typesOf(relation)),
      key_(std::move(key)),
      keyLayout_(typesOf(relation, &key_)) {}

void FakeSource::put(Position at, const std::vector<Value>& row) {
  RowBuilder keyBuilder;
  keyBuilder.start(keyLayout_);
  for (size_t i = 0; i < key_.size(); ++i) keyBuilder.set(i, row[key_[i]]);
  const std::string_view key = keyBuilder.finish().bytes();
  RowBuilder rowBuilder;
  rowBuilder.start(rowLayout_);
  for (size_t c = 0; c < row.size(); ++c) rowBuilder.set(c, row[c]);
  const std::string_view value = rowBuilder.finish().bytes();
  auto& memory = memory_.emplace_back((sizeof(Version) + key.size() + value.size()) / 8 + 1);
  auto* version = new (memory.data()) Version{};
  version->position = at;
  version->weight = 1;
  version->keyBytes = static_cast<uint32_t>(key.size());
  version->valueBytes = static_cast<uint32_t>(value.size());
  std::memcpy(version->keyData(), key.data(), key.size());
  std::memcpy(version->valueData(), value.data(), value.size());
  rows_[std::string(key)].push_back(version);
}

const Version* FakeSource::versionAt(const std::vector<const Version*>& versions,
                                     Position at) const {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if ((*it)->position <= at) return *it;
  }
  return nullptr;
}

RowSource::Found FakeSource::get(Position at, std::string_view key) const {
  const auto found = rows_.find(key);
  return {found == rows_.end() ? nullptr : versionAt(found->second, at)};
}

Value FakeSource::column(const Version& row, uint32_t column, Arena&) const {
  return Row(row.valueData()).get(rowLayout_, column);
}

void FakeSource::scan(Position at, Cursor& cursor,
                      const std::function<bool(const Version&)>& visit) const {
  auto it = cursor.bookmark.empty() ? rows_.begin() : rows_.upper_bound(cursor.bookmark);
  for (; it != rows_.end(); ++it) {
    beforeRow();
    const Version* version = versionAt(it->second, at);
    cursor.bookmark = it->first;
    ++visited_;
    if (version != nullptr && !visit(*version)) return;
  }
  cursor.done = true;
}

void FakeSource::scanOrdered(Position, size_t, bool, std::string_view, std::string_view, Cursor&,
                             const std::function<bool(const Version&)>&) const {
  FACET_ASSERT(false);  // orders() has none
}

FakeRelation::FakeRelation(const ViewType* view, const TableType* table, uint32_t index)
    : rows(relationOf(view, table), relationOf(view, table).key),
      view_(view),
      table_(table),
      index_(index) {}

Position FakeRelation::cut(Cuts::Pin& pin, std::string* why) const {
  if (!degraded()) return pin.position();
  if (why != nullptr) *why = degradedWhy;
  return degradedAt;
}

FakeNode::FakeNode(NodeListener& listener, std::shared_ptr<const Model> model)
    : listener_(listener), model_(std::move(model)) {
  for (uint32_t v = 0; v < model_->views().size(); ++v) {
    const ViewType& view = model_->views()[v];
    relations_[view.name] = std::make_unique<FakeRelation>(&view, nullptr, v);
  }
  for (uint32_t t = 0; t < model_->tables().size(); ++t) {
    const TableType& table = model_->tables()[t];
    relations_[table.relation.name] = std::make_unique<FakeRelation>(nullptr, &table, t);
  }
  cuts_.onVisible([this](Position visible) { listener_.onVisible(visible); });
}

void FakeNode::publish(uint64_t position) {
  if (head_.value < position) head_ = {position};
  cuts_.publish(0, {position});
}

void FakeNode::putRegion(uint64_t at, const std::string& region, int64_t orders, int64_t revenue) {
  const Value average = orders == 0 ? Value::null() : Value::numeric(revenue / orders, 4);
  relation("orders_by_region")
      .rows.put({at},
                {Value::text(region), Value::int64(orders), Value::numeric(revenue, 4), average});
}

BatchOutcome FakeNode::accepted(const CommandBatch& batch) {
  BatchOutcome out;
  out.ticket = batch.ticket;
  out.epoch = epoch();
  out.first = head_ + 1;
  out.last = head_ + batch.items.size();
  out.durable = out.last;
  out.accepted = static_cast<uint32_t>(batch.items.size());
  return out;
}

void FakeNode::answer(BatchOutcome outcome) {
  if (head_ < outcome.last) head_ = outcome.last;
  std::vector<BatchOutcome> outcomes;
  outcomes.push_back(std::move(outcome));
  listener_.onOutcomes(std::move(outcomes));
}

std::string FakeNode::submit(CommandBatch batch) {
  if (!refusal.empty()) return refusal;
  if (std::string why = refuse(batch); !why.empty()) return why;
  ++taken;
  if (!automatic) {
    batches.push_back(std::move(batch));
    return {};
  }
  const BatchOutcome outcome = accepted(batch);
  answer(outcome);
  publish(outcome.last.value);
  return {};
}

const LiveRelation* FakeNode::find(std::string_view name) const {
  const auto found = relations_.find(name);
  return found == relations_.end() ? nullptr : found->second.get();
}

NodeStatus FakeNode::status() const {
  beforeStatus();
  NodeStatus out;
  out.logId = logId();
  out.epoch = epoch();
  out.position = head_;
  out.visible = cuts_.visible();
  out.problems = problems;
  RelationStatus& view = out.views.emplace_back();
  view.name = "orders_by_region";
  view.state = "live";
  view.rows = 4;
  view.bytes = 1000;
  view.position = cuts_.visible();
  view.digest = 255;
  return out;
}

Position FakeNode::readLog(Position from, uint32_t limit,
                           const std::function<bool(const LoggedEvent&)>& visit) const {
  const EventType& type = model_->events()[0];
  RowBuilder builder;
  Position at = from;
  for (; at <= head_ && at.value < from.value + limit; at = at + 1) {
    builder.start(type.layout);
    builder.set(0, Value::text("c1"));
    if (!visit({at, 1'000'000, 0, builder.finish()})) return at + 1;
  }
  return at;
}

}  // namespace facet::test
