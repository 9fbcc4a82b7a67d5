// The made-up orders, and the model that they are for.
#include "bench/order_data.h"

#include <capnp/message.h>

#include <boost/test/unit_test.hpp>

#include "bench/embedded_model.h"
#include "bench/expected_totals.h"
#include "bench/order_writer.h"
#include "model/load.h"

namespace facet {
namespace {

std::shared_ptr<const Model> benchModel() {
  return loadModel({{"orders.capnp", std::string(kBenchOrdersCapnp)},
                    {"views.sql", std::string(kBenchViewsSql)}});
}

BOOST_AUTO_TEST_SUITE(order_data)

BOOST_AUTO_TEST_CASE(the_embedded_model_loads_and_has_three_views) {
  BOOST_TEST(benchModel()->views().size() == 3U);
}

BOOST_AUTO_TEST_CASE(an_order_takes_the_words_that_requests_are_made_for) {
  capnp::MallocMessageBuilder message;
  auto orders = message.initRoot<capnp::List<bench::PlaceOrder>>(10);
  OrderStream stream(1, 10'000);
  for (auto order : orders) writeOrder(stream.next(), 0xabcdef, order);
  const uint64_t listTag = 1;
  BOOST_TEST(orders.asReader().totalSize().wordCount == 10 * kOrderWords + listTag);
}

BOOST_AUTO_TEST_CASE(an_order_is_written_with_its_ids_in_full_length) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<bench::PlaceOrder>();
  writeOrder(
      {.number = 42, .customer = 7, .product = 999, .placedOn = 1, .quantity = 2, .total = 3},
      0x00beef, out);
  BOOST_TEST((out.asReader().getOrderId() == "00beef000000042"));
  BOOST_TEST((out.asReader().getCustomerId() == "C000007"));
  BOOST_TEST((out.asReader().getProductId() == "P000999"));
  BOOST_TEST(out.getTotal() == 3);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_orders) {
  OrderStream one(5, 100);
  OrderStream two(5, 100);
  for (int i = 0; i < 100; ++i) {
    const Order a = one.next();
    const Order b = two.next();
    BOOST_TEST(a.total == b.total);
    BOOST_TEST(a.customer == b.customer);
    BOOST_TEST(a.customer < 100U);
    BOOST_TEST(a.product < kBenchProducts);
    BOOST_TEST(a.total > 0);
  }
}

BOOST_AUTO_TEST_CASE(every_grouping_of_the_expected_totals_has_the_same_sum) {
  ExpectedTotals expected(100);
  OrderStream orders(9, 100);
  Totals all;
  for (int i = 0; i < 1'000; ++i) {
    const Order order = orders.next();
    expected.add(order);
    all.add({1, order.total});
  }
  for (const auto& rows : {expected.byRegion(), expected.byProduct(), expected.byCustomer()}) {
    Totals sum;
    for (const auto& [key, totals] : rows) sum.add(totals);
    BOOST_TEST((sum == all));
  }
}

BOOST_AUTO_TEST_CASE(a_lost_a_changed_and_a_surplus_row_are_found) {
  const TotalsByKey before = {{"a", {1, 10}}};
  const TotalsByKey added = {{"a", {1, 5}}, {"b", {2, 7}}};
  BOOST_TEST(firstDifference(before, added, {{"a", {2, 15}}, {"b", {2, 7}}}).empty());
  BOOST_TEST(!firstDifference(before, added, {{"a", {2, 15}}}).empty());
  BOOST_TEST(!firstDifference(before, added, {{"a", {2, 15}}, {"b", {2, 8}}}).empty());
  BOOST_TEST(!firstDifference(before, added, {{"a", {2, 15}}, {"b", {2, 7}}, {"c", {}}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
