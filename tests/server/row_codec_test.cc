// What a row cannot say in its struct.
#include "server/row_codec.h"

#include <capnp/message.h>

#include <boost/test/unit_test.hpp>

#include "model/load.h"
#include "values/text.h"

namespace facet::test {
namespace {

/// What is wrong with a table's row of one list; empty: nothing.
std::string problemOf(const std::string& field, const char* text) {
  const auto model = loadModel(
      std::vector<ModelFile>{{"bag.capnp",
                              "@0xc7d1e3f95a4b2681;\nusing Facet = import \"/facet/model.capnp\";\n"
                              "struct Bags $Facet.table(key = [\"id\"]) { list @0 :" +
                                  field + "; id @1 :Int32; }\n"}});
  const WireLayout& layout = model->codecs().tableRow(0);
  std::string scratch;
  const std::vector<Value> row = {parseText(layout.columns[0].type, text, scratch).value(),
                                  Value::integer(Kind::int32, 1)};
  const RowEncoder encoder(layout);
  capnp::MallocMessageBuilder message;
  auto rows = encoder.init(message.initRoot<capnp::AnyPointer>(), 1);
  try {
    encoder.encode([&](uint32_t c) { return row[c]; }, rows[0]);
  } catch (const kj::Exception& exception) {
    return exception.getDescription().cStr();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_codec)

BOOST_AUTO_TEST_CASE(a_null_that_a_list_cannot_hold_is_an_error_with_its_column) {
  BOOST_TEST(problemOf("List(Int32)", "{1,2}").empty());
  BOOST_TEST(problemOf("List(Text)", "{a,NULL}").empty());
  BOOST_TEST(problemOf("List(Int32)", "{1,NULL}") ==
             "column \"list\": {1,NULL} does not fit into its List: it has a NULL that is no Text "
             "or Data, or a number out of range");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace facet::test
