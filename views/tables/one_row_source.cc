#include "views/tables/one_row_source.h"

#include "sql/one_row.h"
#include "values/assert.h"

namespace facet {

namespace {

class OneRowSource final : public RowSource {
 public:
  const Relation& relation() const override { return oneRow(); }
  const RowLayout* keyLayout() const override { return nullptr; }
  uint64_t rows() const override { return 1; }
  Found get(Position, std::string_view key) const override {
    FACET_ASSERT(false, key.size());  // there is no key
    return {};
  }
  Value column(const Version&, uint32_t column, Arena&) const override {
    FACET_ASSERT(false, column);  // there are no columns
    return {};
  }
  uint64_t multiplicity(const Version&) const override { return 1; }

  void scan(Position, Cursor& cursor,
            const std::function<bool(const Version&)>& visit) const override {
    cursor.done = true;
    visit(row_);
  }

  std::vector<Order> orders() const override { return {}; }
  void scanOrdered(Position, size_t order, bool, std::string_view, std::string_view, Cursor&,
                   const std::function<bool(const Version&)>&) const override {
    FACET_ASSERT(false, order);  // there are no orders
  }

 private:
  Version row_{};
};

}  // namespace

const RowSource& oneRowSource() {
  static const OneRowSource kSource;
  return kSource;
}

}  // namespace facet
