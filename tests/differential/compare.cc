#include "tests/differential/compare.h"

#include <algorithm>
#include <cmath>

namespace facet::test {

namespace {

/// Of the sum of magnitudes; and what a single rounding of the result takes.
constexpr double kTolerance = 1e-12;

bool isNearby(const std::string& a, const std::string& b, const std::string& magnitude) {
  if (a == b) return true;
  if (a == kNull || b == kNull) return false;
  const double x = std::stod(a);
  const double y = std::stod(b);
  return std::fabs(x - y) <= kTolerance * std::stod(magnitude);
}

/// Rows in an order that does not depend on the last digits of nearby columns: by the others first.
void sortRows(TextRows& rows, const std::vector<LabOutput>& outputs) {
  std::vector<size_t> nearby;
  for (size_t c = 0; c < outputs.size(); ++c) {
    if (outputs[c].likeness == Likeness::nearby) nearby.push_back(c);
  }
  const auto less = [&](const auto& a, const auto& b) {
    for (size_t c = 0; c < outputs.size(); ++c) {
      if (outputs[c].likeness != Likeness::nearby && a[c] != b[c]) return a[c] < b[c];
    }
    for (const size_t c : nearby) {
      if (a[c] == b[c]) continue;
      if (a[c] == kNull || b[c] == kNull) return a[c] == kNull;
      if (a[c] == "NaN" || b[c] == "NaN") return a[c] == "NaN";
      return std::stod(a[c]) < std::stod(b[c]);
    }
    return false;
  };
  std::sort(rows.begin(), rows.end(), less);
}

}  // namespace

std::string plainNumber(const std::string& number) {
  if (number.find_first_of("eEINn\\") != std::string::npos) return number;
  std::string out = number;
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

bool sameBag(TextRows& facet, TextRows& postgres, const std::vector<LabOutput>& outputs) {
  if (facet.size() != postgres.size()) return false;
  for (TextRows* rows : {&facet, &postgres}) {
    for (auto& row : *rows) {
      for (size_t c = 0; c < outputs.size(); ++c) {
        if (outputs[c].likeness == Likeness::value) row[c] = plainNumber(row[c]);
      }
    }
    sortRows(*rows, outputs);
  }
  for (size_t r = 0; r < facet.size(); ++r) {
    size_t magnitude = outputs.size();
    for (size_t c = 0; c < outputs.size(); ++c) {
      const std::string& a = facet[r][c];
      const std::string& b = postgres[r][c];
      const bool nearby = outputs[c].likeness == Likeness::nearby;
      if (nearby ? !isNearby(a, b, postgres[r][magnitude++]) : a != b) return false;
    }
  }
  return true;
}

}  // namespace facet::test
