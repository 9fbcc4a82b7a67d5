#include "values/json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace facet {

using Value = nlohmann::ordered_json;

void Json::Free::operator()(Value* value) const {
  delete value;
}

template <class T>
Json::Owner Json::make(T&& value) {
  return Owner(new Value(std::forward<T>(value)));
}

Json::Json() : value_(make(nullptr)) {}

Json::Json(double value) : value_(make(value)) {}

Json::Json(std::string_view text) : value_(make(text)) {}

Json::Json(const std::vector<std::string>& texts) : value_(make(texts)) {}

Json::Json(std::initializer_list<Field> fields) : value_(make(Value::object())) {
  for (const Field& field : fields) set(field.name, field.value);
}

Json Json::object() {
  Json out;
  *out.value_ = Value::object();
  return out;
}

Json Json::array() {
  Json out;
  *out.value_ = Value::array();
  return out;
}

Json::Json(const Json& other) : value_(make(*other.value_)) {}
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(Json other) noexcept {
  value_ = std::move(other.value_);
  return *this;
}

void Json::set(const std::string& name, Json value) {
  (*value_)[name] = std::move(*value.value_);
}

void Json::add(Json value) {
  value_->push_back(std::move(*value.value_));
}

size_t Json::size() const {
  return value_->size();
}

std::string Json::dump() const {
  return value_->dump(-1, ' ', false, Value::error_handler_t::replace);
}

void Json::assign(bool value) {
  value_ = make(value);
}

void Json::assign(int64_t value) {
  value_ = make(value);
}

void Json::assign(uint64_t value) {
  value_ = make(value);
}

}  // namespace facet
