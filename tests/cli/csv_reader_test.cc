#include "cli/csv_reader.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "cli/exit_code.h"
#include "cli/limits.h"
#include "tests/cli/scratch_file.h"

using namespace facet;
using facet::test::ScratchFile;

namespace {

/// All records: fields between bars, quoted ones in quotes; bad ones as "!line: problem".
std::string read(const std::string& text) {
  const ScratchFile file(text);
  InputFile input(file.path());
  CsvReader reader(input);
  std::string out;
  while (true) {
    const CsvReader::Result result = reader.next();
    if (result == CsvReader::Result::end) return out;
    out += std::to_string(reader.line());
    if (result == CsvReader::Result::bad) {
      out += "! " + reader.problem() + "\n";
      continue;
    }
    for (const CsvField& field : reader.fields()) {
      const char* quote = field.quoted ? "\"" : "";
      out += std::string("|") + quote + std::string(field.text) + quote;
    }
    out += "\n";
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_reader)

BOOST_AUTO_TEST_CASE(an_empty_field_differs_from_an_empty_text) {
  BOOST_TEST(read("a,,\"\"\n") == "1|a||\"\"\n");
}

BOOST_AUTO_TEST_CASE(lines_end_with_lf_or_crlf_or_the_file) {
  BOOST_TEST(read("a,b\r\n\"c\",\"d\"\r\ne,f") == "1|a|b\n2|\"c\"|\"d\"\n3|e|f\n");
  BOOST_TEST(read("a,b\r") == "1|a|b\n");
  BOOST_TEST(read("a,\"b\"\r") == "1|a|\"b\"\n");
  BOOST_TEST(read("a,") == "1|a|\n");
}

BOOST_AUTO_TEST_CASE(quoted_fields_hold_commas_quotes_and_line_ends) {
  BOOST_TEST(read("\"a,b\",\"say \"\"yes\"\"\",\"x\r\ny\"\nz\n") ==
             "1|\"a,b\"|\"say \"yes\"\"|\"x\r\ny\"\n3|z\n");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_passed_over) {
  BOOST_TEST(read("\xef\xbb\xbf\"Row ID\",b\n") == "1|\"Row ID\"|b\n");
  BOOST_TEST(read("\xef\xbb\xbf") == "");
}

BOOST_AUTO_TEST_CASE(lines_without_anything_are_passed_over) {
  BOOST_TEST(read("\n\r\na\n\n\"\"\n") == "3|a\n5|\"\"\n");
  BOOST_TEST(read("") == "");
}

BOOST_AUTO_TEST_CASE(a_quote_inside_of_an_unquoted_field_is_an_ordinary_character) {
  BOOST_TEST(read("5\" pipe,x\n") == "1|5\" pipe|x\n");
}

BOOST_AUTO_TEST_CASE(text_behind_a_closing_quote_spoils_its_line_only) {
  const std::string problem =
      "text behind a closing quote; a quote inside of a field is written twice";
  BOOST_TEST(read("\"a\"b,c\nd\n") == "1! " + problem + "\n2|d\n");
  BOOST_TEST(read("\"a\"\rb\nd\n") == "1! " + problem + "\n2|d\n");
  BOOST_TEST(read("\"a\"\r,b\nd\n") == "1! " + problem + "\n2|d\n");
}

BOOST_AUTO_TEST_CASE(a_quote_that_is_never_closed_is_reported_where_it_opens) {
  BOOST_TEST(read("a\nb,\"c\nd\n") == "1|a\n2! the quote that opens on line 2 is never closed\n");
}

BOOST_AUTO_TEST_CASE(records_that_cross_the_buffers_end_are_whole) {
  const std::string pad(kReadBytes - 7, 'p');
  const std::string wide(kReadBytes * 2, 'w');
  BOOST_TEST(read(pad + "\n\"a\"\"b\nc\",d\r\n" + wide + ",e\n") ==
             "1|" + pad + "\n2|\"a\"b\nc\"|d\n4|" + wide + "|e\n");
}

BOOST_AUTO_TEST_CASE(a_record_without_end_is_refused_before_it_fills_the_memory) {
  BOOST_CHECK_THROW(read("\"" + std::string(kMaxRecordBytes, 'x')), Failure);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_bad_and_reading_goes_on_behind_it) {
  const std::string text = "a\nb," + std::string(3 * kMaxRecordBytes, 'x') + ",\"y\nc\n";
  BOOST_TEST(read(text) == "1|a\n2! the record is longer than 16 MB\n3|c\n");
  BOOST_TEST(read(std::string(kMaxRecordBytes + 1, 'x')) == "1! the record is longer than 16 MB\n");
}

BOOST_AUTO_TEST_CASE(small_lines_are_read_fast) {
  constexpr int kLines = 200'000;
  std::string text;
  for (int i = 0; i < kLines; ++i) text += std::to_string(i) + ",\"name\",2017-11-08,12.50\n";
  const ScratchFile file(text);
  InputFile input(file.path());
  CsvReader reader(input);
  const auto began = std::chrono::steady_clock::now();
  int records = 0;
  while (reader.next() == CsvReader::Result::record) ++records;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  BOOST_TEST(records == kLines);
  BOOST_TEST_MESSAGE("lines a second: " << kLines / took.count());
}

BOOST_AUTO_TEST_SUITE_END()
