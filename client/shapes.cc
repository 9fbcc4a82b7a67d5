// Descriptions of relations and their columns, understood.
#include <kj/debug.h>

#include <charconv>
#include <utility>

#include "client/rows.h"
#include "rpc/column_form.h"

namespace facet {
namespace {

std::string str(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

/// Fields of a struct that facet takes; PostgreSQL's limit for the columns of a composite type.
constexpr unsigned kMaxElementFields = 1'600;

void readElements(wire::Column::Reader from, ColumnShape& to) {
  KJ_REQUIRE(from.getElements().size() <= kMaxElementFields, "the description is wrong");
  auto shape = std::make_shared<StructShape>();
  shape->columns = columnShapes(from.getElements());
  shape->dataWords = from.getElementDataWords();
  shape->pointers = from.getElementPointers();
  std::vector<Composite::Column> columns;
  for (const ColumnShape& field : shape->columns) {
    KJ_REQUIRE(field.type.kind != Kind::array, "a list within the struct of a list",
               to.name.c_str());
    const bool isUnsigned = field.wire == Wire::uint64;
    columns.push_back({field.name, field.type, field.nullable, isUnsigned});
  }
  std::string name = str(from.getType());
  if (name.ends_with("[]")) name.resize(name.size() - 2);
  to.composite = std::make_shared<const Composite>(std::move(name), std::move(columns));
  to.type = Type::arrayOf(Type::of(*to.composite));
  to.elements = std::move(shape);
}

}  // namespace

std::vector<ColumnShape> columnShapes(capnp::List<wire::Column>::Reader columns) {
  std::vector<ColumnShape> out;
  for (const auto from : columns) {
    ColumnShape to;
    to.name = str(from.getName());
    to.field = str(from.getField());
    to.type = typeFromName(str(from.getType()));
    to.wire = formDescribed(from.getWire());
    to.slot = from.getSlot();
    to.nullable = from.getNullable();
    to.nullSlot = from.getNullSlot();
    for (const auto step : from.getPath()) {
      to.path.push_back({step.getSlot(), step.getDataWords(), step.getPointers()});
    }
    for (const auto enumerant : from.getEnumerants()) to.enumerants.push_back(str(enumerant));
    to.element = formDescribed(from.getElement());
    to.hasNullValue = from.getHasNullValue();
    to.nullBits = from.getNullBits();
    to.defaultMask = from.getDefaultBits();
    to.hasDefault = from.getHasDefault();
    if (from.hasNullUnion()) {
      const auto either = from.getNullUnion();
      to.nullUnion = NullUnion{either.getSlot(), either.getNull(), either.getValue()};
    }
    if (from.getElements().size() != 0) readElements(from, to);
    out.push_back(std::move(to));
  }
  return out;
}

RelationShape relationShape(wire::Relation::Reader relation) {
  RelationShape out;
  out.name = str(relation.getName());
  out.kind = relation.getKind();
  const bool hasRows =
      out.kind == wire::Relation::Kind::VIEW || out.kind == wire::Relation::Kind::TABLE;
  out.row.columns = columnShapes(hasRows ? relation.getColumns() : relation.getFields());
  out.row.dataWords = relation.getDataWords();
  out.row.pointers = relation.getPointers();
  out.key.columns = columnShapes(relation.getKey());
  out.key.dataWords = relation.getKeyDataWords();
  out.key.pointers = relation.getKeyPointers();
  out.rowTypeId = relation.getRowTypeId();
  out.source = str(relation.getSource());
  return out;
}

Type typeFromName(std::string_view name) {
  static constexpr std::pair<std::string_view, Kind> kNames[] = {
      {"boolean", Kind::boolean},
      {"smallint", Kind::int16},
      {"integer", Kind::int32},
      {"bigint", Kind::int64},
      {"numeric", Kind::numeric},
      {"real", Kind::float32},
      {"double precision", Kind::float64},
      {"text", Kind::text},
      {"bytea", Kind::bytes},
      {"date", Kind::date},
      {"timestamp without time zone", Kind::timestamp},
      {"timestamp", Kind::timestamp},
      {"timestamp with time zone", Kind::timestamptz},
      {"timestamptz", Kind::timestamptz},
      {"interval", Kind::interval},
  };
  if (name.size() > 2 && name.substr(name.size() - 2) == "[]") {
    return Type::arrayOf(typeFromName(name.substr(0, name.size() - 2)));
  }
  if (const size_t comma = name.find(','); name.substr(0, 8) == "numeric(" && comma != name.npos) {
    int scale = kAnyScale;
    std::from_chars(name.data() + comma + 1, name.data() + name.size(), scale);
    return Type::decimal(static_cast<int16_t>(scale));
  }
  for (const auto& [text, kind] : kNames) {
    if (text == name) return Type::of(kind);
  }
  return Type::of(Kind::text);
}

}  // namespace facet
