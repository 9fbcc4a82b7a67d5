// A PostgreSQL of the test's own: a private cluster in a temporary folder, on a unix socket,
// started and stopped by the test. The oracle: what a view holds must be what it answers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

struct pg_conn;

namespace facet::test {

/// Rows as text; NULL is kNull.
using TextRows = std::vector<std::vector<std::string>>;
constexpr const char kNull[] = "\\N";

class Postgres {
 public:
  Postgres();
  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  /// Runs statements. Throws std::runtime_error with the server's message.
  void run(const std::string& sql);
  /// Runs a query. Throws like run.
  TextRows query(const std::string& sql);
  /// Whether the query succeeds; `error` gets the message, `names` those of the columns.
  bool tryQuery(const std::string& sql, TextRows& rows, std::string& error,
                std::vector<std::string>* names = nullptr);
  /// COPY into a table; values as text.
  void copy(const std::string& table, const std::string& columns, const TextRows& rows);
  /// COPY of lines of a CSV file, without a header.
  void copyCsv(const std::string& table, const std::string& lines);

 private:
  void copyIn(const std::string& statement, const std::string& text);

  std::filesystem::path folder_;
  pg_conn* connection_ = nullptr;
};

/// Quotes a value for COPY's text format.
std::string copyText(const std::string& value);

}  // namespace facet::test
