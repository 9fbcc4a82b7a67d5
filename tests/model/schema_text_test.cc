#include "model/schema_text.h"

#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kEvent =
    "struct Sale $Facet.event() { id @0 :Int64; region @1 :Text; total @2 :Int64; }";

ModelPtr viewOf(const std::string& select, const std::string& name = "v",
                const std::string& index = "") {
  return modelOf(
      kEvent, "CREATE MATERIALIZED VIEW " + name + " AS SELECT " + select + " FROM sale;" + index);
}

uint64_t idOf(const ModelPtr& model) {
  return model->views().at(0).rowTypeId;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema_text)

BOOST_AUTO_TEST_CASE(the_contracts_model_gives_these_structs) {
  const std::string text = capnpSchema(*shop());
  BOOST_TEST(text.find("using Facet = import \"/facet/model.capnp\";\n") != std::string::npos);
  const size_t at = text.find("struct OrdersByRegion @0x");
  BOOST_REQUIRE(at != std::string::npos);
  const std::string expected =
      " {  # view orders_by_region\n"
      "  region @0 :Text;\n"
      "  orders @1 :Int64;\n"
      "  revenue :group {  # numeric(38,4): high * 2^64 + low, in units of 10^-4\n"
      "    low @2 :UInt64;\n"
      "    high @3 :Int64;\n"
      "  }\n"
      "}\n\nstruct OrdersB";
  BOOST_TEST(text.substr(at + 41, expected.size()) == expected);
  for (const char* name :
       {"OrdersByRegionKey", "CustomersRow", "CustomersKey", "OrdersRow", "OrdersKey"}) {
    BOOST_TEST(text.find(std::string("struct ") + name + " @0x") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(types_that_cap_n_proto_does_not_have_are_texts) {
  const ModelPtr model =
      viewOf("avg(total) AS mean, max(_time) - min(_time) AS span, max(_time)::date AS day");
  const std::string text = capnpSchema(*model);
  BOOST_TEST(text.find("  mean @0 :Text;  # numeric\n  span @1 :Text;  # interval\n  day @2 :Int32 "
                       "$Facet.date;\n"
                       "  dayIsNull @3 :Bool;\n") != std::string::npos);
  BOOST_TEST(text.find("struct VKey @") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(numerics_that_need_128_bits_are_groups) {
  const std::string text =
      capnpSchema(*viewOf("sum(total) AS total, max(total)::numeric(5,1) AS top"));
  BOOST_TEST(text.find("  total :group {  # numeric(38,0): high * 2^64 + low\n"
                       "    low @0 :UInt64;\n    high @1 :Int64;\n  }\n"
                       "  totalIsNull @2 :Bool;\n"
                       "  top @3 :Int64 $Facet.decimal(1);\n"
                       "  topIsNull @4 :Bool;\n") != std::string::npos);
}

// A group is a class within its struct's class in C++ and Java.
BOOST_AUTO_TEST_CASE(a_group_has_no_name_that_its_class_could_not_have) {
  const std::string text =
      capnpSchema(*viewOf("sum(total) AS reader, sum(total) AS total, sum(total) AS sums", "total",
                          "CREATE UNIQUE INDEX ON total (sums);"));
  for (const char* group : {"  reader128 :group", "  total128 :group", "  sums :group"}) {
    BOOST_TEST(text.find(group) != std::string::npos, group);
  }
  BOOST_TEST(
      problemsOf(kEvent,
                 "CREATE MATERIALIZED VIEW total AS SELECT sum(total) AS total, count(*) AS "
                 "total128 FROM sale;")
          .find("the columns \"total\" and \"total128\" have the same name in Cap'n Proto") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_view_without_a_key_has_no_key_struct) {
  BOOST_TEST(capnpSchema(*viewOf("id")).find("VKey") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_that_are_keywords_of_cap_n_proto_are_fine) {
  std::string select;
  for (const char* word :
       {"struct", "enum", "using", "import", "const", "interface", "annotation", "group", "void",
        "text", "true_", "inf", "list", "embed", "extends", "of", "fixed"}) {
    select += std::string(select.empty() ? "" : ", ") + "id AS \"" + word + "\"";
  }
  BOOST_TEST(viewOf(select)->codecs().viewRow(0).columns.size() == 17U);
  for (const char* name : {"\"struct\"", "enum", "interface", "import", "annotation"}) {
    BOOST_TEST(viewOf("id", name)->views().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(type_ids_stay_when_columns_are_added_at_the_end) {
  const uint64_t id = idOf(viewOf("id, region"));
  BOOST_TEST(id >> 63 == 1U);
  BOOST_TEST(idOf(viewOf("id, region, total")) == id);
  BOOST_TEST(idOf(viewOf("id, region, total * 1.5 AS more")) == id);
  BOOST_TEST(idOf(viewOf("id::numeric AS id, region")) !=
             idOf(viewOf("id::numeric(18,0) AS id, region")));
  BOOST_TEST(idOf(viewOf("region, id")) != id);
  BOOST_TEST(idOf(viewOf("id::text AS id, region")) != id);
  BOOST_TEST(idOf(viewOf("id, region", "w")) != id);
  const std::string index = "CREATE UNIQUE INDEX ON v (id);";
  const uint64_t keyed = idOf(viewOf("total, id", "v", index));
  BOOST_TEST(keyed != idOf(viewOf("total, id")));
  BOOST_TEST(keyed == idOf(viewOf("total, id, region", "v", index)));
  BOOST_TEST(keyed != idOf(viewOf("total::text AS total, id", "v", index)));
}

BOOST_AUTO_TEST_CASE(postgres_gets_tables_for_events_and_tables) {
  const ModelPtr model = modelOf(R"(
    struct Lines $Facet.table(key = ["b", "a"]) {
      a @0 :Int32; b @1 :Text; n @2 :UInt64; t @3 :List(Text); u @4 :List(UInt64); }
    struct Nothing $Facet.event() {}
    struct Sold $Facet.event() {
      price @0 :Int64 $Facet.decimal(2);
      at @1 :Int64 $Facet.timestamp $Facet.nullValue("2000-01-01"); })");
  const std::string text = postgresSchema(*model);
  const std::string system =
      "_position bigint NOT NULL,\n  _time timestamp without time zone NOT NULL\n);\n";
  BOOST_TEST(text.find("CREATE TABLE lines (\n"
                       "  a integer NOT NULL,\n"
                       "  b text COLLATE \"C\" NOT NULL,\n"
                       "  n numeric(20,0) NOT NULL,\n"
                       "  t text[] COLLATE \"C\",\n"
                       "  u numeric(20,0)[],\n"
                       "  PRIMARY KEY (b, a)\n);\n") != std::string::npos);
  BOOST_TEST(text.find("CREATE TABLE nothing (\n  " + system) != std::string::npos);
  BOOST_TEST(text.find("CREATE TABLE sold (\n"
                       "  price numeric(18,2) NOT NULL,\n"
                       "  at timestamp without time zone,\n  " +
                       system) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lists_of_scalars_are_lists_in_typed_rows) {
  const ModelPtr model = modelOf(R"(
    enum Color { red @0; }
    struct Bags $Facet.table(key = ["id"]) {
      id @0 :Int32; a @1 :List(Bool); b @2 :List(UInt8); c @3 :List(UInt32); d @4 :List(UInt64);
      e @5 :List(Float32); f @6 :List(Text); g @7 :List(Data); h @8 :List(Color); })");
  BOOST_TEST(capnpSchema(*model).find("  a @1 :List(Bool);\n"
                                      "  b @2 :List(Int16);\n"
                                      "  c @3 :List(Int64);\n"
                                      "  d @4 :List(UInt64);\n"
                                      "  e @5 :List(Float32);\n"
                                      "  f @6 :List(Text);\n"
                                      "  g @7 :List(Data);\n"
                                      "  h @8 :List(Text);\n") != std::string::npos);
}

const std::string kLists = "struct Order { struct Line { sku @0 :Text; n @1 :UInt64; } }\n";

BOOST_AUTO_TEST_CASE(lists_of_structs_are_arrays_of_a_type) {
  const ModelPtr model = modelOf(kLists + R"(
    struct Carts $Facet.table(key = ["id"]) { id @0 :Text; lines @1 :List(Order.Line); }
    struct Placed $Facet.event() { lines @0 :List(Order.Line); })");
  const std::string postgres = postgresSchema(*model);
  const std::string type =
      "\nCREATE TYPE order_line_struct AS (\n  sku text COLLATE \"C\",\n  n numeric(20,0)\n);\n";
  const size_t at = postgres.find(type);
  BOOST_REQUIRE(at != std::string::npos);
  BOOST_TEST(postgres.find(type, at + 1) == std::string::npos);
  BOOST_TEST(postgres.find("CREATE TABLE carts (\n  id text COLLATE \"C\" NOT NULL,\n"
                           "  lines order_line_struct[],\n") > at);
  const std::string capnp = capnpSchema(*model);
  BOOST_TEST(capnp.find("  lines @1 :List(OrderLineStruct);\n") != std::string::npos);
  BOOST_TEST(capnp.find(" {  # type order_line_struct\n  sku @0 :Text;\n"
                        "  n @1 :UInt64;\n}\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(type_ids_follow_from_the_structs_of_lists) {
  const auto idWith = [](const std::string& fields) {
    return idOf(modelOf("struct L { " + fields + " }\n" +
                            "struct Sale $Facet.event() { id @0 :Int64; lines @1 :List(L); }",
                        "CREATE MATERIALIZED VIEW v AS SELECT lines, id FROM sale;"));
  };
  const uint64_t id = idWith("a @0 :Text;");
  BOOST_TEST(idWith("a @0 :Text;") == id);
  BOOST_TEST(idWith("a @0 :Int32;") != id);
  BOOST_TEST(idWith("b @0 :Text;") != id);
  BOOST_TEST(idWith("a @0 :Text; b @1 :Text;") != id);
}

BOOST_AUTO_TEST_SUITE_END()
