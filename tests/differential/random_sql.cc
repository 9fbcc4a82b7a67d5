#include "tests/differential/random_sql.h"

#include <fmt/format.h>

namespace facet::test {

const char* const kMarketModel = R"(
@0xc1d5a9e37f2b8460;
using Facet = import "/facet/model.capnp";

struct Customers $Facet.table(key = ["customerId"]) {
  customerId @0 :Text;  region @1 :Text;  level @2 :Int32;  since @3 :Int32 $Facet.date;
  referrer @4 :Text;
}
struct Products $Facet.table(key = ["productId"]) {
  productId @0 :Int32;  name @1 :Text;  cost @2 :Int64 $Facet.decimal(2);
}
struct Sale $Facet.event() {
  saleId @0 :Int64;
  customerId @1 :Text;
  productId @2 :Int32;
  qty @3 :Int32 $Facet.nullValue("-1");
  amount @4 :Int64 $Facet.decimal(2);
  price @5 :Float64;
  day @6 :Int32 $Facet.date;
  at @7 :Int64 $Facet.timestamp;
  flag @8 :Bool;
  channel @9 :Channel;
  note @10 :Text;
  giftTo @11 :Text;
}
enum Channel { web @0; shop @1; phone @2; }
struct CustomerSet $Facet.event(writes = [(table = "Customers", how = upsert)]) {
  customerId @0 :Text;  region @1 :Text;  level @2 :Int32;  since @3 :Int32 $Facet.date;
  referrer @4 :Text;
}
struct CustomerGone $Facet.event(writes = [(table = "Customers", how = delete)]) {
  customerId @0 :Text;
}
struct ProductSet $Facet.event(writes = [(table = "Products", how = upsert)]) {
  productId @0 :Int32;  name @1 :Text;  cost @2 :Int64 $Facet.decimal(2);
}
)";

/// What a SELECT has in FROM: the sale, and the tables by their aliases.
struct RandomSql::Scope {
  bool sale = false;
  std::vector<std::string> customers;
  std::vector<std::string> products;
};

std::string RandomSql::column(const Scope& scope, const char* type) {
  using Columns = std::map<std::string, std::vector<std::string>>;
  static const Columns kSale = {{"int", {"sale_id", "product_id", "qty"}},
                                {"num", {"amount"}},
                                {"text", {"customer_id", "channel", "note", "gift_to"}},
                                {"date", {"day"}},
                                {"bool", {"flag"}}};
  static const Columns kCustomer = {
      {"int", {"level"}}, {"text", {"customer_id", "region", "referrer"}}, {"date", {"since"}}};
  static const Columns kProduct = {{"int", {"product_id"}}, {"num", {"cost"}}, {"text", {"name"}}};
  std::vector<std::string> all;
  const auto add = [&](const std::string& alias, const Columns& columns) {
    const auto found = columns.find(type);
    if (found == columns.end()) return;
    for (const std::string& name : found->second) all.push_back(fmt::format("{}.{}", alias, name));
  };
  if (scope.sale) add("s", kSale);
  for (const std::string& alias : scope.customers) add(alias, kCustomer);
  for (const std::string& alias : scope.products) add(alias, kProduct);
  return all.empty() ? std::string() : all[pick(all.size())];
}

std::string RandomSql::integer(const Scope& scope, int depth) {
  if (depth == 0 || chance(50)) {
    const std::string leaf = column(scope, "int");
    return leaf.empty() || chance(15) ? std::to_string(pick(9)) : leaf;
  }
  switch (pick(7)) {
    case 0:
      return fmt::format("({} + {})", integer(scope, depth - 1), pick(5));
    case 1:
      return fmt::format("({} % {})", integer(scope, depth - 1), 2 + pick(5));
    case 2:
      return fmt::format("({} / {})", integer(scope, depth - 1), 1 + pick(5));
    case 3:
      return fmt::format("length({})", text(scope, depth - 1));
    case 4:
      return fmt::format("coalesce({}, {})", integer(scope, depth - 1), pick(5));
    case 5:
      return fmt::format("CASE WHEN {} THEN {} ELSE {} END", condition(scope, depth - 1),
                         integer(scope, depth - 1), integer(scope, depth - 1));
    default:
      return fmt::format("extract({} FROM {})::integer",
                         std::vector<std::string>{"year", "month", "day", "dow"}[pick(4)],
                         date(scope, depth - 1));
  }
}

std::string RandomSql::number(const Scope& scope, int depth) {
  const std::string leaf = column(scope, "num");
  if (leaf.empty()) return fmt::format("({})::numeric", integer(scope, depth));
  if (depth == 0 || chance(50)) return leaf;
  switch (pick(6)) {
    case 0:
      return fmt::format("({} * {})", number(scope, depth - 1), integer(scope, 0));
    case 1:
      return fmt::format("({} - {})", number(scope, depth - 1), number(scope, depth - 1));
    case 2:
      return fmt::format("round({}, {})", number(scope, depth - 1), pick(3));
    case 3:
      return fmt::format("abs({})", number(scope, depth - 1));
    case 4:
      return fmt::format("({} / nullif({}, 0))", number(scope, depth - 1), integer(scope, 0));
    default:
      return fmt::format("greatest({}, {})", number(scope, depth - 1), pick(100));
  }
}

std::string RandomSql::text(const Scope& scope, int depth) {
  if (depth == 0 || chance(60)) return column(scope, "text");
  switch (pick(6)) {
    case 0:
      return fmt::format("upper({})", text(scope, depth - 1));
    case 1:
      return fmt::format("({} || '-' || {})", text(scope, depth - 1), text(scope, depth - 1));
    case 2:
      return fmt::format("coalesce({}, 'none')", text(scope, depth - 1));
    case 3:
      return fmt::format("left({}, {})", text(scope, depth - 1), pick(4));
    case 4:
      return fmt::format("({})::text", integer(scope, depth - 1));
    default:
      return fmt::format("nullif({}, 'east')", text(scope, depth - 1));
  }
}

std::string RandomSql::date(const Scope& scope, int depth) {
  const std::string leaf = column(scope, "date");
  if (leaf.empty()) return "date '2024-02-29'";
  if (depth == 0 || chance(60)) return leaf;
  if (chance(50)) return fmt::format("({} + {})", leaf, pick(40));
  return fmt::format("date_trunc('{}', {}::timestamp)::date",
                     std::vector<std::string>{"month", "week", "quarter", "year"}[pick(4)], leaf);
}

std::string RandomSql::condition(const Scope& scope, int depth) {
  if (depth > 0 && chance(35)) {
    switch (pick(3)) {
      case 0:
        return fmt::format("({} AND {})", condition(scope, depth - 1), condition(scope, depth - 1));
      case 1:
        return fmt::format("({} OR {})", condition(scope, depth - 1), condition(scope, depth - 1));
      default:
        return fmt::format("NOT ({})", condition(scope, depth - 1));
    }
  }
  static const std::vector<std::string> kComparisons = {"=", "<>", "<", "<=", ">", ">="};
  switch (pick(8)) {
    case 0:
      return fmt::format("{} {} {}", integer(scope, 1), kComparisons[pick(6)], pick(8));
    case 1:
      return fmt::format("{} {} {}", number(scope, 1), kComparisons[pick(6)], pick(50));
    case 2:
      return fmt::format("{} IS {}NULL", text(scope, 1), chance(50) ? "NOT " : "");
    case 3:
      return fmt::format("{} IN ('east', 'west', 'web', 'C1', 'test')", text(scope, 1));
    case 4:
      return fmt::format("{} LIKE '%{}%'", text(scope, 1), std::string(1, "aest"[pick(4)]));
    case 5:
      return fmt::format("{} BETWEEN date '2024-01-10' AND date '2024-03-15'", date(scope, 1));
    case 6: {
      const std::string flag = column(scope, "bool");
      return flag.empty() ? "true" : flag;
    }
    default:
      return fmt::format("{} IS DISTINCT FROM {}", integer(scope, 1), integer(scope, 0));
  }
}

std::string RandomSql::groupKey(const Scope& scope) {
  switch (pick(5)) {
    case 0:
      return integer(scope, 1);
    case 1:
      return date(scope, 1);
    case 2:
      return fmt::format("({})", condition(scope, 0));
    default:
      return text(scope, 1);
  }
}

std::string RandomSql::aggregate(const Scope& scope) {
  static const std::vector<std::string> kExtremes = {"min", "max"};
  std::string out;
  switch (pick(9)) {
    case 0:
      out = "count(*)";
      break;
    case 1:
      out = fmt::format("count({})", text(scope, 1));
      break;
    case 2:
      out = fmt::format("count(DISTINCT {})", chance(50) ? text(scope, 1) : integer(scope, 1));
      break;
    case 3:
      out = fmt::format("sum({})", integer(scope, 1));
      break;
    case 4:
      out = fmt::format("sum({})", number(scope, 1));
      break;
    case 5:
      out = fmt::format("avg({})", chance(50) ? number(scope, 0) : integer(scope, 1));
      break;
    case 6:
      out =
          fmt::format("{}({})", kExtremes[pick(2)], chance(50) ? number(scope, 1) : text(scope, 1));
      break;
    case 7:
      out = fmt::format("{}({})", kExtremes[pick(2)],
                        chance(50) ? date(scope, 1) : integer(scope, 1));
      break;
    default:
      out = fmt::format("{}({})", chance(50) ? "bool_and" : "bool_or", condition(scope, 1));
  }
  if (chance(20)) out += fmt::format(" FILTER (WHERE {})", condition(scope, 1));
  return out;
}

std::string RandomSql::fromClause(Scope& scope, std::set<std::string>& clauses) {
  const size_t shape = pick(14);
  if (shape >= 11) return fromTables(scope, clauses);
  scope.sale = true;
  std::string from = "sale s";
  const auto join = [&](std::vector<std::string>& aliases, const char* table, const char* alias,
                        const std::string& on) {
    const bool twice = !aliases.empty();
    const bool second = !scope.customers.empty() || !scope.products.empty();
    clauses.insert(twice ? "a table twice" : second ? "two joins" : "join");
    aliases.emplace_back(alias);
    from += fmt::format(" JOIN {} {} ON {}", table, alias, on);
  };
  if (shape >= 3 && shape != 6) {
    join(scope.customers, "customers", "c", "c.customer_id = s.customer_id");
  }
  if (shape >= 6 && shape <= 8) {
    join(scope.products, "products", "p", "s.product_id = p.product_id");
  }
  if (shape == 8) join(scope.products, "products", "q", "q.product_id = s.qty");
  if (shape == 9) join(scope.customers, "customers", "d", "s.gift_to = d.customer_id");
  if (shape == 10) join(scope.customers, "customers", "d", "d.customer_id = c.referrer");
  if (shape >= 9 && chance(25)) {
    join(scope.customers, "customers", "e", "e.customer_id = d.referrer");
  }
  return from;
}

/// A table as the source: alone, or joined to itself by its key.
std::string RandomSql::fromTables(Scope& scope, std::set<std::string>& clauses) {
  clauses.insert("table source");
  scope.customers = {"c"};
  if (chance(30)) return "customers c";
  clauses.insert("joined to itself");
  scope.customers.emplace_back("d");
  const std::string on = "d.customer_id = c.referrer";
  switch (pick(5)) {
    case 0:
      return "customers d JOIN customers c ON " + on;
    case 1:
      return "customers c JOIN customers d USING (customer_id)";
    case 2:
      scope.customers.emplace_back("e");
      return fmt::format(
          "customers c JOIN customers d ON {} JOIN customers e ON {}", on,
          chance(50) ? "e.customer_id = d.referrer" : "'C' || c.level::text = e.customer_id");
    case 3:
      scope.products.emplace_back("p");
      return fmt::format(
          "customers c JOIN customers d ON {} JOIN products p ON "
          "p.product_id = d.level",
          on);
    default:
      return fmt::format("customers c JOIN customers d ON {}", on);
  }
}

std::string RandomSql::select(std::set<std::string>& clauses) {
  Scope scope;
  const std::string from = fromClause(scope, clauses);
  std::string where;
  if (chance(25)) {
    where = " WHERE " + condition(scope, 2);
    clauses.insert("where");
  }
  std::string items;
  std::string tail;
  const auto add = [&](const std::string& item, size_t i) {
    items += fmt::format("{}{} AS x{}", i == 0 ? "" : ", ", item, i);
  };
  size_t next = 0;
  if (chance(20)) {
    clauses.insert("plain");
    for (size_t columns = 1 + pick(4); next < columns; ++next) {
      add(chance(50) ? text(scope, 2) : (chance(50) ? number(scope, 2) : integer(scope, 2)), next);
    }
  } else {
    const size_t keys = pick(3);
    clauses.insert(keys == 0 ? "global aggregate" : "group by");
    std::string group;
    for (; next < keys; ++next) {
      const std::string key = groupKey(scope);
      add(key, next);
      group += (next == 0 ? "" : ", ") + std::to_string(next + 1);
    }
    const size_t aggregates = 1 + pick(4);
    for (size_t i = 0; i < aggregates; ++i, ++next) {
      const std::string item = aggregate(scope);
      if (item.find("DISTINCT") != std::string::npos) clauses.insert("count distinct");
      if (item.find("FILTER") != std::string::npos) clauses.insert("filter");
      add(item, next);
    }
    if (!group.empty()) tail = " GROUP BY " + group;
    if (chance(20)) {
      tail += fmt::format(" HAVING count(*) > {}", pick(2));
      clauses.insert("having");
    }
  }
  return "SELECT " + items + " FROM " + from + where + tail;
}

EventText RandomEvents::make(const std::string& name,
                             std::map<std::string, std::string> values) const {
  EventText out;
  for (uint32_t e = 0; e < model_.events().size(); ++e) {
    const EventType& type = model_.events()[e];
    if (type.relation.name != name) continue;
    out.event = e;
    for (const Field& field : type.fields) out.values.push_back(values.at(field.name));
  }
  return out;
}

std::vector<EventText> RandomEvents::chunk(size_t events) {
  static const std::vector<std::string> kRegions = {"east", "west", "north", kNull, ""};
  static const std::vector<std::string> kChannels = {"web", "shop", "phone"};
  static const std::vector<std::string> kNotes = {"first",        "",      kNull,
                                                  "Stadt Zürich", "a%b_c", "test"};
  const auto day = [&] { return fmt::format("2024-{:02}-{:02}", 1 + pick(4), 1 + pick(28)); };
  const auto other = [&] {
    return pick(8) == 0 ? std::string(kNull) : fmt::format("C{}", pick(12));
  };
  std::vector<EventText> out;
  for (size_t i = 0; i < events; ++i) {
    const std::string customer = fmt::format("C{}", pick(12));
    switch (pick(13)) {
      case 0:
      case 1:
        customers_.insert(customer);
        out.push_back(make("customer_set", {{"customer_id", customer},
                                            {"region", kRegions[pick(kRegions.size())]},
                                            {"level", std::to_string(pick(4))},
                                            {"since", day()},
                                            {"referrer", other()}}));
        break;
      case 2:
        if (!customers_.erase(customer)) break;
        out.push_back(make("customer_gone", {{"customer_id", customer}}));
        break;
      case 3:
        out.push_back(
            make("product_set", {{"product_id", std::to_string(pick(8))},
                                 {"name", fmt::format("product {}", pick(5))},
                                 {"cost", fmt::format("{}.{:02}", pick(40), pick(100))}}));
        break;
      default:
        out.push_back(make(
            "sale",
            {{"sale_id", std::to_string(nextSale_++)},
             {"customer_id", pick(10) == 0 ? std::string(kNull) : customer},
             {"product_id", std::to_string(pick(10))},
             {"qty", pick(6) == 0 ? std::string(kNull) : std::to_string(pick(9))},
             {"amount", fmt::format("{}{}.{:02}", pick(5) == 0 ? "-" : "", pick(100), pick(100))},
             {"price", fmt::format("{}.5", pick(1000))},
             {"day", day()},
             {"at", day() + " 12:30:00.25"},
             {"flag", pick(2) == 0 ? "t" : "f"},
             {"channel", kChannels[pick(3)]},
             {"note", kNotes[pick(kNotes.size())]},
             {"gift_to", other()}}));
    }
  }
  return out;
}

}  // namespace facet::test
