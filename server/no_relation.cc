#include "server/no_relation.h"

#include "views/tables/one_row_source.h"

namespace facet {
namespace {

class NoRelation final : public LiveRelation {
 public:
  using LiveRelation::source;
  const RowSource& source(Position) const override { return oneRowSource(); }
  Position cut(Cuts::Pin& pin, std::string*) const override { return pin.position(); }
  bool degraded() const override { return false; }
  const ViewType* view() const override { return nullptr; }
  const TableType* table() const override { return nullptr; }
  uint32_t index() const override { return 0; }
};

}  // namespace

const LiveRelation& noRelation() {
  static const NoRelation kNoRelation;
  return kNoRelation;
}

}  // namespace facet
