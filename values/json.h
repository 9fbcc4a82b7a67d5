// Json: a JSON value that is made and printed. It is nlohmann's ordered_json, whose header takes
// seconds of each source that includes it; this one takes none. Thread: its owner's.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace facet {

class Json {
 public:
  struct Field;

  Json();  // null
  Json(std::nullptr_t) : Json() {}
  template <std::integral T>
  Json(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      assign(value);
    } else if constexpr (std::is_signed_v<T>) {
      assign(static_cast<int64_t>(value));
    } else {
      assign(static_cast<uint64_t>(value));
    }
  }
  Json(double value);
  Json(std::string_view text);
  Json(const char* text) : Json(std::string_view(text)) {}
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const std::vector<std::string>& texts);
  /// An object.
  Json(std::initializer_list<Field> fields);
  static Json object();
  static Json array();

  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(Json other) noexcept;
  ~Json() = default;

  /// Of an object; in the place of one that has that name.
  void set(const std::string& name, Json value);
  /// Of an array.
  void add(Json value);
  /// Fields or elements.
  size_t size() const;
  bool empty() const { return size() == 0; }

  /// On one line. Text that is not UTF-8 comes with U+FFFD.
  std::string dump() const;

 private:
  void assign(bool value);
  void assign(int64_t value);
  void assign(uint64_t value);

  struct Free {
    void operator()(nlohmann::ordered_json* value) const;
  };
  using Owner = std::unique_ptr<nlohmann::ordered_json, Free>;
  template <class T>
  static Owner make(T&& value);

  Owner value_;  // always there, but in a moved-from Json
};

struct Json::Field {
  std::string name;
  Json value;
};

}  // namespace facet
