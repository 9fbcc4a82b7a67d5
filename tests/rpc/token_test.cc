// Tokens as bytes and as text.
#include "rpc/token.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace facet {
namespace {

const Token kToken{{0x0123456789abcdef, 0xfedcba9876543210}, {7}, {1'000'000'007}};

std::string bytesOf(const Token& token) {
  const TokenBytes bytes = encodeToken(token);
  return {bytes.begin(), bytes.end()};
}

BOOST_AUTO_TEST_SUITE(token)

BOOST_AUTO_TEST_CASE(a_token_is_what_it_was_after_bytes_and_text) {
  const auto bytes = tokenFromText(tokenText(bytesOf(kToken)));
  BOOST_REQUIRE(bytes.has_value());
  BOOST_TEST((decodeToken(*bytes) == kToken));
}

BOOST_AUTO_TEST_CASE(its_bytes_are_big_endian_and_do_not_change) {
  BOOST_TEST(tokenText(bytesOf(kToken)) ==
             "010123456789abcdeffedcba987654321000000007000000003b9aca07");
}

BOOST_AUTO_TEST_CASE(other_bytes_are_no_token) {
  std::string bytes = bytesOf(kToken);
  BOOST_TEST(!decodeToken("").has_value());
  BOOST_TEST(!decodeToken(bytes + "x").has_value());
  bytes[0] = 2;
  BOOST_TEST(!decodeToken(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_token) {
  BOOST_TEST(!tokenFromText("0").has_value());
  BOOST_TEST(!tokenFromText("0x").has_value());
  BOOST_TEST(!tokenFromText(" 00").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet
