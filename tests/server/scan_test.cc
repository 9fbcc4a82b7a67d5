// Scans in pages, and queries.
#include <atomic>
#include <thread>

#include "server/limits.h"
#include "tests/server/server_fixture.h"

namespace facet::test {
namespace {

using Kind = ClientError::Kind;
using Lines = std::vector<std::string>;

struct ManyRegions : ServerFixture {
  ManyRegions() {
    for (int i = 0; i < 100; ++i) node.putRegion(1, fmt::format("r{:03}", i), i, i * 10'000);
    node.publish(1);
  }

  struct Ask {
    std::string filter = {};
    std::string order = {};
    uint64_t limit = 0;
    uint32_t page = 0;
    std::string cursor = {};
    std::string after = {};
    bool goOn = false;
  };
  kj::Promise<Scan> scan(const Ask& ask) {
    auto request = view().scanRequest();
    auto options = request.initOptions();
    options.setFilter(ask.filter.c_str());
    options.setOrder(ask.order.c_str());
    options.setLimit(ask.limit);
    options.setGoOn(ask.goOn);
    options.setPage(ask.page);
    options.setCursor({reinterpret_cast<const capnp::byte*>(ask.cursor.data()), ask.cursor.size()});
    if (!ask.after.empty()) {
      options.getAfter().initAsAnyStruct(0, 1).getPointerSection()[0].setAs<capnp::Text>(
          ask.after.c_str());
    }
    return request.send().then([](Scan&& reply) { return kj::mv(reply); });
  }
  static std::string cursorOf(const Scan& reply) {
    const auto bytes = reply.getCursor();
    return {bytes.begin(), bytes.end()};
  }
  /// All pages, one after another; names of regions only.
  Lines regions(Ask ask) {
    Lines out;
    do {
      const Scan reply = wait(scan(ask));
      for (const std::string& row : rows(reply.getRows()))
        out.push_back(row.substr(0, row.find('|')));
      ask = {.page = ask.page, .cursor = cursorOf(reply)};
    } while (!ask.cursor.empty());
    return out;
  }
  kj::Promise<Query> query(const std::string& sql, const Lines& params = {}) {
    auto request = client->session().queryRequest();
    request.setSql(sql.c_str());
    auto list = request.initParams(static_cast<unsigned>(params.size()));
    for (unsigned i = 0; i < list.size(); ++i) list[i].setText(params[i].c_str());
    return request.send().then([](Query&& reply) { return kj::mv(reply); });
  }
  /// Each row's columns, separated by bars.
  Lines answer(const std::string& sql, const Lines& params = {}) {
    const Query reply = wait(query(sql, params));
    const auto columns = columnShapes(reply.getColumns());
    RowReader reader(columns);
    Lines out;
    for (const auto row :
         reply.getRows().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>()) {
      reader.read(row);
      std::string& line = out.emplace_back();
      for (size_t c = 0; c < columns.size(); ++c)
        line += (c > 0 ? "|" : "") + reader.text(c).value_or("NULL");
    }
    return out;
  }
};

BOOST_AUTO_TEST_SUITE(scan)

BOOST_FIXTURE_TEST_CASE(every_row_comes_once_whatever_the_page, ManyRegions) {
  for (const uint32_t page : {0U, 1U, 7U, 50U, 100U, 101U}) {
    const Lines all = regions({.page = page});
    BOOST_TEST(all.size() == 100U);
    BOOST_TEST(std::is_sorted(all.begin(), all.end()));
  }
}

BOOST_FIXTURE_TEST_CASE(the_last_page_has_no_cursor, ManyRegions) {
  BOOST_TEST(cursorOf(wait(scan({.page = 100}))).empty());
  BOOST_TEST(!cursorOf(wait(scan({.page = 99}))).empty());
}

BOOST_FIXTURE_TEST_CASE(all_pages_are_of_the_first_ones_cut, ManyRegions) {
  const Scan first = wait(scan({.page = 50}));
  for (int i = 0; i < 100; ++i) node.putRegion(2, fmt::format("r{:03}", i), 0, 0);
  node.publish(2);
  const Scan second = wait(scan({.page = 50, .cursor = cursorOf(first)}));
  BOOST_TEST(second.getCut().getPosition() == 1U);
  BOOST_TEST(rows(second.getRows())[0] == "r050|50|50.0000|1.0000");
}

BOOST_FIXTURE_TEST_CASE(a_cursor_that_is_kept_no_more_goes_on_behind_its_last_row, ManyRegions) {
  const std::string cursor = cursorOf(wait(scan({.page = 50})));
  for (int i = 0; i < 100; ++i) node.putRegion(2, fmt::format("r{:03}", i), 7, 10'000);
  node.publish(2);
  wait(scan({.page = 25, .cursor = cursor}));  // it serves one page
  BOOST_TEST(failure(scan({.cursor = cursor})).kind == Kind::expired);
  auto other = connect();
  std::swap(client, other);
  const Scan rest = wait(scan({.limit = 60, .cursor = cursor, .goOn = true}));
  BOOST_TEST(rest.getCut().getPosition() == 2U);
  BOOST_TEST(rows(rest.getRows()).size() == 50U);
  BOOST_TEST(rows(rest.getRows())[0] == "r050|7|1.0000|0.1428");
  std::swap(client, other);
}

BOOST_FIXTURE_TEST_CASE(a_scan_whose_rows_were_sorted_can_not_go_on, ManyRegions) {
  const Ask ask{.order = "revenue DESC", .page = 50, .goOn = true};
  const std::string cursor = cursorOf(wait(scan(ask)));
  wait(scan({.page = 25, .cursor = cursor}));
  const ClientError error = failure(scan({.order = ask.order, .cursor = cursor, .goOn = true}));
  BOOST_TEST(error.kind == Kind::expired);
  BOOST_TEST(contains(error.what(), "sorted"));
}

BOOST_FIXTURE_TEST_CASE(a_cursor_of_any_bytes_is_an_error, ManyRegions) {
  for (const size_t size : {1U, 15U, 16U, 17U, 30U, 1000U}) {
    const std::string bytes(size, 'x');
    BOOST_TEST(failure(scan({.cursor = bytes})).kind != Kind::disconnected);
    BOOST_TEST(failure(scan({.cursor = bytes, .goOn = true})).kind != Kind::disconnected);
  }
  wait(scan({}));
}

BOOST_FIXTURE_TEST_CASE(filter_order_and_limit_are_obeyed, ManyRegions) {
  BOOST_TEST((regions({.filter = "orders >= 98"}) == Lines{"r098", "r099"}));
  BOOST_TEST((regions({.order = "revenue DESC", .limit = 2}) == Lines{"r099", "r098"}));
  BOOST_TEST((regions({.limit = 3, .page = 2}) == Lines{"r000", "r001", "r002"}));
}

BOOST_FIXTURE_TEST_CASE(a_scan_can_begin_after_a_key, ManyRegions) {
  BOOST_TEST((regions({.after = "r097"}) == Lines{"r098", "r099"}));
  BOOST_TEST((regions({.filter = "orders < 3", .after = "r000"}) == Lines{"r001", "r002"}));
  BOOST_TEST((regions({.limit = 1, .after = "o'clock"}) == Lines{"r000"}));
  BOOST_TEST(
      contains(failure(scan({.order = "orders", .after = "r0"})).what(), "leave order empty"));
}

BOOST_FIXTURE_TEST_CASE(bad_filters_name_their_place, ManyRegions) {
  const ClientError error = failure(scan({.filter = "ordres > 1"}));
  BOOST_TEST(error.kind == Kind::failed);
  BOOST_TEST(contains(error.what(), "ordres"));
  BOOST_TEST(contains(error.what(), "line 1, column 1"));
  BOOST_TEST(failure(scan({.filter = "orders >"})).kind == Kind::failed);
  BOOST_TEST(
      contains(failure(scan({.filter = "1 / (orders - 50) > 0"})).what(), "division by zero"));
}

BOOST_FIXTURE_TEST_CASE(a_cursor_serves_one_page_and_one_session, ManyRegions) {
  const std::string cursor = cursorOf(wait(scan({.page = 10})));
  auto other = connect();
  std::swap(client, other);
  BOOST_TEST(failure(scan({.cursor = cursor})).kind == Kind::expired);
  std::swap(client, other);
  BOOST_TEST(rows(wait(scan({.page = 10, .cursor = cursor})).getRows()).size() == 10U);
  BOOST_TEST(failure(scan({.cursor = cursor})).kind == Kind::expired);
  BOOST_TEST(failure(scan({.cursor = "what?"})).kind == Kind::failed);
}

BOOST_FIXTURE_TEST_CASE(open_scans_are_bounded_and_end_with_their_session, ManyRegions) {
  auto other = connect();
  std::swap(client, other);
  for (size_t i = 0; i < kMaxOpenPerSession; ++i) wait(scan({.page = 1}));
  BOOST_TEST(failure(scan({.page = 1})).kind == Kind::overloaded);
  BOOST_TEST(thread->cursors().open() == kMaxOpenPerSession);
  std::swap(client, other);
  wait(scan({.page = 100}));  // another session is not concerned
  other = nullptr;
  BOOST_TEST(eventually([&] { return thread->cursors().open() == 0; }));
}

BOOST_FIXTURE_TEST_CASE(kept_cursors_keep_nobody_out, ManyRegions) {
  std::vector<kj::Own<AsyncClient>> greedy;
  while (thread->cursors().open() < kMaxOpen) {
    if (thread->cursors().open() % kMaxOpenPerSession == 0) {
      greedy.push_back(connect());
      std::swap(client, greedy.back());
    }
    wait(scan({.page = 1}));
  }
  greedy.push_back(connect());
  std::swap(client, greedy.back());
  for (int i = 0; i < 20; ++i) {
    const std::string own = cursorOf(wait(scan({.page = 1})));
    BOOST_TEST(rows(wait(scan({.page = 1, .cursor = own})).getRows()).size() == 1U);
  }
  BOOST_TEST(answer("SELECT count(*) FROM orders_by_region").size() == 1U);
  BOOST_TEST(thread->cursors().open() <= kMaxOpen);
}

/// Very many rows, whose scans stop before the first one until they are let go.
struct HeldRows : ManyRegions {
  HeldRows() {
    for (int i = 0; i < 50'000; ++i) node.putRegion(1, fmt::format("x{:05}", i), i, 1);
    source.beforeRow = [this] {
      ++atRow;
      while (held) std::this_thread::yield();
    };
  }
  /// The end of what is still at its first row, or waits for its turn, at its deadline.
  template <typename T>
  std::string late(kj::Promise<T> promise) {
    held = true;
    atRow = 0;
    std::string end;
    auto ended = promise
                     .then([&end](T&&) { end = "in time"; },
                           [&end](kj::Exception&& e) { end = e.getDescription().cStr(); })
                     .eagerlyEvaluate(nullptr);
    BOOST_TEST(eventually([&] { return atRow > 0 || !end.empty(); }));
    pass(5);
    held = false;
    wait(kj::mv(ended));
    return end;
  }

  FakeSource& source = node.relation("orders_by_region").rows;
  std::atomic<bool> held{false};
  std::atomic<size_t> atRow{0};
};

BOOST_FIXTURE_TEST_CASE(a_query_has_a_deadline, HeldRows) {
  thread->setQueryTimeout(1 * kj::MILLISECONDS);
  BOOST_TEST(contains(late(query("SELECT sum(orders) FROM orders_by_region")), "--query-timeout"));
  BOOST_TEST(contains(late(scan({.filter = "orders < 0"})), "--query-timeout"));
  thread->setQueryTimeout(30 * kj::SECONDS);
  BOOST_TEST(answer("SELECT count(*) FROM orders_by_region").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(others_are_served_while_a_long_scan_goes_on, HeldRows) {
  held = true;
  auto sum = query("SELECT sum(orders) FROM orders_by_region");
  BOOST_TEST(eventually([&] { return atRow > 0; }));
  const Get got = wait(get({"r001"}));
  BOOST_TEST(rows(got.getRows()).size() == 1U);
  BOOST_TEST(source.visited() == 0U);
  held = false;
  wait(kj::mv(sum));
  BOOST_TEST(source.visited() >= 50'100U);
}

BOOST_FIXTURE_TEST_CASE(a_query_gives_columns_and_rows, ManyRegions) {
  BOOST_TEST((answer("SELECT count(*), sum(orders), max(region) FROM orders_by_region") ==
              Lines{"100|4950|r099"}));
  BOOST_TEST(
      (answer("SELECT region, average FROM orders_by_region WHERE orders < 2 ORDER BY region") ==
       Lines{"r000|NULL", "r001|1.0000"}));
  BOOST_TEST(
      (answer("SELECT orders FROM orders_by_region WHERE region = $1", {"r042"}) == Lines{"42"}));
}

BOOST_FIXTURE_TEST_CASE(queries_that_can_not_be_answered_say_why, ManyRegions) {
  BOOST_TEST(contains(failure(query("SELECT nothing FROM orders_by_region")).what(), "nothing"));
  BOOST_TEST(contains(failure(query("SELECT 1 FROM order_placed")).what(), "order_placed"));
  BOOST_TEST(contains(failure(query("DROP TABLE customers")).what(), "line 1"));
  BOOST_TEST(contains(failure(query("SELECT 1 / (orders - 3) FROM orders_by_region")).what(),
                      "division by zero"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
