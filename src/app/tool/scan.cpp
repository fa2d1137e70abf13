// gatehouse-scan RULES: a line of JSON for each line of JSON ({"text", "label", "family"}) on
// standard input: what the message stage finds in the text. tools/fit_weights.py reads it.
//   --compile     prints the rules' automata instead, which the build puts into the binary
//   --check       runs the examples of the rules instead, and prints those that fail
//   --words SIZE  adds the places of the text's words in a word model of that size
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/guard/message_analysis.hpp"
#include "rule_files.hpp"

namespace {

using gatehouse::codec::JsonValue;
using gatehouse::guard::MessageAnalyzer;

void print_line(const std::string& line) { std::cout << line << '\n'; }

std::string describe(const JsonValue& example, MessageAnalyzer& analyzer, std::size_t words) {
  const auto findings =
      analyzer.read(example["text"].string_or_empty(), gatehouse::guard::MessageOrigin::kPerson);
  std::string out;
  gatehouse::JsonWriter json(out);
  json.begin_object()
      .member("label", example["label"].string_or_empty())
      .member("family", example["family"].string_or_empty())
      .member("confidence", std::uint64_t{findings.confidence})
      .member("rule", findings.rule)
      .key("features")
      .begin_object();
  std::string_view group;  // features come group by group
  for (const auto& feature : analyzer.features()) {
    if (feature.group != group) {
      if (!group.empty()) json.end_object();
      group = feature.group;
      json.key(group).begin_object();
    }
    json.key(feature.name).number(double{feature.value});
  }
  if (!group.empty()) json.end_object();
  json.end_object();
  if (words > 0) {
    json.key("words").begin_array();
    for (const auto place : analyzer.word_places(words)) json.number(std::uint64_t{place});
    json.end_array();
  }
  json.end_object();
  return out;
}

int check_examples(const std::shared_ptr<const gatehouse::guard::MessageRules>& rules) {
  const auto failing = gatehouse::guard::failing_examples(rules);
  for (const auto& line : failing) print_line(line);
  return failing.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  bool checks = false;
  bool compiles = false;
  std::size_t words = 0;
  std::string folder;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--check") {
      checks = true;
    } else if (argument == "--compile") {
      compiles = true;
    } else if (argument == "--words" && i + 1 < argc) {
      const char* const number = argv[++i];
      std::from_chars(number, number + std::strlen(number), words);
    } else {
      folder = argument;
    }
  }
  const auto files = gatehouse::app::read_rule_folder(folder);
  if (compiles && files) {
    const auto ready = gatehouse::guard::MessageRules::compile_ahead(*files);
    if (ready) std::cout << *ready;
    if (!ready) std::fprintf(stderr, "gatehouse-scan: %s\n", ready.error().client_message.c_str());
    return ready ? 0 : 1;
  }
  auto rules =
      files ? gatehouse::guard::MessageRules::compile(*files) : std::unexpected(files.error());
  auto analyzer = rules ? MessageAnalyzer::make(*rules) : std::unexpected(rules.error());
  if (!analyzer) {
    std::fprintf(stderr, "gatehouse-scan: %s\n", analyzer.error().client_message.c_str());
    return 1;
  }
  if (checks) return check_examples(*rules);
  gatehouse::codec::JsonReader reader;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto example = reader.read(line);
    if (!example || !example->is_object()) {
      std::fprintf(stderr, "gatehouse-scan: not an object: %s\n", line.c_str());
      return 1;
    }
    print_line(describe(*example, **analyzer, words));
  }
  return 0;
}
