#include "tests/differential/lab_query.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "sql/bind.h"
#include "values/text.h"

namespace facet::test {

namespace {

/// Whether rows are the same in order; numbers by value, as ORDER BY sees them.
bool sameSequence(const TextRows& facet, const TextRows& postgres,
                  const std::vector<LabOutput>& outputs) {
  for (size_t r = 0; r < facet.size(); ++r) {
    for (size_t c = 0; c < outputs.size(); ++c) {
      const std::string& a = facet[r][c];
      const std::string& b = postgres[r][c];
      const bool number = outputs[c].type[0] == 'n' || outputs[c].type[0] == 'f';
      if (a != b && !(number && plainNumber(a) == plainNumber(b))) return false;
    }
  }
  return true;
}

}  // namespace

Answer runQuery(const QuerySources& sources, const std::function<Select()>& bind, Position at,
                ExprMaker& make) {
  Answer answer;
  try {
    Query query(sources, bind(), at, kLabLimits);
    for (bool more = true; more;) {
      more = query.step(1 + make.pick(20));
      while (const std::vector<Value>* row = query.next()) {
        auto& texts = answer.rows.emplace_back();
        for (size_t c = 0; c < row->size(); ++c) {
          const Value& value = (*row)[c];
          texts.push_back(value.isNull() ? kNull : toText(query.outputs()[c].expr->type, value));
        }
      }
    }
  } catch (const SqlError& error) {
    answer.error = error.what();
    answer.refused = true;
  } catch (const QueryError& error) {
    answer.error = error.what();
  }
  return answer;
}

std::string sqlLiteral(const std::string& text) {
  std::string out = "E'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return out + "'";
}

void checkAnswer(Answer answer, bool answered, TextRows expected, const std::string& error,
                 const std::vector<LabOutput>& outputs, const LabOrder& order, Seen& seen) {
  ++seen.pairs;
  if (answered == answer.error.empty() && !answered) {
    ++(answer.refused ? seen.refused : seen.failed);
    return;
  }
  if (answered && isBeyondLimits(answer.error)) {
    ++seen.beyondLimits;
    return;
  }
  BOOST_CHECK_MESSAGE(answered && answer.error.empty(),
                      "facet: " << answer.error << "\nPostgreSQL: " << error);
  if (!answered || !answer.error.empty()) return;
  seen.nonEmpty += expected.empty() ? 0 : 1;
  bool same = answer.rows.size() == expected.size();
  for (size_t r = 0; same && r < expected.size(); ++r) {
    for (const size_t c : order.columns) same = same && answer.rows[r][c] == expected[r][c];
  }
  const std::string difference = describeDifference(answer.rows, expected);
  if (order.total) same = same && sameSequence(answer.rows, expected, outputs);
  if (!order.cut) same = same && sameBag(answer.rows, expected, outputs);
  BOOST_CHECK_MESSAGE(same, difference);
}

uint64_t runRounds(uint64_t otherwise,
                   const std::function<void(Postgres&, uint64_t seed, Seen&)>& checkRound,
                   Seen& seen) {
  Postgres postgres;
  const uint64_t seed = fromEnvironment("FACET_SEED", 1);
  const uint64_t rounds = fromEnvironment("FACET_ROUNDS", otherwise);
  for (uint64_t round = 0; round < rounds; ++round) checkRound(postgres, seed + round, seen);
  BOOST_TEST_MESSAGE(fmt::format(
      "{} comparisons, {} not empty, {} failed in both, {} refused by both, {} beyond facet's "
      "numbers",
      seen.pairs, seen.nonEmpty, seen.failed, seen.refused, seen.beyondLimits));
  return rounds;
}

std::vector<Asked> relationsOf(const LabRound& round,
                               const std::vector<std::unique_ptr<RowSource>>& tables) {
  std::vector<Asked> out;
  for (const auto& table : tables) {
    Asked asked{table.get(), table->relation().name, {}, true, true};
    for (const RelationColumn& column : table->relation().columns) {
      asked.columns.push_back({column.name, typeLetters(column.type)});
    }
    out.push_back(std::move(asked));
  }
  for (uint32_t v = 0; v < round.selects.size(); ++v) {
    if (round.one.errors(v) > 0) continue;
    Asked asked{&round.one.source(v), fmt::format("v{}", v), {}};
    for (size_t c = 0; c < round.selects[v].outputs.size(); ++c) {
      const LabOutput& output = round.selects[v].outputs[c];
      if (output.likeness == Likeness::same) {
        asked.columns.push_back({fmt::format("x{}", c), output.type});
      } else {
        asked.whole = false;
      }
    }
    if (!asked.columns.empty()) out.push_back(std::move(asked));
  }
  return out;
}

}  // namespace facet::test
