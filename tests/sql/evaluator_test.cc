#include "tests/sql/expr_vocabulary.h"

namespace facet::test {
namespace {

constexpr Kind kInt4 = Kind::int32;

ExprPtr yes() {
  return boolean(true);
}
ExprPtr no() {
  return boolean(false);
}
ExprPtr unknown() {
  return null(Kind::boolean);
}

Value run(const ExprPtr& expr, EvalContext context, const RowLayout& layout) {
  Arena arena;
  if (context.arena == nullptr) context.arena = &arena;
  Program program(*expr, [&](uint32_t relation, uint32_t column) {
    return ColumnPlace{relation, layout.slot(column)};
  });
  return program.evaluate(context);
}

BOOST_AUTO_TEST_SUITE(evaluator)

BOOST_AUTO_TEST_CASE(and_or_not_have_three_values) {
  check("true AND true", test(Op::logicalAnd, yes(), yes()), "t");
  check("true AND NULL", test(Op::logicalAnd, yes(), unknown()), "NULL");
  check("NULL AND false", test(Op::logicalAnd, unknown(), no()), "f");
  check("false OR NULL", test(Op::logicalOr, no(), unknown()), "NULL");
  check("NULL OR true", test(Op::logicalOr, unknown(), yes()), "t");
  check("false OR false", test(Op::logicalOr, no(), no()), "f");
  check("true AND NULL AND false", test(Op::logicalAnd, yes(), unknown(), no()), "f");
  check("NOT true", test(Op::logicalNot, yes()), "f");
  check("NOT NULL::boolean", test(Op::logicalNot, unknown()), "NULL");
}

BOOST_AUTO_TEST_CASE(and_or_stop_before_an_error_that_cannot_matter) {
  check("false AND 1/0 = 1", test(Op::logicalAnd, no(), failing()), "f");
  check("true OR 1/0 = 1", test(Op::logicalOr, yes(), failing()), "t");
  check("true AND 1/0 = 1", test(Op::logicalAnd, yes(), failing()), "!division by zero");
  check("NULL AND 1/0 = 1", test(Op::logicalAnd, unknown(), failing()), "!division by zero");
  check("1/0 = 1 AND false", test(Op::logicalAnd, failing(), no()), "!division by zero");
  check("NOT (1/0 = 1)", test(Op::logicalNot, failing()), "!division by zero");
}

BOOST_AUTO_TEST_CASE(tests_of_null_and_truth_are_never_null) {
  check("NULL::int4 IS NULL", test(Op::isNull, null(kInt4)), "t");
  check("1 IS NULL", test(Op::isNull, i32(1)), "f");
  check("'' IS NOT NULL", test(Op::isNotNull, str("")), "t");
  check("(1/0) IS NULL", test(Op::isNull, failing(kInt4)), "!division by zero");
  check("NULL::boolean IS TRUE", test(Op::isTrue, unknown()), "f");
  check("true IS TRUE", test(Op::isTrue, yes()), "t");
  check("NULL::boolean IS NOT TRUE", test(Op::isNotTrue, unknown()), "t");
  check("NULL::boolean IS FALSE", test(Op::isFalse, unknown()), "f");
  check("false IS FALSE", test(Op::isFalse, no()), "t");
  check("true IS NOT FALSE", test(Op::isNotFalse, yes()), "t");
  check("(1/0 = 1) IS TRUE", test(Op::isTrue, failing()), "!division by zero");
}

BOOST_AUTO_TEST_CASE(comparisons_follow_postgresql) {
  check("1 < 2", test(Op::less, i32(1), i32(2)), "t");
  check("2::int2 >= 2::int8", test(Op::greaterEqual, i16(2), i64(2)), "t");
  check("2 = 2.00", test(Op::equal, i32(2), num("2.00")), "t");
  check("1.5 > 1", test(Op::greater, num("1.5"), i64(1)), "t");
  check("'NaN'::float8 = 'NaN'::float8", test(Op::equal, f64("NaN"), f64("NaN")), "t");
  check("'NaN'::float8 > 'infinity'::float8", test(Op::greater, f64("NaN"), f64("Infinity")), "t");
  check("0::float8 = '-0'::float8", test(Op::equal, f64("0"), f64("-0")), "t");
  check("'a' < 'é'", test(Op::less, str("a"), str("é")), "t");
  check("'ab' > 'aab'", test(Op::greater, str("ab"), str("aab")), "t");
  check("'a' <> 'a '", test(Op::notEqual, str("a"), str("a ")), "t");
  check("'' = ''", test(Op::equal, str(""), str("")), "t");
  check("interval '1 month' = interval '30 days'",
        test(Op::equal, span("1 month"), span("30 days")), "t");
  check("date '2024-01-01' <= date '2023-12-31'",
        test(Op::lessEqual, date("2024-01-01"), date("2023-12-31")), "f");
  check("true > false", test(Op::greater, yes(), no()), "t");
  check("NULL::int4 = NULL::int4", test(Op::equal, null(kInt4), null(kInt4)), "NULL");
  check("'a' = NULL::text", test(Op::equal, str("a"), null(Kind::text)), "NULL");
  check("NULL = 1/0", test(Op::equal, null(kInt4), failing(kInt4)), "!division by zero");
}

BOOST_AUTO_TEST_CASE(distinct_takes_null_as_a_value) {
  check("NULL::int4 IS DISTINCT FROM NULL::int4",
        test(Op::isDistinctFrom, null(kInt4), null(kInt4)), "f");
  check("NULL::int4 IS DISTINCT FROM 1", test(Op::isDistinctFrom, null(kInt4), i32(1)), "t");
  check("1 IS NOT DISTINCT FROM 1", test(Op::isNotDistinctFrom, i32(1), i32(1)), "t");
  check("'a' IS NOT DISTINCT FROM NULL", test(Op::isNotDistinctFrom, str("a"), null(Kind::text)),
        "f");
}

BOOST_AUTO_TEST_CASE(in_is_null_where_it_cannot_know) {
  check("2 IN (1, 2)", test(Op::in, i32(2), i32(1), i32(2)), "t");
  check("3 IN (1, 2)", test(Op::in, i32(3), i32(1), i32(2)), "f");
  check("3 IN (1, NULL)", test(Op::in, i32(3), i32(1), null(kInt4)), "NULL");
  check("1 IN (1, NULL)", test(Op::in, i32(1), i32(1), null(kInt4)), "t");
  check("NULL::int4 IN (1)", test(Op::in, null(kInt4), i32(1)), "NULL");
  check("'b' IN ('a', 'b')", test(Op::in, str("b"), str("a"), str("b")), "t");
  check("2 IN (1.5, 2.0)", test(Op::in, i32(2), num("1.5"), num("2.0")), "t");
}

BOOST_AUTO_TEST_CASE(in_finds_every_item_of_a_long_list) {
  RowLayout layout({Type::of(Kind::int64), Type::of(Kind::text)});
  std::vector<ExprPtr> numbers = {columnLeaf(0, 0, layout.type(0))};
  std::vector<ExprPtr> texts = {columnLeaf(0, 1, layout.type(1))};
  numbers.reserve(41);
  texts.reserve(41);
  for (int64_t i = 40; i > 0; i--) {
    numbers.push_back(i64(2 * i));
    texts.push_back(str("t" + std::to_string(2 * i)));
  }
  for (int i = 0; i < 90; i++) {
    std::string text = "t" + std::to_string(i);
    RowBuilder builder;
    builder.start(layout);
    builder.set(0, Value::int64(i));
    builder.set(1, Value::text(text));
    Row row = builder.finish();
    EvalContext context;
    context.rows = &row;
    bool listed = i % 2 == 0 && i >= 2 && i <= 80;
    BOOST_TEST(run(node(Op::in, Type::of(Kind::boolean), numbers), context, layout).isTrue() ==
               listed);
    BOOST_TEST(run(node(Op::in, Type::of(Kind::boolean), texts), context, layout).isTrue() ==
               listed);
  }
  numbers.push_back(null(Kind::int64));
  numbers[0] = i64(3);
  check("3 among even numbers and NULL", node(Op::in, Type::of(Kind::boolean), numbers), "NULL");
}

BOOST_AUTO_TEST_CASE(choices_evaluate_only_what_they_need) {
  check("CASE WHEN true THEN 1 ELSE 1/0 END",
        call(Op::caseWhen, kInt4, yes(), i32(1), failing(kInt4)), "1");
  check("CASE WHEN NULL THEN 1/0 WHEN false THEN 2 END",
        call(Op::caseWhen, kInt4, unknown(), failing(kInt4), no(), i32(2)), "NULL");
  check("CASE WHEN 1/0 = 1 THEN 1 ELSE 2 END", call(Op::caseWhen, kInt4, failing(), i32(1), i32(2)),
        "!division by zero");
  check("coalesce(NULL, 7, 1/0)", call(Op::coalesce, kInt4, null(kInt4), i32(7), failing(kInt4)),
        "7");
  check("coalesce(NULL, 1/0, 7)", call(Op::coalesce, kInt4, null(kInt4), failing(kInt4), i32(7)),
        "!division by zero");
  check("coalesce(NULL, NULL::int4)", call(Op::coalesce, kInt4, null(kInt4), null(kInt4)), "NULL");
  check("nullif(1, 1)", call(Op::nullIf, kInt4, i32(1), i32(1)), "NULL");
  check("nullif(1, 2)", call(Op::nullIf, kInt4, i32(1), i32(2)), "1");
  check("nullif(1, NULL)", call(Op::nullIf, kInt4, i32(1), null(kInt4)), "1");
  check("nullif('a', 'a')", call(Op::nullIf, Kind::text, str("a"), str("a")), "NULL");
  check("greatest(1, NULL, 3, 2)", call(Op::greatest, kInt4, i32(1), null(kInt4), i32(3), i32(2)),
        "3");
  check("least('b', 'a', NULL)", call(Op::least, Kind::text, str("b"), str("a"), null(Kind::text)),
        "a");
  check("greatest(NULL, NULL::int4)", call(Op::greatest, kInt4, null(kInt4), null(kInt4)), "NULL");
  check("least(1, 1/0)", call(Op::least, kInt4, i32(1), failing(kInt4)), "!division by zero");
}

BOOST_AUTO_TEST_CASE(columns_of_no_row_are_null) {
  RowLayout layout({Type::of(Kind::int64), Type::of(Kind::text), Type::of(Kind::float64)});
  Row none[2];
  EvalContext context;
  context.rows = none;
  for (uint32_t column = 0; column < 3; column++) {
    BOOST_TEST(run(columnLeaf(1, column, layout.type(column)), context, layout).isNull());
  }
}

BOOST_AUTO_TEST_CASE(errors_in_rows_are_what_they_are_as_values) {
  RowLayout layout({Type::of(Kind::int64), Type::of(Kind::text), Type::of(Kind::float64),
                    Type::of(Kind::numeric), Type::of(Kind::boolean)});
  RowBuilder builder;
  builder.start(layout);
  for (size_t c = 0; c < layout.size(); c++) {
    builder.set(c, Value::error(ErrorCode::divisionByZero));
  }
  Row row = builder.finish();
  EvalContext context;
  context.rows = &row;
  for (uint32_t column = 0; column < layout.size(); column++) {
    ExprPtr leaf = columnLeaf(0, column, layout.type(column));
    BOOST_TEST(shown(leaf->type, run(leaf, context, layout)) == "!division by zero");
    BOOST_TEST(shown(leaf->type, run(test(Op::isNull, leaf), context, layout)) ==
               "!division by zero");
  }
  ExprPtr holds = columnLeaf(0, 4, layout.type(4));
  BOOST_TEST(shown(holds->type, run(test(Op::logicalAnd, no(), holds), context, layout)) == "f");
}

BOOST_AUTO_TEST_CASE(columns_that_a_row_is_too_short_for_are_zero_or_null) {
  RowLayout old({Type::of(Kind::int64)});
  RowLayout now({Type::of(Kind::int64), Type::of(Kind::int32), Type::of(Kind::boolean),
                 Type::of(Kind::text), Type::of(Kind::float64)});
  RowBuilder builder;
  builder.start(old);
  builder.set(0, Value::int64(7));
  Row row = builder.finish();
  EvalContext context;
  context.rows = &row;
  const char* expected[] = {"7", "0", "f", "NULL", "0"};
  for (uint32_t column = 0; column < 5; column++) {
    const Type& type = now.type(column);
    Value value = run(columnLeaf(0, column, type), context, now);
    BOOST_TEST(shown(type, value) == expected[column]);
    BOOST_TEST(shown(type, value) == shown(type, row.get(now, column)));
  }
  for (uint32_t column = 1; column < 5; column++) {
    now.nullWhereMissing(column);
    BOOST_TEST(run(columnLeaf(0, column, now.type(column)), context, now).isNull());
    BOOST_TEST(row.get(now, column).isNull());
  }
}

BOOST_AUTO_TEST_CASE(columns_are_found_in_wide_rows_and_in_several_inputs) {
  std::vector<Type> types(100, Type::of(Kind::int32));
  RowLayout layout(types);
  Row rows[2];
  RowBuilder builders[2];
  for (int64_t input = 0; input < 2; input++) {
    builders[input].start(layout);
    for (size_t c = 0; c < 100; c++) {
      if (c % 3 == 0) continue;
      builders[input].set(c, Value::integer(kInt4, static_cast<int64_t>(c) + 1000 * input));
    }
    rows[input] = builders[input].finish();
  }
  EvalContext context;
  context.rows = rows;
  for (uint32_t c = 0; c < 100; c++) {
    ExprPtr sum = call(Op::add, kInt4, columnLeaf(0, c, types[c]), columnLeaf(1, c, types[c]));
    std::string expected = c % 3 == 0 ? "NULL" : std::to_string(1000 + 2 * c);
    BOOST_TEST(shown(types[c], run(sum, context, layout)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(leaves_of_groups_and_events_come_from_the_context) {
  Value groups[] = {Value::int64(5), Value::error(ErrorCode::divisionByZero)};
  Value aggregates[] = {Value::null(), Value::numeric(1250, 2)};
  EvalContext context;
  context.groupColumns = groups;
  context.aggregates = aggregates;
  context.position = Position{42};
  context.time = 1'000'000;
  auto leaf = [](Op op, Kind kind, uint32_t index) {
    auto expr = node(op, Type::of(kind), {});
    expr->column = index;
    return expr;
  };
  auto text = [&](const ExprPtr& expr) {
    return shown(expr->type, run(expr, context, RowLayout()));
  };
  BOOST_TEST(text(leaf(Op::groupColumn, Kind::int64, 0)) == "5");
  BOOST_TEST(text(test(Op::equal, leaf(Op::groupColumn, Kind::int64, 1), i64(1))) ==
             "!division by zero");
  BOOST_TEST(text(leaf(Op::aggregate, Kind::numeric, 0)) == "NULL");
  BOOST_TEST(text(leaf(Op::aggregate, Kind::numeric, 1)) == "12.50");
  BOOST_TEST(text(leaf(Op::eventPosition, Kind::int64, 0)) == "42");
  BOOST_TEST(text(leaf(Op::eventTime, Kind::timestamp, 0)) == "1970-01-01 00:00:01");
}

BOOST_AUTO_TEST_CASE(arena_memory_stays_valid_until_reset_and_is_then_used_again) {
  Arena arena;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 1000; i++) kept.push_back(arena.copy(std::string(i, static_cast<char>(i))));
  std::string_view large = arena.copy(std::string(1 << 20, 'x'));
  for (int i = 0; i < 1000; i++) {
    BOOST_TEST_REQUIRE(kept[i].size() == static_cast<size_t>(i));
    BOOST_TEST_REQUIRE(kept[i].find_first_not_of(static_cast<char>(i)) == kept[i].npos);
    BOOST_TEST_REQUIRE(reinterpret_cast<uintptr_t>(kept[i].data()) % 8 == 0);
  }
  BOOST_TEST(large.find_first_not_of('x') == large.npos);
  char* first = const_cast<char*>(kept[0].data());
  arena.reset();
  BOOST_TEST(static_cast<void*>(arena.allocate(8)) == static_cast<void*>(first));
}

BOOST_AUTO_TEST_CASE(an_arena_has_a_place_for_no_bytes_too) {
  Arena arena;
  BOOST_TEST(static_cast<void*>(arena.allocate(0)) != nullptr);
  const Arena::Mark mark = arena.mark();
  for (int i = 0; i < 1000; ++i) {
    std::memset(arena.allocate(16'384), 1, 16'384);  // the last bytes of a block too
    BOOST_TEST_REQUIRE(static_cast<void*>(arena.allocate(0)) != nullptr);
  }
  arena.rewind(mark);
  std::memset(arena.allocate(65'536), 1, 65'536);
}

BOOST_AUTO_TEST_CASE(a_program_does_not_need_the_expression_any_more) {
  Program program;
  BOOST_TEST(!program);
  {
    ExprPtr expr =
        call(Op::concat, Kind::text, str("a long constant text, not in place"), str("!"));
    program = Program(*expr, nullptr);
  }
  Arena arena;
  EvalContext context;
  context.arena = &arena;
  BOOST_TEST(program.evaluate(context).asText() == "a long constant text, not in place!");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace facet::test
