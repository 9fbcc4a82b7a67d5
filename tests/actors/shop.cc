#include "tests/actors/shop.h"

#include <fmt/format.h>

#include "values/text.h"

namespace facet::test {

namespace {

constexpr const char kShop[] = R"(
@0xd2a49c31e07b6f15;
using Facet = import "/facet/model.capnp";

struct Customers $Facet.table(key = ["customerId"]) { customerId @0 :Text; region @1 :Text; }
struct Orders $Facet.table(key = ["orderId"]) {
  orderId @0 :Text;  customerId @1 :Text;  total @2 :Int64 $Facet.decimal(4);  status @3 :Text;
}
struct CustomerMoved $Facet.event(writes = [(table = "Customers", how = upsert)]) {
  customerId @0 :Text;  region @1 :Text;
}
struct MoveCustomer $Facet.command(emits = [(event = "CustomerMoved")],
    check = [(that = "region <> ''", otherwise = "a customer lives in a region")]) {
  customerId @0 :Text;  region @1 :Text;
}
struct OrderPlaced $Facet.event(
    writes = [(table = "Orders", set = [(field = "status", to = "'placed'")])]) {
  orderId @0 :Text;  customerId @1 :Text;  total @2 :Int64 $Facet.decimal(4);  region @3 :Text;
}
struct PlaceOrder $Facet.command(
    emits = [(event = "OrderPlaced", set = [(field = "region", to = "customers.region")])],
    check = [(that = "total > 0", otherwise = "an order needs a positive total")],
    references = [(field = "customerId", table = "Customers")]) {
  orderId @0 :Text;  customerId @1 :Text;  total @2 :Int64 $Facet.decimal(4);
}
struct OrderCancelled $Facet.event(writes = [
    (table = "Orders", how = update, set = [(field = "status", to = "'cancelled'")])]) {
  orderId @0 :Text;
}
struct CancelOrder $Facet.command(
    emits = [(event = "OrderCancelled")],
    references = [(field = "orderId", table = "Orders")],
    check = [(that = "orders.status = 'placed'",
              otherwise = "only a placed order can be cancelled")]) {
  orderId @0 :Text;
}
struct Counted $Facet.event() $Facet.command(emits = [(event = "Counted", when = "amount <> 0")],
    stream = "counter") {
  counter @0 :Text;  amount @1 :Int32;
}
)";

constexpr const char kViews[] = R"(
CREATE MATERIALIZED VIEW orders_by_region AS
  SELECT region, count(*) AS orders, sum(total) AS revenue FROM order_placed GROUP BY region;
CREATE MATERIALIZED VIEW revenue_by_home AS
  SELECT c.region, sum(o.total) AS revenue, max(o.total) AS largest
  FROM order_placed o JOIN customers c USING (customer_id) GROUP BY c.region;
CREATE MATERIALIZED VIEW open_orders AS
  SELECT order_id, total FROM orders WHERE status = 'placed';
CREATE UNIQUE INDEX ON open_orders (order_id);
CREATE MATERIALIZED VIEW ratios AS
  SELECT counter, count(*) AS n, 100 / sum(amount) AS ratio FROM counted GROUP BY counter;
)";

}  // namespace

std::shared_ptr<const Model> shopModel() {
  static const std::shared_ptr<const Model> model =
      loadModel({{"shop.capnp", kShop}, {"views.sql", kViews}});
  return model;
}

BatchOf& BatchOf::from(ClientId client, uint64_t firstSequence) {
  batch_.client = client;
  batch_.firstSequence = firstSequence;
  return *this;
}

BatchOf& BatchOf::atomic() {
  batch_.atomic = true;
  return *this;
}

BatchOf& BatchOf::add(std::string_view command, const Fields& fields, int64_t expectedVersion) {
  const CommandType& type = *model_.findCommand(command);
  RowBuilder builder;
  builder.start(type.layout);
  for (size_t i = 0; i < type.fields.size(); ++i) {
    for (const auto& [name, value] : fields) {
      if (name == type.fields[i].name) builder.set(i, value);
    }
  }
  const Row row = builder.finish();
  CommandItem item;
  item.command = static_cast<uint32_t>(&type - model_.commands().data());
  item.row = static_cast<uint32_t>(batch_.rows.size());
  item.expectedVersion = expectedVersion;
  const auto* words = reinterpret_cast<const uint64_t*>(row.data());
  batch_.rows.insert(batch_.rows.end(), words, words + row.size() / 8);
  batch_.items.push_back(item);
  return *this;
}

Shop::Shop()
    : model_(shopModel()),
      plans_(std::make_shared<const std::vector<CommandPlan>>(planCommands(*model_))),
      tables_(model_),
      sequencer_(model_, plans_, tables_, Position{0}),
      stage_(model_, plans_) {}

SequencedBatch Shop::send(CommandBatch batch) {
  return sequencer_.sequence(stage_.shape(std::move(batch)));
}

SequencedBatch Shop::registerCustomer(const std::string& id, const std::string& region) {
  return send(batch().add("MoveCustomer",
                          {{"customer_id", Value::text(id)}, {"region", Value::text(region)}}));
}

SequencedBatch Shop::placeOrder(const std::string& id, const std::string& customer, int64_t total) {
  return send(batch().add("PlaceOrder", {{"order_id", Value::text(id)},
                                         {"customer_id", Value::text(customer)},
                                         {"total", Value::numeric(int128{total} * 10000, 4)}}));
}

std::string Shop::table(std::string_view name, const std::string& key,
                        std::string_view column) const {
  const TableType& type = *model_->findTable(name);
  const auto index = static_cast<uint32_t>(&type - model_->tables().data());
  RowBuilder builder;
  builder.start(type.keyLayout);
  builder.set(0, Value::text(key));
  const std::string_view packed = builder.finish().bytes();
  const Version* row = tables_.findNewest(index, packed, hashRow(packed));
  if (row == nullptr) return "none";
  const uint32_t at = *type.relation.findColumn(column);
  const TableType::Place& place = type.places[at];
  const Value value = place.inKey ? row->keyRow().get(type.keyLayout, place.index)
                                  : row->valueRow().get(type.restLayout, place.index);
  return toText(type.fields[at].type, value);
}

std::string verdict(const SequencedBatch& batch, uint32_t index) {
  for (const CommandOutcome& outcome : batch.outcome.exceptions) {
    if (outcome.index != index) continue;
    if (outcome.what == CommandOutcome::What::duplicate) {
      return fmt::format("duplicate of {}", outcome.position.value);
    }
    return outcome.reason;
  }
  return "accepted";
}

}  // namespace facet::test
