#include "tests/sql/expr_vocabulary.h"

namespace facet::test {
namespace {

constexpr Kind kText = Kind::text;
constexpr Kind kInt4 = Kind::int32;

ExprPtr like(std::string text, std::string pattern, std::string escape = "\\") {
  return test(Op::like, str(std::move(text)), str(std::move(pattern)), str(std::move(escape)));
}

BOOST_AUTO_TEST_SUITE(evaluator_texts)

BOOST_AUTO_TEST_CASE(texts_are_joined) {
  check("'a' || 'bé'", call(Op::concatenate, kText, str("a"), str("bé")), "abé");
  check("'a' || NULL::text", call(Op::concatenate, kText, str("a"), null(kText)), "NULL");
  check("concat('a', NULL, 'b', '', 'c')",
        call(Op::concat, kText, str("a"), null(kText), str("b"), str(""), str("c")), "abc");
  check("concat(NULL::text)", call(Op::concat, kText, null(kText)), "");
  check("'\\x01'::bytea || '\\xff'::bytea",
        call(Op::concatenate, Kind::bytes, literal(Kind::bytes, "\\x01"),
             literal(Kind::bytes, "\\xff")),
        "\\x01ff");
}

BOOST_AUTO_TEST_CASE(case_changes_only_ascii_letters) {
  check("lower('ÀBC Z')", call(Op::lower, kText, str("ÀBC Z")), "Àbc z");
  check("upper('àbc z')", call(Op::upper, kText, str("àbc z")), "àBC Z");
  check("lower('abc')", call(Op::lower, kText, str("abc")), "abc");
}

BOOST_AUTO_TEST_CASE(lengths_count_characters_or_bytes) {
  check("length('aé€😀')", call(Op::length, kInt4, str("aé€😀")), "4");
  check("octet_length('aé€😀')", call(Op::octetLength, kInt4, str("aé€😀")), "10");
  check("length('\\x0102'::bytea)", call(Op::length, kInt4, literal(Kind::bytes, "\\x0102")), "2");
}

BOOST_AUTO_TEST_CASE(trimming_takes_any_character_of_the_set) {
  check("btrim('  a b ')", call(Op::trimBoth, kText, str("  a b ")), "a b");
  check("ltrim('xxyaxy', 'xy')", call(Op::trimLeft, kText, str("xxyaxy"), str("xy")), "axy");
  check("rtrim('xxyaxy', 'xy')", call(Op::trimRight, kText, str("xxyaxy"), str("xy")), "xxya");
  check("btrim('éaéé', 'é')", call(Op::trimBoth, kText, str("éaéé"), str("é")), "a");
  check("btrim('èaè', 'é')", call(Op::trimBoth, kText, str("èaè"), str("é")), "èaè");
  check("btrim('aaa', 'a')", call(Op::trimBoth, kText, str("aaa"), str("a")), "");
  check("btrim('abc', '')", call(Op::trimBoth, kText, str("abc"), str("")), "abc");
}

BOOST_AUTO_TEST_CASE(substring_counts_from_before_the_text_too) {
  check("substring('héllo', 2)", call(Op::substring, kText, str("héllo"), i32(2)), "éllo");
  check("substring('héllo', 2, 3)", call(Op::substring, kText, str("héllo"), i32(2), i32(3)),
        "éll");
  check("substring('hello', -1, 4)", call(Op::substring, kText, str("hello"), i32(-1), i32(4)),
        "he");
  check("substring('hello', 0)", call(Op::substring, kText, str("hello"), i32(0)), "hello");
  check("substring('hello', -5, 3)", call(Op::substring, kText, str("hello"), i32(-5), i32(3)), "");
  check("substring('hello', 9)", call(Op::substring, kText, str("hello"), i32(9)), "");
  check("substring('hello', 2, -1)", call(Op::substring, kText, str("hello"), i32(2), i32(-1)),
        "!invalid argument");
  check("substring('hello', 2, 2147483647)",
        call(Op::substring, kText, str("hello"), i32(2), i32(INT32_MAX)), "ello");
  check("substring('hello', (-2147483648)::int4, 5)",
        call(Op::substring, kText, str("hello"), i32(INT32_MIN), i32(5)), "");
}

BOOST_AUTO_TEST_CASE(left_and_right_take_negative_counts) {
  check("left('héllo', 2)", call(Op::left, kText, str("héllo"), i32(2)), "hé");
  check("left('héllo', -2)", call(Op::left, kText, str("héllo"), i32(-2)), "hél");
  check("left('héllo', -9)", call(Op::left, kText, str("héllo"), i32(-9)), "");
  check("left('héllo', 0)", call(Op::left, kText, str("héllo"), i32(0)), "");
  check("right('hellé', 2)", call(Op::right, kText, str("hellé"), i32(2)), "lé");
  check("right('hellé', -2)", call(Op::right, kText, str("hellé"), i32(-2)), "llé");
  check("right('hellé', 0)", call(Op::right, kText, str("hellé"), i32(0)), "");
  check("right('hellé', 9)", call(Op::right, kText, str("hellé"), i32(9)), "hellé");
  check("right('hellé', (-2147483648)::int4)", call(Op::right, kText, str("hellé"), i32(INT32_MIN)),
        "");
}

BOOST_AUTO_TEST_CASE(positions_and_fields) {
  check("strpos('héllo', 'l')", call(Op::position, kInt4, str("héllo"), str("l")), "3");
  check("strpos('hello', '')", call(Op::position, kInt4, str("hello"), str("")), "1");
  check("strpos('hello', 'x')", call(Op::position, kInt4, str("hello"), str("x")), "0");
  check("starts_with('hello', 'he')", test(Op::startsWith, str("hello"), str("he")), "t");
  check("starts_with('hello', 'lo')", test(Op::startsWith, str("hello"), str("lo")), "f");
  check("split_part('a,b,c', ',', 2)", call(Op::splitPart, kText, str("a,b,c"), str(","), i32(2)),
        "b");
  check("split_part('a,b,c', ',', -1)", call(Op::splitPart, kText, str("a,b,c"), str(","), i32(-1)),
        "c");
  check("split_part('a,b,c', ',', -4)", call(Op::splitPart, kText, str("a,b,c"), str(","), i32(-4)),
        "");
  check("split_part('a,b,c', ',', 4)", call(Op::splitPart, kText, str("a,b,c"), str(","), i32(4)),
        "");
  check("split_part('a,b,c', '', 1)", call(Op::splitPart, kText, str("a,b,c"), str(""), i32(1)),
        "a,b,c");
  check("split_part('a,b,c', '', -2)", call(Op::splitPart, kText, str("a,b,c"), str(""), i32(-2)),
        "");
  check("split_part('a,b,c', ',', 0)", call(Op::splitPart, kText, str("a,b,c"), str(","), i32(0)),
        "!invalid argument");
  check("split_part('aXXX', 'XX', -1)", call(Op::splitPart, kText, str("aXXX"), str("XX"), i32(-1)),
        "X");
}

BOOST_AUTO_TEST_CASE(texts_are_rebuilt) {
  check("replace('aXbXX', 'X', '--')", call(Op::replace, kText, str("aXbXX"), str("X"), str("--")),
        "a--b----");
  check("replace('abc', '', 'x')", call(Op::replace, kText, str("abc"), str(""), str("x")), "abc");
  check("replace('aaa', 'aa', 'b')", call(Op::replace, kText, str("aaa"), str("aa"), str("b")),
        "ba");
  check("reverse('aé😀')", call(Op::reverse, kText, str("aé😀")), "😀éa");
  check("repeat('ab', 3)", call(Op::repeat, kText, str("ab"), i32(3)), "ababab");
  check("repeat('ab', -3)", call(Op::repeat, kText, str("ab"), i32(-3)), "");
  check("lpad('é', 4, 'xyz')", call(Op::leftPad, kText, str("é"), i32(4), str("xyz")), "xyzé");
  check("lpad('hello', 3)", call(Op::leftPad, kText, str("hello"), i32(3)), "hel");
  check("lpad('hello', -3)", call(Op::leftPad, kText, str("hello"), i32(-3)), "");
  check("lpad('hi', 4, '')", call(Op::leftPad, kText, str("hi"), i32(4), str("")), "hi");
  check("rpad('hi', 7, 'é€')", call(Op::rightPad, kText, str("hi"), i32(7), str("é€")), "hié€é€é");
  check("rpad('hi', 5)", call(Op::rightPad, kText, str("hi"), i32(5)), "hi   ");
  check("md5('hello')", call(Op::md5, kText, str("hello")), "5d41402abc4b2a76b9719d911017c592");
  check("md5('')", call(Op::md5, kText, str("")), "d41d8cd98f00b204e9800998ecf8427e");
}

BOOST_AUTO_TEST_CASE(no_text_grows_beyond_the_limit) {
  Arena arena;
  ExprPtr half = call(Op::repeat, kText, str("x"), i32(Arena::kMaxValueBytes));
  BOOST_TEST(evaluateConstant(*half, arena).asText().size() == Arena::kMaxValueBytes);
  for (const ExprPtr& tooLarge :
       {ExprPtr(call(Op::repeat, kText, str("xx"), i32(Arena::kMaxValueBytes))),
        ExprPtr(call(Op::repeat, kText, str("x"), i32(INT32_MAX))),
        ExprPtr(call(Op::leftPad, kText, str("x"), i32(INT32_MAX))),
        ExprPtr(call(Op::rightPad, kText, str("x"), i32(Arena::kMaxValueBytes + 1))),
        ExprPtr(call(Op::concatenate, kText, half, str("y"))),
        ExprPtr(call(Op::concat, kText, half, half)),
        ExprPtr(call(Op::replace, kText, half, str("x"), str("yy")))}) {
    BOOST_TEST(shown(tooLarge->type, evaluateConstant(*tooLarge, arena)) == "!value too large");
  }
}

BOOST_AUTO_TEST_CASE(like_matches_characters) {
  check("'héllo' LIKE 'h_llo'", like("héllo", "h_llo"), "t");
  check("'hello' LIKE 'h%o'", like("hello", "h%o"), "t");
  check("'hello' LIKE 'h%l'", like("hello", "h%l"), "f");
  check("'hello' LIKE '%ell%'", like("hello", "%ell%"), "t");
  check("'hello' LIKE '%'", like("hello", "%"), "t");
  check("'' LIKE '%'", like("", "%"), "t");
  check("'' LIKE ''", like("", ""), "t");
  check("'' LIKE '_'", like("", "_"), "f");
  check("'a' LIKE ''", like("a", ""), "f");
  check("'abcabd' LIKE '%ab_'", like("abcabd", "%ab_"), "t");
  check("'abab' LIKE '%ab%ab%ab%'", like("abab", "%ab%ab%ab%"), "f");
  check("'aéb' LIKE 'a%_b'", like("aéb", "a%_b"), "t");
  check("'ab' LIKE 'a_%b'", like("ab", "a_%b"), "f");
  check("'Hello' LIKE 'hello'", like("Hello", "hello"), "f");
}

ExprPtr repeated(std::string text, int64_t times) {
  return call(Op::repeat, Kind::text, str(std::move(text)), i32(times));
}

ExprPtr joined(ExprPtr a, ExprPtr b) {
  return call(Op::concatenate, Kind::text, std::move(a), std::move(b));
}

BOOST_AUTO_TEST_CASE(like_searches_long_patterns_in_linear_time) {
  const ExprPtr text = repeated("a", 200'000);
  const ExprPtr pattern = joined(joined(str("%"), repeated("a", 100'000)), str("b%"));
  for (const Op op : {Op::like, Op::ilike}) {
    check("repeat('a', 200000) LIKE '%' || repeat('a', 100000) || 'b%'",
          test(op, text, pattern, str("\\")), "f");
    check("with the b at its end", test(op, joined(text, str("b")), pattern, str("\\")), "t");
  }
  check("position(repeat('a', 100000) || 'b' IN repeat('a', 200000))",
        call(Op::position, Kind::int32, text, joined(repeated("a", 100'000), str("b"))), "0");
}

BOOST_AUTO_TEST_CASE(a_pattern_that_is_met_in_vain_again_and_again_is_too_much_work) {
  check("repeat('a', 200000) LIKE '%' || repeat('a', 100000) || '_b%'",
        test(Op::like, repeated("a", 200'000),
             joined(joined(str("%"), repeated("a", 100'000)), str("_b%")), str("\\")),
        "!an expression takes more than 16 MiB of work for one row");
}

BOOST_AUTO_TEST_CASE(ilike_folds_letters_but_not_its_escape) {
  const auto ilike = [](std::string text, std::string pattern, std::string escape) {
    return test(Op::ilike, str(std::move(text)), str(std::move(pattern)), str(std::move(escape)));
  };
  check("'ABc' ILIKE '%bC'", ilike("ABc", "%bC", "\\"), "t");
  check("'5%' ILIKE '5a%' ESCAPE 'a'", ilike("5%", "5a%", "a"), "t");
  check("'5x' ILIKE '5a%' ESCAPE 'a'", ilike("5x", "5a%", "a"), "f");
  check("'5Ax' ILIKE '5A%' ESCAPE 'a'", ilike("5Ax", "5A%", "a"), "t");
  check("'x\\y' ILIKE '%\\y' ESCAPE 'a'", ilike("x\\y", "%\\y", "a"), "t");
  check("'x\\y' ILIKE '%a\\Y' ESCAPE 'a'", ilike("x\\y", "%a\\Y", "a"), "t");
  check("'xy' ILIKE 'xa' ESCAPE 'a'", ilike("xy", "xa", "a"), "!invalid argument");
}

BOOST_AUTO_TEST_CASE(the_work_of_one_expression_is_bounded) {
  ExprPtr text = repeated("ab", 500'000);
  for (int i = 0; i < 6; ++i) text = call(Op::reverse, Kind::text, text);
  check("six times reversed", call(Op::length, Kind::int32, text), "1000000");
  for (int i = 0; i < 14; ++i) text = call(Op::reverse, Kind::text, text);
  check("twenty times reversed", call(Op::length, Kind::int32, text),
        "!an expression takes more than 16 MiB of work for one row");
}

BOOST_AUTO_TEST_CASE(an_expression_is_interrupted_inside) {
  const RowLayout layout({Type::of(Kind::text)});
  RowBuilder builder;
  builder.start(layout);
  builder.set(0, Value::text("ab"));
  const Row row = builder.finish();
  const ExprPtr text = columnLeaf(0, 0, Type::of(Kind::text));
  Program program(*call(Op::repeat, Kind::text, text, i32(500'000)),
                  [&](uint32_t, uint32_t column) {
                    return ColumnPlace{0, layout.slot(column)};
                  });
  std::atomic<bool> stop = false;
  Arena arena;
  arena.work().watch(&stop);
  EvalContext context;
  context.rows = &row;
  context.arena = &arena;
  BOOST_TEST(program.evaluate(context).asText().size() == 1'000'000u);
  stop = true;
  const Value value = program.evaluate(context);
  BOOST_TEST_REQUIRE(value.isError());
  BOOST_TEST((value.errorCode() == ErrorCode::interrupted));
  stop = false;
  BOOST_TEST(!program.evaluate(context).isError());
}

BOOST_AUTO_TEST_CASE(an_arena_goes_back_to_a_mark) {
  Arena arena;
  const std::string_view kept = arena.copy("kept");
  const Arena::Mark mark = arena.mark();
  const size_t before = arena.bytes();
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 20; ++j) arena.allocate(Arena::kMaxValueBytes);
    arena.rewind(mark);
    BOOST_TEST_REQUIRE(arena.bytes() == before);
  }
  BOOST_TEST(kept == "kept");
}

BOOST_AUTO_TEST_CASE(like_takes_any_escape) {
  check("'50%' LIKE '50\\%'", like("50%", "50\\%"), "t");
  check("'50x' LIKE '50\\%'", like("50x", "50\\%"), "f");
  check("'50%' LIKE '50#%' ESCAPE '#'", like("50%", "50#%", "#"), "t");
  check("'a\\b' LIKE 'a\\b' ESCAPE '#'", like("a\\b", "a\\b", "#"), "t");
  check("'a\\b' LIKE 'a\\b' ESCAPE ''", like("a\\b", "a\\b", ""), "t");
  check("'a%b' LIKE 'a%%b' ESCAPE '%'", like("a%b", "a%%b", "%"), "t");
  check("'axb' LIKE 'a%%b' ESCAPE '%'", like("axb", "a%%b", "%"), "f");
  check("'a_' LIKE '%é_' ESCAPE 'é'", like("a_", "%é_", "é"), "t");
  check("'a' LIKE 'a' ESCAPE 'xy'", like("a", "a", "xy"), "!invalid argument");
  check("'ab' LIKE 'a\\'", like("ab", "a\\"), "!invalid argument");
  check("'a' LIKE 'a\\'", like("a", "a\\"), "f");
  check("'ab' LIKE '%\\'", like("ab", "%\\"), "!invalid argument");
  check("'' LIKE '\\'", like("", "\\"), "f");
  check("NULL LIKE 'a'", test(Op::like, null(kText), str("a"), str("\\")), "NULL");
}

BOOST_AUTO_TEST_CASE(ilike_folds_ascii_letters_only) {
  check("'HeLLo' ILIKE 'h%LO'", test(Op::ilike, str("HeLLo"), str("h%LO")), "t");
  check("'É' ILIKE 'é'", test(Op::ilike, str("É"), str("é")), "f");
  check("'aXb' ILIKE 'axx_' ESCAPE 'x'", test(Op::ilike, str("aXb"), str("axx_"), str("x")), "t");
}

BOOST_AUTO_TEST_CASE(like_with_many_wildcards_ends) {
  std::string pattern;
  for (int i = 0; i < 20'000; i++) pattern += "%a";
  Arena arena;
  ExprPtr match = like(std::string(20'000, 'a') + "b", pattern + "%c");
  BOOST_TEST(shown(match->type, evaluateConstant(*match, arena)) == "f");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
