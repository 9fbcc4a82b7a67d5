// Views files: statements, all errors at once, their places, and indexes.
#include "tests/sql/bind_vocabulary.h"

using namespace facet;
using namespace facet::test;

BOOST_AUTO_TEST_SUITE(bind_views)

BOOST_AUTO_TEST_CASE(a_file_has_views_and_indexes) {
  const auto statements = views(R"(
    -- revenue; by region
    CREATE MATERIALIZED VIEW revenue AS  -- how much
      SELECT region, sum(total) AS revenue /* ; */ FROM orders GROUP BY region;
    CREATE UNIQUE INDEX ON revenue (region);;
    CREATE INDEX top ON revenue USING btree (revenue DESC, region NULLS FIRST);
  )");
  BOOST_REQUIRE_EQUAL(statements.size(), 3U);
  BOOST_TEST(statements[0].name == "revenue");
  BOOST_TEST(statements[0].line == 3);
  BOOST_TEST(statements[0].column == 5);
  BOOST_TEST(statements[0].selectText ==
             "SELECT region, sum(total) AS revenue /* ; */ FROM orders GROUP BY region");
  BOOST_TEST(statements[1].unique);
  BOOST_TEST((statements[1].what == ViewStatement::What::index));
  BOOST_TEST(statements[1].name == "revenue");
  const auto& columns = statements[2].columns;
  BOOST_REQUIRE_EQUAL(columns.size(), 2U);
  BOOST_TEST(columns[0].name == "revenue");
  BOOST_TEST(columns[0].descending);
  BOOST_TEST(columns[0].nullsFirst);
  BOOST_TEST(!columns[1].descending);
  BOOST_TEST(columns[1].nullsFirst);
}

BOOST_AUTO_TEST_CASE(a_view_may_name_its_columns_and_end_in_with_data) {
  const auto statements = views(
      "create materialized view \"V\" (a, b) as select quantity + 1, small as x, paid from orders "
      "with "
      "data");
  BOOST_REQUIRE_EQUAL(statements.size(), 1U);
  BOOST_TEST(statements[0].name == "V");
  BOOST_TEST(statements[0].selectText == "select quantity + 1, small as x, paid from orders");
  const auto& outputs = statements[0].select.outputs;
  BOOST_TEST(outputs[0].name == "a");
  BOOST_TEST(outputs[1].name == "b");
  BOOST_TEST(outputs[2].name == "paid");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v (a, b) AS SELECT paid FROM orders") ==
             "too many column names were specified at 1:1; the SELECT has 1 columns");
}

BOOST_AUTO_TEST_CASE(all_errors_of_a_file_are_shown_at_once) {
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW a AS SELECT region FORM orders;\n"
                      "CREATE MATERIALIZED VIEW b AS SELECT paid FROM orders;\n"
                      "  CREATE MATERIALIZED VIEW c AS SELECT piad FROM orders;\n"
                      "CREATE MATERIALIZED VIEW d AS SELECT (paid FROM orders;\n"
                      "CREATE INDEX ON b (paid);\n"
                      "CREATE MATERIALIZED VIEW e AS SELECT 'open FROM orders;\n") ==
             "syntax error at or near \"orders\" at 1:50\n"
             "column \"piad\" does not exist at 3:40; did you mean \"paid\"?\n"
             "syntax error at or near \"FROM\" at 4:44\n"
             "unterminated quoted string at or near \"'open FROM orders;\n\" at 6:38");
}

BOOST_AUTO_TEST_CASE(a_missing_semicolon_and_a_byte_order_mark_are_named) {
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders\n"
                      "CREATE INDEX ON v (paid)") ==
             "syntax error at or near \"CREATE\" at 2:1; is a ; missing before CREATE?");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders;\n"
                      "\xef\xbb\xbf"
                      "CREATE INDEX ON v (paid)") ==
             "syntax error at or near \"\xef\xbb\xbf"
             "CREATE\" at 2:1; a byte order mark (U+FEFF, "
             "which is not shown) stands here or before: take it out");
}

BOOST_AUTO_TEST_CASE(columns_of_errors_count_characters) {
  BOOST_TEST(errorsOf("/* é */ CREATE MATERIALIZED VIEW v AS SELECT 'ü€😀' || x FROM orders") ==
             "column \"x\" does not exist at 1:55; if a text is meant, write 'x'");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS\n  SELECT 'ü€😀' 'x' y z FROM orders") ==
             "syntax error at or near \"'x'\" at 2:16");
}

BOOST_AUTO_TEST_CASE(semicolons_inside_quotes_end_no_statement) {
  const auto statements = views(
      "CREATE MATERIALIZED VIEW v AS SELECT ';' AS a, E'\\';' AS b, $$;$$ AS c, $x$;$$;$x$ AS d, "
      "1 AS \";\" /* ; /* ; */ ; */ -- ;\n FROM orders; CREATE INDEX ON v (a)");
  BOOST_REQUIRE_EQUAL(statements.size(), 2U);
  BOOST_TEST(statements[0].select.outputs.size() == 5U);
}

BOOST_AUTO_TEST_CASE(other_statements_are_refused_with_advice) {
  BOOST_TEST(errorsOf("CREATE VIEW v AS SELECT paid FROM orders") ==
             "CREATE VIEW is not supported at 1:1; write CREATE MATERIALIZED VIEW");
  BOOST_TEST(
      errorsOf("CREATE TABLE t (a int)") ==
      "CREATE TABLE is not supported at 1:1; tables and events are structs in the model's .capnp "
      "file");
  BOOST_TEST(errorsOf("CREATE TABLE t AS SELECT paid FROM orders") ==
             "CREATE TABLE AS is not supported at 1:1; write CREATE MATERIALIZED VIEW");
  BOOST_TEST(
      errorsOf("SELECT paid FROM orders") ==
      "a SELECT of its own is not supported in a views file at 1:1; write CREATE MATERIALIZED "
      "VIEW name AS SELECT ...");
  BOOST_TEST(errorsOf("INSERT INTO orders VALUES (1)") ==
             "INSERT is not supported at 1:1; rows are written by events: submit commands");
  BOOST_TEST(errorsOf("REFRESH MATERIALIZED VIEW v") ==
             "REFRESH is not needed: views are always current at 1:1; leave it out");
  BOOST_TEST(
      errorsOf("DROP TABLE orders") ==
      "DROP is not supported in a views file at 1:1; a views file has CREATE MATERIALIZED VIEW "
      "and CREATE [UNIQUE] INDEX statements");
}

BOOST_AUTO_TEST_CASE(options_of_views_are_refused) {
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders WITH NO DATA") ==
             "WITH NO DATA is not supported at 1:55; leave it out: views are always current");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT paid FROM orders") ==
             "IF NOT EXISTS is not supported at 1:26; leave it out: a model states what there is");
  BOOST_TEST(
      errorsOf("CREATE MATERIALIZED VIEW v WITH (fillfactor = 70) AS SELECT paid FROM orders") ==
      "storage options are not supported at 1:28; leave WITH (...) out");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v TABLESPACE t AS SELECT paid FROM orders") ==
             "USING and TABLESPACE are not supported at 1:1; leave them out");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW s.v AS SELECT paid FROM orders") ==
             "schemas are not supported at 1:26; leave the part before the point out");
}

BOOST_AUTO_TEST_CASE(names_of_views_are_new) {
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW orders AS SELECT paid FROM orders") ==
             "relation \"orders\" already exists at 1:26; give the view another name");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders;\n"
                      "CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders") ==
             "relation \"v\" already exists at 2:26; give the view another name");
  BOOST_TEST(
      errorsOf("CREATE MATERIALIZED VIEW v AS SELECT paid FROM orders;\n"
               "CREATE MATERIALIZED VIEW w AS SELECT paid FROM v") ==
      "\"v\" is a view; views of views are not yet supported at 2:48; read the event or table "
      "that it reads");
}

BOOST_AUTO_TEST_CASE(names_of_indexes_are_new_too) {
  const std::string view = "CREATE MATERIALIZED VIEW v AS SELECT paid, region FROM orders; ";
  BOOST_TEST(errorsOf(view + "CREATE INDEX a ON v (paid); CREATE INDEX b ON v (paid);"
                             "CREATE INDEX ON v (region); CREATE INDEX ON v (region)") == "");
  for (const char* name : {"a", "v", "orders"}) {
    BOOST_TEST(
        errorsOf(view + "CREATE INDEX a ON v (paid);\nCREATE INDEX " + name + " ON v (region)") ==
        std::string("relation \"") + name +
            "\" already exists at 2:1; give the index another name, or none");
  }
  BOOST_TEST(errorsOf(view + "CREATE INDEX a ON v (paid);\n"
                             "CREATE MATERIALIZED VIEW a AS SELECT paid FROM orders") ==
             "relation \"a\" already exists at 2:26; give the view another name");
}

BOOST_AUTO_TEST_CASE(wrong_indexes_are_refused) {
  const std::string view = "CREATE MATERIALIZED VIEW v AS SELECT paid, region FROM orders; ";
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v (piad)") ==
             "column \"piad\" does not exist at 1:64; did you mean \"paid\"?");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON w (paid)") ==
             "relation \"w\" does not exist at 1:80");
  BOOST_TEST(
      errorsOf(view + "CREATE INDEX ON customers (name)") ==
      "\"customers\" is not a view; indexes are for views at 1:80; a table has its primary key");
  BOOST_TEST(
      errorsOf(view + "CREATE INDEX ON v (lower(region))") ==
      "an index on an expression is not supported at 1:64; make the expression a column of the "
      "view, and index that");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v (paid) WHERE paid") ==
             "an index with WHERE is not supported at 1:64; index all rows");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v USING hash (paid)") ==
             "USING hash is not supported at 1:64; leave it out");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v (paid) INCLUDE (region)") ==
             "INCLUDE is not supported at 1:64; leave it out: an index leads to the whole row");
  BOOST_TEST(errorsOf(view + "CREATE INDEX IF NOT EXISTS i ON v (paid)") ==
             "IF NOT EXISTS is not supported at 1:64; leave it out: a model states what there is");
  BOOST_TEST(errorsOf(view + "CREATE UNIQUE INDEX ON v (paid, paid)") ==
             "column \"paid\" is twice in the index at 1:64; name it once");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v (region COLLATE \"de_DE\")") ==
             "collation \"de_DE\" is not supported at 1:64; text compares by bytes: COLLATE \"C\"");
  BOOST_TEST(errorsOf(view + "CREATE INDEX ON v (region text_pattern_ops)") ==
             "operator classes are not supported at 1:64; leave it out");
}

BOOST_AUTO_TEST_CASE(an_index_on_a_wrong_view_adds_no_error) {
  BOOST_TEST(
      errorsOf("CREATE MATERIALIZED VIEW v AS SELECT piad FROM orders; CREATE INDEX ON v (x)") ==
      "column \"piad\" does not exist at 1:38; did you mean \"paid\"?");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_and_files_that_are_too_long_are_refused) {
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT '\xff' AS x FROM orders") ==
             "the text is not valid UTF-8 at 1:1; save it as UTF-8, not as UTF-16 or Latin-1");
  BOOST_TEST(errorsOf("CREATE MATERIALIZED VIEW v AS SELECT '" + std::string(2 << 20, 'x') + "'") ==
             "the statement is longer than 1048576 bytes at 1:1; split it into several");
  BOOST_TEST(errorsOf(std::string(17 << 20, ' ')) ==
             "the file is longer than 16777216 bytes at 1:1; split it into several");
  BOOST_TEST(errorsOf("") == "");
  BOOST_TEST(errorsOf(" ; -- nothing\n;") == "");
}

BOOST_AUTO_TEST_SUITE_END()
