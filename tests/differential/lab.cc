#include "tests/differential/lab.h"

#include <fmt/format.h>

namespace facet::test {

namespace {

/// A column that things and readings have: its name in SQL, its field, and its kind of values.
struct Payload {
  const char* column;
  const char* field;  // without the ordinal
  const char* values;
};

constexpr Payload kPayload[] = {
    {"flag", "flag @{} :Bool", "b"},
    {"spare", "spare @{} :Bool $Facet.nullValue(\"true\")", "b?"},
    {"tiny", "tiny @{} :Int8", "tiny"},
    {"small", "small @{} :Int16 $Facet.nullValue(\"-32767\")", "i2?"},
    {"byte", "byte @{} :UInt8 $Facet.nullValue(\"255\")", "byte?"},
    {"word", "word @{} :UInt16", "word"},
    {"whole", "whole @{} :Int32 $Facet.nullValue(\"-2147483647\")", "i4?"},
    {"count", "count @{} :Int32", "few"},
    {"long", "long @{} :UInt32 $Facet.nullValue(\"4294967294\")", "long?"},
    {"big", "big @{} :Int64 $Facet.nullValue(\"-9223372036854775807\")", "i8?"},
    {"huge", "huge @{} :UInt64 $Facet.nullValue(\"18446744073709551614\")", "huge?"},
    {"money", "money @{} :Int64 $Facet.decimal(2)", "money"},
    {"fine", "fine @{} :Int64 $Facet.decimal(6) $Facet.nullValue(\"-0.000007\")", "fine?"},
    {"single", "single @{} :Float32 $Facet.nullValue(\"-7\")", "f4?"},
    {"twofold", "twofold @{} :Float64", "f8"},
    {"odd", "odd @{} :Float64 $Facet.nullValue(\"-7\")", "odd?"},
    {"name", "name @{} :Text", "t?"},
    {"title", "title @{} :Text", "title?"},
    {"digits", "digits @{} :Text", "digits?"},
    {"code", "code @{} :Data", "y?"},
    {"mood", "mood @{} :Mood", "mood"},
    {"due", "due @{} :Int32 $Facet.date $Facet.nullValue(\"1969-12-31\")", "d?"},
    {"made", "made @{} :Int32 $Facet.date", "d"},
    {"seen", "seen @{} :Int64 $Facet.timestamp", "s"},
    {"heard", "heard @{} :Int64 $Facet.timestamp $Facet.nullValue(\"1969-12-31\")", "s?"},
    {"tags", "tags @{} :List(Text)", "tags?"},
    {"marks", "marks @{} :List(Int32)", "marks?"},
};

constexpr const char* kPlace =
    "  area @0 :Text;\n  spot @1 :Int16;\n  label @2 :Text;\n"
    "  rank @3 :Int32 $Facet.nullValue(\"-1\");\n  rate @4 :Float64;\n"
    "  fee @5 :Int64 $Facet.decimal(3);\n  opened @6 :Int64 $Facet.timestamp;\n  open @7 :Bool;\n";

const std::map<std::string, std::string> kPlaceValues = {{"label", "t?"}, {"rank", "few?"},
                                                         {"rate", "f8"},  {"fee", "fee"},
                                                         {"opened", "s"}, {"open", "b"}};

std::string payloadFields(int first) {
  std::string out;
  for (const Payload& payload : kPayload) {
    out += "  " + fmt::format(fmt::runtime(payload.field), first++) + ";\n";
  }
  return out;
}

const std::map<std::string, std::vector<std::string>>& pools() {
  static const std::map<std::string, std::vector<std::string>> kPools = {
      {"b", {"t", "f"}},
      {"tiny", {"-128", "127", "0", "5", "-3"}},
      {"i2", {"-32768", "32767", "0", "1", "-12", "300"}},
      {"byte", {"0", "1", "17", "254"}},
      {"word", {"0", "8", "900", "65535"}},
      {"i4", {"-2147483648", "2147483647", "0", "1", "-5", "70000", "12"}},
      {"few", {"0", "1", "2", "3", "4"}},
      {"long", {"0", "3", "4294967295", "100000"}},
      {"i8", {"-9223372036854775808", "9223372036854775807", "0", "1", "-40", "5000000000", "77"}},
      {"huge", {"0", "9", "18446744073709551615", "12345678901234567890"}},
      {"money", {"0.00", "-0.01", "99999999999999.99", "12.50", "-7.25", "1000.00", "3.10"}},
      {"fine", {"0.000000", "0.000001", "-1.500000", "2.718282", "999999.999999"}},
      {"fee", {"0.000", "0.125", "-3.500", "41.999"}},
      {"f4", {"0", "1.5", "-2.25", "50", "0.125", "64"}},
      {"f8", {"0", "0.1", "-2.5", "123456.789", "1e-7", "3.3333333333333335", "2147483648.5"}},
      {"odd", {"NaN", "Infinity", "-Infinity", "1", "2.5", "0.3"}},
      {"t",
       {"", "a", "ab%c", "A_b", "Zürich", "  x ", "east", "x,y,,z", "a\\b", "\xF0\x9F\x98\x80!"}},
      {"title", {"mr", "MRS", "Dr", "été", "o'neil", "new\nline", "tab\there"}},
      {"digits", {"12", "-3.5", "2024-02-29", "1e3", "true", "no", "2024-13-01", "x", " 7 ", ""}},
      {"y", {"\\x", "\\x00ff", "\\x616263", "\\x5c"}},
      {"mood", {"calm", "busy", "gone"}},
      {"d",
       {"1970-01-01", "2024-02-29", "1999-12-31", "2024-12-30", "0044-03-15 BC", "2023-01-01",
        "5874897-12-31"}},
      {"s",
       {"1970-01-01 00:00:00", "2024-02-29 23:59:59.999999", "1969-12-30 12:00:00.5",
        "2000-01-03 04:05:06", "2024-03-31 02:30:00", "0001-01-01 00:00:00"}},
      {"tags", {"{}", "{a,b}", "{\"x y\",NULL}", "{\"\"}"}},
      {"marks", {"{}", "{1,-2,3}", "{2147483647}"}},
      {"area", {"north", "south", "", "Öst"}},
      {"spot", {"-1", "0", "1", "2"}},
  };
  return kPools;
}

}  // namespace

std::string labModelText() {
  const std::string keys = "  area @1 :Text;\n  spot @2 :Int16;\n";
  const std::string thing = "  thingId @0 :Int32;\n" + keys + payloadFields(3);
  const std::string reading = "  readingId @0 :Int64;\n" + keys +
                              "  thingId @3 :Int32 $Facet.nullValue(\"-1\");\n" + payloadFields(4);
  std::string out = "@0xa3f1c07be2d94586;\nusing Facet = import \"/facet/model.capnp\";\n";
  const auto add = [&](const std::string& name, const std::string& annotation,
                       const std::string& fields) {
    out += fmt::format("struct {} {} {{\n{}}}\n", name, annotation, fields);
  };
  const auto writes = [](const char* table, const char* how) {
    return fmt::format("$Facet.event(writes = [(table = \"{}\", how = {})])", table, how);
  };
  out += "enum Mood { calm @0; busy @1; gone @2; }\n";
  add("Things", "$Facet.table(key = [\"thingId\"])", thing);
  add("Places", "$Facet.table(key = [\"area\", \"spot\"])", kPlace);
  add("Reading", "$Facet.event()", reading);
  add("ThingSet", writes("Things", "upsert"), thing);
  add("ThingGone", writes("Things", "delete"), "  thingId @0 :Int32;\n");
  add("ThingMoved", writes("Things", "update"), "  thingId @0 :Int32;\n" + keys);
  add("PlaceSet", writes("Places", "upsert"), kPlace);
  add("PlaceGone", writes("Places", "delete"), "  area @0 :Text;\n  spot @1 :Int16;\n");
  return out;
}

std::string typeLetters(const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
      return "b";
    case Kind::int16:
      return "i2";
    case Kind::int32:
      return "i4";
    case Kind::int64:
      return "i8";
    case Kind::numeric:
      return "n";
    case Kind::float32:
      return "f4";
    case Kind::float64:
      return "f8";
    case Kind::text:
      return "t";
    case Kind::bytes:
      return "y";
    case Kind::date:
      return "d";
    case Kind::timestamp:
      return "s";
    case Kind::timestamptz:
      return "z";
    case Kind::interval:
      return "v";
    case Kind::array:
      return type.element == Kind::text ? "at" : "ai";
    case Kind::composite:
    case Kind::null:
    case Kind::error:
      break;
  }
  return {};
}

std::vector<LabColumn> labColumns(const std::string& relation, const std::string& alias) {
  static const std::shared_ptr<const Model> model = loadModel({{"lab.capnp", labModelText()}});
  const Relation& found = *model->findRelation(relation);
  std::vector<LabColumn> out;
  for (const RelationColumn& column : found.columns) {
    out.push_back({alias + "." + column.name, typeLetters(column.type)});
  }
  if (found.kind == RelationKind::event) {
    out.push_back({alias + "._position", "i8"});
    out.push_back({alias + "._time", "s"});
  }
  return out;
}

EventText LabEvents::make(const std::string& name, const Values& values) const {
  EventText out;
  for (uint32_t e = 0; e < model_.events().size(); ++e) {
    const EventType& type = model_.events()[e];
    if (type.relation.name != name) continue;
    out.event = e;
    for (const Field& field : type.fields) out.values.push_back(values.at(field.name));
  }
  return out;
}

std::string LabEvents::value(const std::string& type) {
  const bool nullable = type.back() == '?';
  if (nullable && chance(15)) return kNull;
  const auto& pool = pools().at(nullable ? type.substr(0, type.size() - 1) : type);
  return pool[pick(pool.size())];
}

void LabEvents::fill(const std::string& relation, Values& values) {
  values["area"] = value(relation == "reading" ? "area?" : "area");
  values["spot"] = value("spot");
  if (relation == "places") {
    for (const auto& [column, type] : kPlaceValues) values[column] = value(type);
  } else {
    for (const Payload& payload : kPayload) values[payload.column] = value(payload.values);
  }
}

EventText LabEvents::thing() {
  const std::string id = std::to_string(pick(9));
  Values values{{"thing_id", id}};
  fill("things", values);
  if (things_.count(id) > 0 && chance(40)) {
    if (chance(50)) return make("thing_moved", values);
    things_.erase(id);
    return make("thing_gone", values);
  }
  things_.insert(id);
  return make("thing_set", values);
}

EventText LabEvents::place() {
  Values values;
  fill("places", values);
  const std::pair key{values["area"], values["spot"]};
  if (places_.count(key) > 0 && chance(30)) {
    places_.erase(key);
    return make("place_gone", values);
  }
  places_.insert(key);
  return make("place_set", values);
}

std::vector<EventText> LabEvents::chunk(size_t events) {
  std::vector<EventText> out;
  for (size_t i = 0; i < events; ++i) {
    const size_t what = pick(10);
    if (what < 2) {
      out.push_back(thing());
    } else if (what < 4) {
      out.push_back(place());
    } else {
      Values values{{"reading_id", std::to_string(nextReading_++)},
                    {"thing_id", chance(10) ? kNull : std::to_string(pick(10))}};
      fill("reading", values);
      out.push_back(make("reading", values));
    }
  }
  return out;
}

}  // namespace facet::test
