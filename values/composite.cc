#include "values/composite.h"

#include <algorithm>

#include "values/assert.h"

namespace facet {
namespace {

constexpr size_t kCountBytes = sizeof(uint16_t);

// On disk: the kinds that a column can have keep their numbers.
static_assert(static_cast<int>(Kind::boolean) == 2 && static_cast<int>(Kind::interval) == 14);

size_t headBytes(size_t columns) {
  return (kCountBytes + columns + 7) / 8 * 8;
}

std::string headOf(const std::vector<Composite::Column>& columns) {
  FACET_ASSERT(!columns.empty() && columns.size() <= UINT16_MAX, columns.size());
  std::string head(headBytes(columns.size()), '\0');
  storeAt(head.data(), 0, static_cast<uint16_t>(columns.size()));
  for (size_t c = 0; c < columns.size(); ++c) {
    const Kind kind = columns[c].type.kind;
    FACET_ASSERT(kind != Kind::array && kind != Kind::composite, columns[c].name);
    head[kCountBytes + c] = static_cast<char>(kind);
  }
  return head;
}

RowLayout layoutOf(const std::vector<Composite::Column>& columns) {
  std::vector<Type> types;
  for (const Composite::Column& column : columns) types.push_back(column.type);
  return RowLayout(std::move(types));
}

}  // namespace

Composite::Composite(std::string name, std::vector<Column> columns)
    : name_(std::move(name)),
      columns_(std::move(columns)),
      layout_(layoutOf(columns_)),
      head_(headOf(columns_)) {}

bool sameComposite(const Composite& a, const Composite& b) {
  return a.name() == b.name() && a.columns() == b.columns();
}

void appendComposite(const Composite& type, std::span<const Value> columns, std::string& out) {
  FACET_ASSERT(columns.size() == type.columns().size(), columns.size(), type.columns().size());
  RowBuilder builder;
  builder.start(type.layout());
  for (size_t c = 0; c < columns.size(); ++c) builder.set(c, columns[c]);
  out.append(type.head()).append(builder.finish().bytes());
}

bool isValidComposite(const Composite& type, std::string_view bytes) {
  if (!bytes.starts_with(type.head())) return false;
  bytes.remove_prefix(type.head().size());
  // All columns are there: a shorter row would be another form of the same value.
  return isValidRow(type.layout(), bytes) && Row(bytes.data()).words() == type.layout().words();
}

CompositeColumns::CompositeColumns(const Value& composite) {
  FACET_ASSERT(composite.kind() == Kind::composite, static_cast<int>(composite.kind()));
  const char* bytes = composite.asText().data();
  uint16_t columns;
  std::memcpy(&columns, bytes, sizeof(columns));
  kinds_ = {bytes + kCountBytes, columns};
  row_ = Row(bytes + headBytes(columns));
}

Value CompositeColumns::next() {
  const Kind kind = static_cast<Kind>(kinds_.front());
  kinds_.remove_prefix(1);
  return row_.get(walk_.next(kind));
}

}  // namespace facet
