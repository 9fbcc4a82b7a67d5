// What is wrong with commands, word for word.
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kTables =
    "struct People $Facet.table(key = [\"person\"]) { person @0 :Text; age @1 :Int32; }\n"
    "struct Met $Facet.event() { a @0 :Text; b @1 :Text; n @2 :Int32; }\n";

/// The problems of a command with this annotation and fields a, b, n, without the place.
std::string commandProblem(const std::string& annotation,
                           const std::string& fields = "a @0 :Text; b @1 :Text; n @2 :Int32;") {
  const std::string problem =
      problemsOf(kTables + "struct Meet $Facet.command(" + annotation + ") { " + fields + " }");
  const std::string place = "a.capnp: Meet.";
  return problem.starts_with(place) ? problem.substr(place.size()) : problem;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_errors)

BOOST_AUTO_TEST_CASE(a_command_emits_events_that_are_there) {
  BOOST_TEST(commandProblem("emits = [(event = \"Met\")]") == "");
  BOOST_TEST(commandProblem("") == "");
  BOOST_TEST(commandProblem("emits = [(event = \"Mat\")]") ==
             "emits[0]: there is no event \"Mat\"\n  did you mean \"Met\"?");
  BOOST_TEST(commandProblem("emits = [(event = \"People\")]") ==
             "emits[0]: there is no event \"People\"");
}

BOOST_AUTO_TEST_CASE(every_field_of_an_event_is_filled_or_null) {
  BOOST_TEST(commandProblem("emits = [(event = \"Met\")]", "a @0 :Text; n @1 :Int32;") == "");
  BOOST_TEST(commandProblem("emits = [(event = \"Met\")]", "a @0 :Text;") ==
             "emits[0]: nothing fills field \"n\" of Met, which cannot be NULL\n"
             "  add the field to Meet, or set = [(field = \"n\", to = \"…\")]");
  BOOST_TEST(commandProblem("emits = [(event = \"Met\")]", "a @0 :Text; n @1 :Int64;") ==
             "emits[0]: field \"n\" is bigint in Meet, and integer in Met\n"
             "  convert it: set = [(field = \"n\", to = \"n\")]");
}

BOOST_AUTO_TEST_CASE(expressions_are_checked) {
  BOOST_TEST(commandProblem("check = [(that = \"numbr > 0\")]", "number @0 :Int32;") ==
             "check[0]: column \"numbr\" does not exist\n  did you mean \"number\"?");
  BOOST_TEST(commandProblem("check = [(that = \"n > 0\"), (that = \" \")]") ==
             "check[1]: it has no condition\n  that = \"…\"");
  BOOST_TEST(commandProblem("check = [(that = \"n >\")]")
                 .starts_with("check[0]: syntax error at end of input"));
  BOOST_TEST(
      commandProblem("emits = [(event = \"Met\", when = \"n\")]").starts_with("emits[0].when: "));
  BOOST_TEST(commandProblem("emits = [(event = \"Met\", set = [(field = \"n\", to = \"a\")])]")
                 .starts_with("emits[0].set[0]: "));
  BOOST_TEST(commandProblem("check = [(that = \"n > 0\\x00 garbage\")]").starts_with("check[0]: "));
  BOOST_TEST(commandProblem("check = [(that = \"n > 0 -- \\xff\")]").starts_with("check[0]: "));
  BOOST_TEST(commandProblem("check = [(that = \"now() > n\")]").starts_with("check[0]: "));
}

BOOST_AUTO_TEST_CASE(a_rule_without_a_reason_gives_its_condition) {
  const ModelPtr model =
      modelOf("struct C $Facet.command(check = [(that = \"n > 0\")]) { n @0 :Int32; }");
  BOOST_TEST(model->commands().at(0).rules.at(0).otherwise == "check failed: n > 0");
}

BOOST_AUTO_TEST_CASE(references_name_fields_and_tables) {
  BOOST_TEST(commandProblem("references = [(field = \"a\", table = \"People\")]") == "");
  BOOST_TEST(commandProblem("references = [(field = \"a\", table = \"Peopl\")]") ==
             "references[0]: there is no table \"Peopl\"\n  did you mean \"People\"?");
  BOOST_TEST(commandProblem("references = [(field = \"x\", table = \"People\")]") ==
             "references[0]: there is no field \"x\"\n  did you mean \"a\"?");
  BOOST_TEST(commandProblem("references = [(field = \"n\", table = \"People\")]") ==
             "references[0]: field \"n\" is integer, and \"person\" in the key of People is text\n "
             " give both the same type");
  BOOST_TEST(commandProblem("references = [(field = \"a,b\", table = \"People\")]") ==
             "references[0]: the key of People has 1 field(s), and not 2\n"
             "  name the command's fields in the order of the key: field = \"a,b\"");
}

BOOST_AUTO_TEST_CASE(it_must_be_clear_which_row_is_meant) {
  BOOST_TEST(commandProblem("check = [(that = \"people.age > 17\")]") ==
             "check[0]: nothing says which row of people is meant\n"
             "  add a reference: references = [(field = \"…\", table = \"People\")]");
  const std::string two =
      "references = [(field = \"a\", table = \"People\"), (field = \"b\", table = \"People\")]";
  BOOST_TEST(commandProblem(two) == "");
  BOOST_TEST(
      commandProblem(two + ", check = [(that = \"people.age > 17\")]") ==
      "check[0]: it is ambiguous which row of people is meant, as several references name one\n"
      "  this is not supported yet: keep one of the references");
}

BOOST_AUTO_TEST_CASE(a_stream_is_a_field) {
  BOOST_TEST(commandProblem("stream = \"a\"") == "");
  BOOST_TEST(commandProblem("stream = \"c\"") ==
             "stream: there is no field \"c\"\n  did you mean \"a\"?");
  BOOST_TEST(commandProblem("stream = \"l\"", "l @0 :List(Text);") ==
             "stream: a list cannot name a stream\n  use a Text or a number");
}

BOOST_AUTO_TEST_CASE(a_command_and_a_table_that_it_looks_at_have_different_names) {
  BOOST_TEST(
      problemsOf(kTables +
                 "struct Child $Facet.table(key = [\"a\"], name = \"meet\") { a @0 :Text; }\n"
                 "struct Meet $Facet.command(references = [(field = \"a\", table = \"Child\")]) { "
                 "a @0 :Text; }") ==
      "a.capnp: Meet: it has the same name in SQL as the table Child: meet\n  rename the command");
}

BOOST_AUTO_TEST_CASE(a_command_emits_at_most_as_many_events_as_the_log_can_count) {
  std::string emits;
  for (int i = 0; i < 256; ++i) emits += "(event = \"Met\"),";
  emits.pop_back();
  BOOST_TEST(commandProblem("emits = [" + emits + "]") ==
             "emits: there are more than 255\n  split the command");
}

BOOST_AUTO_TEST_SUITE_END()
