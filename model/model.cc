#include "model/model.h"

#include <algorithm>

#include "model/codec.h"

namespace facet {

Model::Model() = default;
Model::~Model() = default;

const CommandType* Model::findCommand(std::string_view structName) const {
  const auto found = commandByName_.find(structName);
  return found == commandByName_.end() ? nullptr : &commands_[found->second];
}

const ViewType* Model::findView(std::string_view sqlName) const {
  const Relation* relation = findRelation(sqlName);
  return relation != nullptr && relation->kind == RelationKind::view ? &views_[relation->index]
                                                                     : nullptr;
}

const TableType* Model::findTable(std::string_view sqlName) const {
  const Relation* relation = findRelation(sqlName);
  return relation != nullptr && relation->kind == RelationKind::table ? &tables_[relation->index]
                                                                      : nullptr;
}

const Relation* Model::findRelation(std::string_view name) const {
  const auto found = relationByName_.find(name);
  return found == relationByName_.end() ? nullptr : found->second;
}

std::vector<std::string_view> Model::relationNames() const {
  std::vector<std::string_view> names;
  for (const auto& [name, relation] : relationByName_) names.push_back(name);
  return names;
}

}  // namespace facet
