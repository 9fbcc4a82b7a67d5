// StructList: objects of a JSON list as the text of a command's list of structs. Thread: immutable.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/field_match.h"
#include "cli/json_flat.h"
#include "client/rows.h"
#include "values/text.h"

namespace facet {

class StructList {
 public:
  /// `column` is a list of structs, and outlives this.
  explicit StructList(const ColumnShape& column);

  /// Is asked about keys that are no fields; returns what is wrong with one, empty if nothing is.
  using Unknown = std::function<std::string(const std::string& key)>;

  /// PostgreSQL's text of the array, into `out`. Fields are named as those of a command; one that
  /// an object lacks is NULL, or has the default of the model. Returns what is wrong.
  std::string write(const std::vector<std::vector<JsonCell>>& objects, const Unknown& unknown,
                    std::string& out) const;

 private:
  const ColumnShape& column_;
  FieldMatch match_;
  Texts defaults_;  // by field
};

}  // namespace facet
