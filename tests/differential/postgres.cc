#include "tests/differential/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace facet::test {

namespace {

/// The newest installed server's programs.
std::string programs() {
  std::filesystem::path best;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    if (std::filesystem::exists(entry.path() / "bin/initdb") && entry.path() > best) {
      best = entry.path();
    }
  }
  if (best.empty()) throw std::runtime_error("PostgreSQL is not installed: run ./dev setup");
  return (best / "bin").string();
}

/// PostgreSQL refuses to run as root.
std::string asUser() {
  return geteuid() == 0 ? "runuser -u postgres -- " : "";
}

void shell(const std::string& command) {
  if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

}  // namespace

Postgres::Postgres() {
  char folder[] = "/tmp/facet-pg-XXXXXX";
  if (mkdtemp(folder) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = folder;
  chmod(folder, 0777);
  const std::string data = (folder_ / "data").string();
  shell(fmt::format("{}{}/initdb -D {} -E UTF8 --locale=C -A trust -U facet --no-sync", asUser(),
                    programs(), data));
  shell(
      fmt::format("{}{}/pg_ctl -D {} -w -l {}/log -o \"-k {} -c listen_addresses='' -c fsync=off "
                  "-c timezone=UTC -c full_page_writes=off -c autovacuum=off\" start",
                  asUser(), programs(), data, folder, folder));
  connection_ = PQconnectdb(fmt::format("host={} user=facet dbname=postgres", folder).c_str());
  if (PQstatus(connection_) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(connection_));
  }
  run("SET client_min_messages = error; SET extra_float_digits = 1");
}

Postgres::~Postgres() {
  PQfinish(connection_);
  const std::string stop = fmt::format("{}{}/pg_ctl -D {}/data -m immediate stop >/dev/null 2>&1",
                                       asUser(), programs(), folder_.string());
  if (std::system(stop.c_str()) == 0) std::filesystem::remove_all(folder_);
}

void Postgres::run(const std::string& sql) {
  const Result result(PQexec(connection_, sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(fmt::format("{}in: {}", PQresultErrorMessage(result.get()), sql));
  }
}

bool Postgres::tryQuery(const std::string& sql, TextRows& rows, std::string& error,
                        std::vector<std::string>* names) {
  const Result result(PQexec(connection_, sql.c_str()));
  rows.clear();
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    error = PQresultErrorMessage(result.get());
    return false;
  }
  for (int c = 0; names != nullptr && c < PQnfields(result.get()); ++c) {
    names->emplace_back(PQfname(result.get(), c));
  }
  for (int r = 0; r < PQntuples(result.get()); ++r) {
    std::vector<std::string>& row = rows.emplace_back();
    for (int c = 0; c < PQnfields(result.get()); ++c) {
      row.emplace_back(PQgetisnull(result.get(), r, c) ? kNull : PQgetvalue(result.get(), r, c));
    }
  }
  return true;
}

TextRows Postgres::query(const std::string& sql) {
  TextRows rows;
  std::string error;
  if (!tryQuery(sql, rows, error)) throw std::runtime_error(fmt::format("{}in: {}", error, sql));
  return rows;
}

std::string copyText(const std::string& value) {
  if (value == kNull) return value;
  std::string out;
  for (const char c : value) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void Postgres::copy(const std::string& table, const std::string& columns, const TextRows& rows) {
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : "\t") + copyText(row[i]);
    text += '\n';
  }
  copyIn(fmt::format("COPY {} ({}) FROM STDIN", table, columns), text);
}

void Postgres::copyCsv(const std::string& table, const std::string& lines) {
  copyIn(fmt::format("COPY {} FROM STDIN (FORMAT csv)", table), lines);
}

void Postgres::copyIn(const std::string& statement, const std::string& text) {
  const Result begin(PQexec(connection_, statement.c_str()));
  if (PQresultStatus(begin.get()) != PGRES_COPY_IN) {
    throw std::runtime_error(PQresultErrorMessage(begin.get()));
  }
  PQputCopyData(connection_, text.data(), static_cast<int>(text.size()));
  PQputCopyEnd(connection_, nullptr);
  while (PGresult* raw = PQgetResult(connection_)) {
    const Result end(raw);
    if (PQresultStatus(raw) != PGRES_COMMAND_OK)
      throw std::runtime_error(PQresultErrorMessage(raw));
  }
}

}  // namespace facet::test
