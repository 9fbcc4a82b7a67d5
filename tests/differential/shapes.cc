#include "tests/differential/shapes.h"

#include <fmt/format.h>

#include <algorithm>

namespace facet::test {

namespace {

constexpr bool kFails = true;

const std::vector<std::string> kScalars = {"b", "i2", "i4", "i8", "n", "f4", "f8",
                                           "t", "y",  "d",  "s",  "z", "v"};
const std::vector<std::string> kLists = {"at", "ai"};

void addComparisons(std::vector<Shape>& out) {
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"i2", "i8"}, {"i4", "i2"}, {"i8", "n"}, {"i4", "n"}, {"f4", "f8"}, {"n", "f8"},
      {"d", "s"},   {"s", "d"},   {"d", "z"},  {"s", "z"},  {"i4", "f8"}, {"n", "f4"}};
  for (const std::string& type : kScalars) pairs.emplace_back(type, type);
  for (const auto& [a, b] : pairs) {
    // A timestamp's range is less than a date's; PostgreSQL compares them all the same.
    for (const char* op : {"=", "<>", "<", "<=", ">", ">="}) {
      out.push_back({"b", fmt::format("(${} {} ${})", a, op, b)});
    }
    out.push_back({"b", fmt::format("(${} IS DISTINCT FROM ${})", a, b)});
    out.push_back({"b", fmt::format("(${} IS NOT DISTINCT FROM ${})", a, b)});
  }
  for (const std::string& type : kScalars) {
    const auto add = [&](const char* sql) {
      out.push_back({"b", fmt::format(fmt::runtime(sql), type)});
    };
    add("(${0} = #{0})");
    add("(${0} < #{0})");
    add("(${0} IN (#{0}, #{0}, #{0}))");
    add("(${0} NOT IN (#{0}, #{0}))");
    add("(${0} IN (#{0}, ${0}))");
    add("(${0} BETWEEN #{0} AND #{0})");
    add("(${0} NOT BETWEEN #{0} AND ${0})");
    add("(${0} IN (#{0}, NULL))");
  }
  for (const auto* list : {&kScalars, &kLists}) {
    for (const std::string& type : *list) {
      out.push_back({"b", fmt::format("(${} IS NULL)", type)});
      out.push_back({"b", fmt::format("(${} IS NOT NULL)", type)});
    }
  }
}

void addConditions(std::vector<Shape>& out) {
  for (const char* sql : {"($b AND $b)",
                          "($b OR $b)",
                          "(NOT $b)",
                          "($b IS TRUE)",
                          "($b IS NOT TRUE)",
                          "($b IS FALSE)",
                          "($b IS NOT FALSE)",
                          "($b IS UNKNOWN)",
                          "($b IS NOT UNKNOWN)",
                          "($t LIKE #pattern)",
                          "($t NOT LIKE #pattern)",
                          "($t ILIKE #pattern)",
                          "($t NOT ILIKE #pattern)",
                          "($t LIKE #banged ESCAPE '!')",
                          "($t LIKE #pattern ESCAPE '')",
                          "($t ILIKE #banged ESCAPE '!')",
                          "($t LIKE (#pattern || '%'))",
                          "starts_with($t, #t)",
                          "starts_with($t, $t)",
                          "$i4::boolean",
                          "CAST($i4 AS boolean)"}) {
    out.push_back({"b", sql});
  }
  out.push_back({"b", "$t::boolean", kFails});
  // The text of a column can end with the escape character.
  out.push_back({"b", "($t LIKE $t)", kFails});
  out.push_back({"b", "($t ILIKE $t)", kFails});
}

void addChoices(std::vector<Shape>& out) {
  for (const auto* list : {&kScalars, &kLists}) {
    for (const std::string& type : *list) {
      const auto add = [&](const char* sql) {
        out.push_back({type, fmt::format(fmt::runtime(sql), type)});
      };
      add("(CASE WHEN $b THEN ${0} ELSE ${0} END)");
      add("(CASE WHEN $b THEN ${0} WHEN $b THEN ${0} END)");
      add("coalesce(${0}, ${0})");
      if (list == &kLists) continue;
      add("(CASE $i4 WHEN #i4 THEN ${0} WHEN $i2 THEN #{0} ELSE ${0} END)");
      add("coalesce(${0}, #{0})");
      add("nullif(${0}, #{0})");
      add("nullif(${0}, ${0})");
      add("greatest(${0}, ${0}, #{0})");
      add("least(${0}, ${0})");
    }
  }
  out.push_back({"n", "coalesce($i4, $n)"});
  out.push_back({"f8", "greatest($f8, $i4)"});
  out.push_back({"f8", "(CASE WHEN $b THEN $n ELSE $f8 END)"});
  out.push_back({"s", "coalesce($s, $s, #s)"});
  out.push_back({"i4", "nullif($i4, $i8)", kFails});
}

void addArithmetic(std::vector<Shape>& out) {
  for (const std::string type : {"i2", "i4", "i8", "n", "f4", "f8"}) {
    const auto add = [&](const char* sql, bool fails) {
      out.push_back({type, fmt::format(fmt::runtime(sql), type), fails});
    };
    const bool overflows = type[0] == 'i';
    add("(${0} + ${0})", overflows);
    add("(${0} - ${0})", overflows);
    add("(${0} * ${0})", type != "f8");
    add("(${0} / ${0})", true);
    add("(- ${0})", overflows);
    add("(+ ${0})", false);
    add("abs(${0})", overflows);
    if (type[0] == 'f') continue;
    add("(${0} % ${0})", true);
    add("mod(${0}, ${0})", true);
    add("(${0} % nullif(${0}, 0))", false);
    if (overflows) add("(${0} / #{0})", true);
  }
  for (const Shape& shape : std::vector<Shape>{{"i4", "($i4 % #divisor)"},
                                               {"i4", "($i4 / #divisor)"},
                                               {"i4", "($i2::integer * $i2)"},
                                               {"i4", "($i2 + 70000)"},
                                               {"i8", "($i4::bigint * $i4)"},
                                               {"i8", "($i2::bigint - $i4)"},
                                               {"i8", "($i8 / #divisor)"},
                                               {"i8", "($i8 % #divisor)"},
                                               {"i8", "($i4 + $i8)", kFails},
                                               {"i4", "($i2 * $i4)", kFails},
                                               {"n", "($n * #few)"},
                                               {"n", "($n + $i4)"},
                                               {"n", "($i8 - $n)"},
                                               {"n", "($n / #divisor)"},
                                               {"n", "($i4 / nullif($n, 0))"},
                                               {"n", "round($n, #few)"},
                                               {"n", "trunc($n, #few)"},
                                               {"n", "round($n, $i2)", kFails},
                                               {"f8", "($f8 + $f4)"},
                                               {"f8", "($f4::float8 * $f8)"},
                                               {"f8", "($f8 * $i4)"},
                                               {"f8", "($f8 - $n)"},
                                               {"f8", "($f8 / nullif($f8, 0))"},
                                               {"f8", "sqrt(abs($f8))"},
                                               {"f8", "sqrt($f8)", kFails},
                                               {"f8", "power($f8, 2)", kFails},
                                               {"f8", "pow($f8, $f8)", kFails},
                                               {"f8", "($f8 ^ 3)", kFails},
                                               {"f8", "($i2 ^ 2::float8)"}}) {
    out.push_back(shape);
  }
  for (const char* type : {"n", "f8"}) {
    for (const char* function : {"round", "trunc", "ceil", "ceiling", "floor", "sign"}) {
      out.push_back({type, fmt::format("{}(${})", function, type)});
    }
  }
}

void addTexts(std::vector<Shape>& out) {
  for (const char* sql : {"lower($t)",
                          "upper($t)",
                          "trim($t)",
                          "trim(both #t FROM $t)",
                          "trim(leading 'x' FROM $t)",
                          "trim(trailing ' ' FROM $t)",
                          "btrim($t)",
                          "btrim($t, 'ae ')",
                          "ltrim($t)",
                          "ltrim($t, $t)",
                          "rtrim($t)",
                          "rtrim($t, #t)",
                          "substring($t, #few)",
                          "substring($t, #few, #divisor)",
                          "substring($t FROM #few FOR #divisor)",
                          "substring($t FROM #few)",
                          "substr($t, #few)",
                          "substr($t, #few, #divisor)",
                          "replace($t, #t, $t)",
                          "replace($t, 'a', '')",
                          "left($t, #few)",
                          "right($t, #few)",
                          "left($t, $i2)",
                          "right($t, $i2)",
                          "split_part($t, ',', #divisor)",
                          "split_part($t, #t, -1)",
                          "lpad($t, 7)",
                          "lpad($t, 7, $t)",
                          "rpad($t, 5)",
                          "rpad($t, 6, #t)",
                          "repeat($t, #few)",
                          "reverse($t)",
                          "concat($t, $i4, $b)",
                          "concat($d, NULL, $t)",
                          "concat($n, $f8)",
                          "md5($t)",
                          "($t || $t)",
                          "($t || '-' || $t)",
                          "($t || $i4)",
                          "($d || $t)",
                          "($t || $b)",
                          "CAST($i4 AS text)",
                          "left(md5($t), 4)"}) {
    out.push_back({"t", sql});
  }
  for (const std::string& type : kScalars) {
    if (type != "t") out.push_back({"t", fmt::format("${}::text", type)});
  }
  out.push_back({"t", "substring($t, 1, $i2)", kFails});
  out.push_back({"t", "substr($t, $i2, $i2)", kFails});
  out.push_back({"t", "split_part($t, ',', $i2)", kFails});
  for (const char* sql : {"length($t)", "char_length($t)", "character_length($t)",
                          "octet_length($t)", "octet_length($y)", "length($y)", "strpos($t, $t)",
                          "position($t IN $t)", "position('a' IN $t)"}) {
    out.push_back({"i4", sql});
  }
}

void addTimes(std::vector<Shape>& out) {
  const std::vector<std::string> dayUnits = {"day",    "month",   "quarter",   "year",
                                             "decade", "century", "millennium"};
  const std::vector<std::string> calendar = {"week", "dow", "isodow", "doy", "isoyear", "julian"};
  const std::vector<std::string> clock = {"microseconds", "milliseconds", "second", "minute",
                                          "hour"};
  const auto extracts = [&](const std::vector<std::string>& units, const char* type) {
    for (const std::string& unit : units) {
      out.push_back({"n", fmt::format("extract({} FROM ${})", unit, type)});
      if (std::string(type) == "d") {
        out.push_back({"f8", fmt::format("date_part('{}', ${})", unit, type), kFails});
      } else {
        out.push_back({"f8", fmt::format("date_part('{}', ${})", unit, type)});
      }
    }
  };
  for (const char* type : {"d", "s", "z", "v"}) {
    extracts(dayUnits, type);
    extracts({"epoch"}, type);
    if (*type != 'v') extracts(calendar, type);
    if (*type != 'd') extracts(clock, type);
  }
  for (const char* unit : {"microseconds", "milliseconds", "second", "minute", "hour", "day",
                           "week", "month", "quarter", "year", "decade", "century", "millennium"}) {
    for (const char* type : {"s", "z"}) {
      out.push_back({type, fmt::format("date_trunc('{}', ${})", unit, type)});
    }
  }
  for (const Shape& shape : std::vector<Shape>{{"z", "date_trunc('month', $d)", kFails},
                                               {"d", "($d + #few)", kFails},
                                               {"d", "(#few + $d)", kFails},
                                               {"d", "($d - #divisor)"},
                                               {"d", "($d + $i4)", kFails},
                                               {"d", "($d - $i4)", kFails},
                                               {"i4", "($d - $d)"},
                                               {"d", "make_date($i2, $i2, $i2)", kFails},
                                               {"d", "make_date(2024, #divisor, #divisor)"},
                                               {"s", "($d + #v)", kFails},
                                               {"s", "(#v + $d)", kFails},
                                               {"s", "($d - #v)", kFails},
                                               {"s", "($s + #v)"},
                                               {"s", "(#v + $s)"},
                                               {"s", "($s - #v)"},
                                               {"s", "($s + $v)", kFails},
                                               {"s", "($s - interval '5000 years')", kFails},
                                               {"s", "($s + interval '300000 years')", kFails},
                                               {"z", "($z + #v)"},
                                               {"z", "($z - #v)"},
                                               {"v", "($s - $s)"},
                                               {"v", "($z - $z)"},
                                               {"v", "($v + #v)", kFails},
                                               {"v", "($v + $v)", kFails},
                                               {"v", "($v - $v)", kFails},
                                               {"v", "(- $v)", kFails},
                                               {"v", "((@s - @s) + #v)"},
                                               {"v", "(- (@s - @s))"},
                                               {"v", "((@s - @s) * #few)"},
                                               {"v", "(1.5 * (@s - @s))"},
                                               {"v", "((@s - @s) / #divisor)"},
                                               {"v", "(#v / #divisor * @i2)"},
                                               {"v", "($v * #few)", kFails},
                                               {"v", "($v * $i2)", kFails},
                                               {"v", "($n * $v)", kFails},
                                               {"v", "($f8 * $v)", kFails},
                                               {"v", "($v * $f8)", kFails},
                                               {"v", "($v / $i4)", kFails},
                                               {"v", "($v / $f8)", kFails},
                                               {"s", "($z AT TIME ZONE 'UTC')"},
                                               {"s", "($z AT TIME ZONE '+02')"},
                                               {"s", "($z AT TIME ZONE 'UTC-5:30')"},
                                               {"s", "($z AT TIME ZONE INTERVAL '-02:30')"},
                                               {"s", "($d AT TIME ZONE '-13:45:07')", kFails},
                                               {"z", "($s AT TIME ZONE 'gmt')"},
                                               {"z", "($s AT TIME ZONE '+02')"},
                                               {"z", "($s AT TIME ZONE INTERVAL '05:30')"},
                                               {"z", "timezone('-1', $s)"}}) {
    out.push_back(shape);
  }
}

void addCasts(std::vector<Shape>& out) {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"i2", "smallint"}, {"i4", "integer"}, {"i8", "bigint"},
      {"n", "numeric"},   {"f4", "real"},    {"f8", "double precision"}};
  for (size_t to = 0; to < numbers.size(); ++to) {
    for (size_t from = 0; from < numbers.size(); ++from) {
      // To real can be out of its range, and NaN is no numeric of facet's.
      const bool fails = to < from || (to == 4 && from == 3);
      out.push_back({numbers[to].first,
                     fmt::format("${}::{}", numbers[from].first, numbers[to].second), fails});
    }
    out.push_back({numbers[to].first, fmt::format("$t::{}", numbers[to].second), kFails});
    out.push_back({numbers[to].first, fmt::format("CAST(@t AS {})", numbers[to].second), kFails});
  }
  for (const Shape& shape :
       std::vector<Shape>{{"n", "$n::numeric(10,2)", kFails},
                          {"n", "$i4::numeric(12,3)"},
                          {"n", "$n::numeric(6)", kFails},
                          {"n", "$f8::numeric(12,4)", kFails},
                          {"i4", "$b::integer"},
                          {"d", "$s::date"},
                          {"d", "$z::date"},
                          {"d", "(left($t, 0) || '2024-02-29')::date", kFails},
                          {"d", "($t || 'nonsense')::date", kFails},
                          {"s", "(left($t, 0) || '2024-02-29 12:00')::timestamp", kFails},
                          {"s", "($t || 'nonsense')::timestamp", kFails},
                          {"z", "(left($t, 0) || '2000-01-03 00:00Z')::timestamptz", kFails},
                          {"z", "($t || 'nonsense')::timestamptz", kFails},
                          {"s", "$d::timestamp", kFails},
                          {"z", "$d::timestamptz", kFails},
                          {"s", "$z::timestamp"},
                          {"z", "$s::timestamptz"},
                          {"v", "$t::interval", kFails},
                          {"y", "$t::bytea", kFails}}) {
    out.push_back(shape);
  }
}

}  // namespace

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kShapes = [] {
    std::vector<Shape> out;
    addComparisons(out);
    addConditions(out);
    addChoices(out);
    addArithmetic(out);
    addTexts(out);
    addTimes(out);
    addCasts(out);
    return out;
  }();
  return kShapes;
}

const std::vector<AggregateShape>& aggregateShapes() {
  static const std::vector<AggregateShape> kShapes = [] {
    std::vector<AggregateShape> out = {{"i8", "count(*)"}};
    for (const auto* list : {&kScalars, &kLists}) {
      for (const std::string& type : *list) {
        out.push_back({"i8", fmt::format("count(${})", type)});
        if (list == &kScalars) out.push_back({"i8", fmt::format("count(DISTINCT ${})", type)});
      }
    }
    for (const char* type : {"i2", "i4", "i8", "n"}) {
      out.push_back({type[0] == 'i' && type[1] != '8' ? "i8" : "n", fmt::format("sum(${})", type)});
      out.push_back({"n", fmt::format("avg(${})", type)});
    }
    // A sum of real is exact in PostgreSQL only for few digits: columns have such.
    out.push_back({"f4", "sum(@f4)", Likeness::value});
    for (const char* sql : {"sum($f8)", "avg($f8)", "avg(@f4)"}) {
      out.push_back({"f8", sql, Likeness::nearby});
    }
    for (const char* extreme : {"min", "max"}) {
      for (const std::string type : {"i2", "i4", "i8", "n", "f4", "f8", "t", "d", "s", "z"}) {
        const bool number = type == "n" || type[0] == 'f';
        out.push_back({type, fmt::format("{}(${})", extreme, type),
                       number ? Likeness::value : Likeness::same});
      }
      // A month equals 30 days: only differences are written in one way.
      out.push_back({"v", fmt::format("{}((@s - @s))", extreme)});
    }
    out.push_back({"i4", "min(DISTINCT $i4)"});
    for (const char* function : {"bool_and", "bool_or", "every"}) {
      out.push_back({"b", fmt::format("{}($b)", function)});
    }
    return out;
  }();
  return kShapes;
}

}  // namespace facet::test
