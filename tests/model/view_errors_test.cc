// What is wrong with views and indexes, word for word.
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kEvent =
    "struct Sale $Facet.event() { id @0 :Int64; region @1 :Text; total @2 :Int64; tags @3 "
    ":List(Text); }";

std::string viewProblem(const std::string& views) {
  return problemsOf(kEvent, views);
}

const std::string kView = "CREATE MATERIALIZED VIEW v AS SELECT id, region, total FROM sale;\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(view_errors)

BOOST_AUTO_TEST_CASE(errors_have_their_place_in_the_file) {
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW v AS\n  SELECT totl FROM sale;") ==
             "views.sql:2:10: column \"totl\" does not exist\n  did you mean \"total\"?");
  BOOST_TEST(viewProblem(kView + "\nCREATE TABLE x (a int);").starts_with("views.sql:3:1: "));
}

BOOST_AUTO_TEST_CASE(all_errors_are_reported) {
  const std::string problems = viewProblem(
      "CREATE MATERIALIZED VIEW a AS SELECT x1 FROM sale;\nCREATE MATERIALIZED VIEW b AS SELECT x2 "
      "FROM sale;");
  BOOST_TEST(problems.find("views.sql:1:38: column \"x1\" does not exist") != std::string::npos);
  BOOST_TEST(problems.find("views.sql:2:38: column \"x2\" does not exist") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_index_is_on_columns_of_a_view) {
  BOOST_TEST(viewProblem(kView + "CREATE INDEX ON w (id);") ==
             "views.sql:2:17: relation \"w\" does not exist");
  BOOST_TEST(viewProblem(kView + "CREATE INDEX ON sale (id);") ==
             "views.sql:2:17: \"sale\" is not a view; indexes are for views\n  a table has its "
             "primary key");
  BOOST_TEST(viewProblem(kView + "CREATE INDEX ON v (regio);") ==
             "views.sql:2:1: column \"regio\" does not exist\n  did you mean \"region\"?");
  BOOST_TEST(viewProblem(kView + "CREATE INDEX ON v (id, id);") ==
             "views.sql:2:1: column \"id\" is twice in the index\n  name it once");
}

BOOST_AUTO_TEST_CASE(a_key_is_never_null_or_an_array) {
  BOOST_TEST(viewProblem(kView + "CREATE UNIQUE INDEX ON v (id);") == "");
  BOOST_TEST(viewProblem(kView + "CREATE UNIQUE INDEX ON v (region);") ==
             "views.sql:2:1: column \"region\" can be NULL, and rows with NULLs in a UNIQUE INDEX "
             "are not unique\n"
             "  add WHERE region IS NOT NULL to the view, or use coalesce");
  BOOST_TEST(
      viewProblem(
          "CREATE MATERIALIZED VIEW g AS SELECT region, count(*) AS n FROM sale GROUP BY region;\n"
          "CREATE UNIQUE INDEX ON g (region);") == "");
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW g AS SELECT id, tags FROM sale;\nCREATE UNIQUE "
                         "INDEX ON g (tags);") ==
             "views.sql:2:1: column \"tags\" is an array, which cannot be in a key\n  use CREATE "
             "INDEX, or other columns");
  BOOST_TEST(
      viewProblem(kView + "CREATE UNIQUE INDEX ON v (id);\nCREATE UNIQUE INDEX ON v (total);") ==
      "views.sql:3:1: view \"v\" has a UNIQUE INDEX already: a second one is not supported yet\n  "
      "make it CREATE INDEX");
}

BOOST_AUTO_TEST_CASE(columns_need_names_that_cap_n_proto_can_have) {
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW v AS SELECT id + 1 FROM sale;") ==
             "views.sql:1:38: a column of a view needs a name\n  write ... AS name");
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW v AS SELECT id AS \"Id\" FROM sale;") ==
             "views.sql:1:1: view \"v\": the column name \"Id\" does not begin with a small "
             "letter\n  give it a name of small letters, digits and _: ... AS id");
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW v AS SELECT id AS \"2nd Größe\" FROM sale;") ==
             "views.sql:1:1: view \"v\": the column name \"2nd Größe\" does not begin with a small "
             "letter\n  give it a name of small letters, digits and _: ... AS nd_gr_e");
  BOOST_TEST(
      viewProblem("CREATE MATERIALIZED VIEW v AS SELECT id AS a_1, total AS a1 FROM sale;") ==
      "views.sql:1:1: view \"v\": the columns \"a_1\" and \"a1\" have the same name in Cap'n "
      "Proto: a1\n"
      "  name one of them differently with AS");
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW v AS SELECT nullif(id, 1) AS a, total AS "
                         "a_is_null FROM sale;") ==
             "views.sql:1:1: view \"v\": the columns \"a\" and \"a_is_null\" have the same name in "
             "Cap'n Proto: aIsNull\n"
             "  name one of them differently with AS");
  BOOST_TEST(
      viewProblem(
          "CREATE MATERIALIZED VIEW v AS SELECT _position, _time, id AS \"order\" FROM sale;") ==
      "");
}

BOOST_AUTO_TEST_CASE(names_of_views_do_not_collide) {
  BOOST_TEST(
      viewProblem("CREATE MATERIALIZED VIEW text AS SELECT id FROM sale;") ==
      "views.sql:1:1: view \"text\": its struct, Text, would hide Cap'n Proto's type of that name\n"
      "  give it another name");
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW a_1 AS SELECT id FROM sale;\n"
                         "CREATE MATERIALIZED VIEW a1 AS SELECT id FROM sale;")
                 .starts_with("views.sql:2:1: view \"a1\": its struct in Cap'n Proto, A1, has the "
                              "same name as one of a_1\n"
                              "  give it another name"));
  BOOST_TEST(viewProblem("CREATE MATERIALIZED VIEW \"V\" AS SELECT id FROM sale;") ==
             "views.sql:1:1: the view's name, \"V\", does not begin with a small letter\n  give it "
             "another name");
  BOOST_TEST(problemsOf({{"a.capnp", capnpFile(kEvent)}, {"a.sql", kView}, {"b.sql", kView}}) ==
             "b.sql:1:26: relation \"v\" already exists\n  give the view another name");
}

BOOST_AUTO_TEST_CASE(views_on_views_are_refused_as_such) {
  const std::string other = "CREATE MATERIALIZED VIEW w AS SELECT id FROM v;";
  const std::string message =
      "\"v\" is a view; views of views are not yet supported\n  read the event or table that it "
      "reads";
  BOOST_TEST(viewProblem(kView + other) == "views.sql:2:46: " + message);
  BOOST_TEST(problemsOf({{"a.capnp", capnpFile(kEvent)}, {"a.sql", kView}, {"b.sql", other}}) ==
             "b.sql:1:46: " + message);
}

BOOST_AUTO_TEST_CASE(an_index_may_stand_in_a_later_file) {
  const ModelPtr model = loadModel(std::vector<ModelFile>{
      {"a.capnp", capnpFile(kEvent)}, {"b.sql", "CREATE INDEX ON v (total);"}, {"a.sql", kView}});
  BOOST_TEST(model->views().at(0).indexes.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
