#include "views/tables/row_digest.h"

namespace facet {

uint128 digestOfRows(const RowSource& source, Position at) {
  std::vector<Type> types;
  for (const RelationColumn& column : source.relation().columns) types.push_back(column.type);
  const RowLayout layout(types);
  RowBuilder builder;
  Arena arena;
  uint128 sum = 0;
  RowSource::Cursor cursor;
  source.scan(at, cursor, [&](const Version& row) {
    builder.start(layout);
    for (uint32_t i = 0; i < types.size(); ++i) builder.set(i, source.column(row, i, arena));
    sum += hashRow128(builder.finish().bytes()) * source.multiplicity(row);
    arena.reset();
    return true;
  });
  return sum;
}

}  // namespace facet
