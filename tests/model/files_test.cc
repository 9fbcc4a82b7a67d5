// Folders, files and what Cap'n Proto's parser says about them.
#include <filesystem>
#include <fstream>

#include "model/limits.h"
#include "tests/model/vocabulary.h"

using namespace facet;
using namespace facet::test;

namespace {

const std::string kCommand = "struct C $Facet.command() { a @0 :Text; }";

std::string problemOfFile(const std::string& content) {
  return problemsOf({{"a.capnp", content}});
}

std::string problemOfFolder(const TemporaryFolder& folder) {
  try {
    loadModel(folder.path());
    return {};
  } catch (const ModelError& error) {
    return error.what();
  }
}

std::string namesOf(const std::vector<ModelFile>& files) {
  std::string names;
  for (const ModelFile& file : files) names += file.name + " ";
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(byte_order_marks_are_passed_over) {
  const TemporaryFolder folder;
  const auto write = [&folder](const std::string& name, const std::string& content) {
    std::ofstream(folder.path() / name, std::ios::binary) << "\xef\xbb\xbf" << content;
  };
  write("a.capnp", capnpFile("struct E $Facet.event() { a @0 :Text; }"));
  write("v.sql", "CREATE MATERIALIZED VIEW v AS SELECT a FROM e;");
  BOOST_TEST(loadModel(folder.path())->views().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_model_is_refused) {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  BOOST_TEST(problemOfFolder(folder) == "there is no .capnp and no .sql file in " + path);
  folder.write("views.sql", "");
  BOOST_TEST(problemOfFolder(folder) ==
             "the model has no .capnp file\n  declare its tables, events and commands in one");
  std::filesystem::remove_all(path);
  BOOST_TEST(problemOfFolder(folder) ==
             "the folder " + path + " cannot be read: No such file or directory");
}

BOOST_AUTO_TEST_CASE(only_the_folders_own_files_and_what_they_import_are_read) {
  const TemporaryFolder folder;
  folder.write("a.capnp", capnpFile("using T = import \"types/t.capnp\";\n"
                                    "struct C $Facet.command() { t @0 :T.T; }"));
  folder.write("types/t.capnp",
               "@0xd2a49c31e07b6f16; using U = import \"u.capnp\"; struct T { u @0 :U.U; }");
  folder.write("types/u.capnp", "@0xd2a49c31e07b6f17; struct U { x @0 :Int32; }");
  folder.write("types/unused.capnp", "nonsense");
  folder.write(".hidden.capnp", "nonsense");
  folder.write("notes.txt", "nonsense");
  folder.write("views.sql", "");
  BOOST_TEST(namesOf(readModelFiles(folder.path())) ==
             "a.capnp types/t.capnp types/u.capnp views.sql ");
  const ModelPtr model = loadModel(folder.path());
  BOOST_TEST(model->commands().at(0).fields.at(0).name == "t_u_x");
}

BOOST_AUTO_TEST_CASE(annotations_in_imported_files_count) {
  const ModelPtr model = loadModel(std::vector<ModelFile>{
      {"a.capnp",
       capnpFile(
           "using B = import \"b.capnp\"; using S = import \"s/s.capnp\";\n"
           "struct C $Facet.command(emits = [(event = \"E\")]) { day @0 :B.Day; more @1 :S.Day; }\n"
           "struct E $Facet.event() { day @0 :B.Day; more @1 :S.Day; }")},
      {"b.capnp",
       "@0xd2a49c31e07b6f16; using Facet = import \"/facet/model.capnp\";"
       "struct Day { it @0 :Int32 $Facet.date; }\n"
       "struct F $Facet.event() { day @0 :Day; }"},
      {"s/s.capnp",
       "@0xd2a49c31e07b6f17; using Facet = import \"/facet/model.capnp\";"
       "struct Day { it @0 :Int64 $Facet.timestamp $Facet.nullValue(\"2000-01-01\"); }"}});
  BOOST_TEST(model->events().size() == 2U);
  for (const EventType& event : model->events())
    BOOST_TEST(typeName(event.fields.at(0).type) == "date");
  const Field& more = model->commands().at(0).fields.at(1);
  BOOST_TEST(typeName(more.type) == "timestamp without time zone");
  BOOST_TEST(more.nullable);
}

BOOST_AUTO_TEST_CASE(files_may_import_each_other) {
  BOOST_TEST(
      problemsOf(
          {{"a.capnp",
            capnpFile("using B = import \"b.capnp\"; struct C $Facet.command() { b @0 :B.B; }")},
           {"b.capnp",
            "@0xd2a49c31e07b6f16; using A = import \"a.capnp\";"
            "struct B { x @0 :Int32; } struct D { c @0 :A.C; }"}}) == "");
}

BOOST_AUTO_TEST_CASE(imports_stay_within_the_folder) {
  const std::string advice =
      "\n  imports are looked for in the model's folder; only /facet/model.capnp and "
      "/capnp/c++.capnp come with facet";
  BOOST_TEST(problemOfFile(capnpFile(
                 "using X = import \"../x.capnp\"; struct C $Facet.command() { a @0 :X.X; }")) ==
             "a.capnp:3:18: Import failed: ../x.capnp" + advice + "\na.capnp:3:66: Not defined: X");
  BOOST_TEST(
      problemOfFile(capnpFile(
          "using X = import \"/capnp/schema.capnp\"; struct C $Facet.command() { a @0 :X.X; }")) ==
      "a.capnp:3:18: Import failed: /capnp/schema.capnp" + advice +
          "\na.capnp:3:75: Not defined: X");
  const TemporaryFolder folder;
  folder.write("m/a.capnp", capnpFile("const x :Data = embed \"../secret\";\n" + kCommand));
  folder.write("secret", "secret");
  BOOST_TEST(namesOf(readModelFiles(folder.path() / "m")) == "a.capnp ");
}

BOOST_AUTO_TEST_CASE(what_the_parser_refuses_has_its_place) {
  BOOST_TEST(
      problemOfFile("struct A { a @0 :Text; }")
          .starts_with(
              "a.capnp:1:1: the file has no id\n  add this line at the top of the file: @0x"));
  BOOST_TEST(problemOfFile(capnpFile("struct A { a @0 :Txt; }")) ==
             "a.capnp:3:18: Not defined: Txt\n  did you mean \"Text\"?");
  BOOST_TEST(problemOfFile(capnpFile("struct A { a @0 Text; }"))
                 .starts_with("a.capnp:3:21: Parse error.\n  look before this place"));
  BOOST_TEST(problemOfFile(capnpFile("struct A $Facet.tabel(key = []) { a @0 :Text; }"))
                 .starts_with("a.capnp:3:17: 'Facet' has no member named 'tabel'\n  there are "));
  BOOST_TEST(problemOfFile(capnpFile("struct A $Facet.table(keys = []) { a @0 :Text; }"))
                 .starts_with("a.capnp:3:23: "));
  BOOST_TEST(
      problemOfFile(capnpFile("struct A $Facet.table { a @0 :Text; }")).starts_with("a.capnp:3:"));
  BOOST_TEST(
      problemOfFile(capnpFile("struct A { a @0 :Text; b @0 :Text; }")).starts_with("a.capnp:3:"));
  BOOST_TEST(problemsOf({{"a.capnp", capnpFile(kCommand)}, {"b.capnp", capnpFile(kCommand)}})
                 .find("b.capnp") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(columns_count_characters) {
  BOOST_TEST(problemOfFile("@0xd2a49c31e07b6f15; const x :Text = \"öäü\"; const y :Txt = 1;") ==
             "a.capnp:1:54: Not defined: Txt\n  did you mean \"Text\"?");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_text_are_refused) {
  BOOST_TEST(problemOfFile(std::string("@0x\0", 4)) ==
             "a.capnp: the file is not UTF-8 text, or has zero bytes in it");
  BOOST_TEST(problemOfFile("# \xff") ==
             "a.capnp: the file is not UTF-8 text, or has zero bytes in it");
  BOOST_TEST(problemOfFile("\x7f\x45LF\x02\x01").starts_with("a.capnp:1:1: "));
  BOOST_TEST(problemOfFile("").starts_with("a.capnp:1:1: the file has no id"));
  BOOST_TEST(problemOfFile("@0xd2a49c31e07b6f15;") ==
             "no struct of the model is a table, an event or a command\n"
             "  annotate some: $Facet.table(…), $Facet.event(…), $Facet.command(…)");
}

BOOST_AUTO_TEST_CASE(files_have_limits) {
  const std::string comment = "# " + std::string(kMaxModelFileBytes, 'x') + "\n";
  BOOST_TEST(problemOfFile(comment + capnpFile(kCommand)) ==
             "a.capnp: the file is longer than 1048576 bytes\n  split it");
  std::vector<ModelFile> files = {{"a.capnp", capnpFile(kCommand)}};
  for (int i = 0; i < 256; ++i) files.push_back({std::to_string(i) + ".sql", ""});
  BOOST_TEST(problemsOf(files) == "the model has more than 256 files");
  const TemporaryFolder folder;
  folder.write("a.capnp/x", "");
  BOOST_TEST(problemOfFolder(folder) == "a.capnp: it is not a regular file");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_before_the_parser_sees_it) {
  const std::string deep(100'000, '(');
  BOOST_TEST(problemOfFile("@0xd2a49c31e07b6f15;\nconst x :Int32 = " + deep) ==
             "a.capnp:2:82: more than 64 levels of brackets");
  std::string chain = "A";
  for (int i = 0; i < 100'000; ++i) chain += ".A";
  BOOST_TEST(problemOfFile("@0xd2a49c31e07b6f15;\nusing X = " + chain + ";")
                 .find("more than 64 names in a chain") != std::string::npos);
  BOOST_TEST(problemOfFile(capnpFile("# " + deep + "\nconst x :Text = \"" + deep + "\";\n" +
                                     kCommand)) == "");
}

BOOST_AUTO_TEST_CASE(a_file_of_errors_gives_the_first_hundred) {
  std::string fields;
  for (int i = 0; i < 2'000; ++i)
    fields += "const c" + std::to_string(i) + " :Nope" + std::to_string(i) + " = 1;\n";
  try {
    loadModel(std::vector<ModelFile>{{"a.capnp", capnpFile(fields)}});
    BOOST_FAIL("it has no type Nope");
  } catch (const ModelError& error) {
    BOOST_TEST(error.problems().size() == 100U);
  }
}

BOOST_AUTO_TEST_CASE(random_damage_is_never_more_than_an_error) {
  const std::string text = shopFiles().front().content;
  uint64_t seed = 1;
  for (int round = 0; round < 400; ++round) {
    std::string damaged = text;
    for (int i = 0; i < 3; ++i) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      const size_t at = (seed >> 33) % damaged.size();
      if ((seed & 64) != 0) {
        damaged.erase(at, 1 + (seed >> 20) % 5);
      } else {
        damaged[at] = static_cast<char>(seed >> 40);
      }
    }
    const std::string problems = problemOfFile(damaged);
    BOOST_TEST(problems.find("a.capnp") == (problems.empty() ? std::string::npos : 0U));
  }
}

BOOST_AUTO_TEST_SUITE_END()
