// gatehouse-scan RULES: a line of JSON for each line of JSON ({"text", "label", "family"}) on
// standard input: what the message stage finds in the text. tools/fit_weights.py reads it.
//   --compile     prints the rules' automata instead, which the build puts into the binary
//   --check       runs the examples of the rules instead, and prints those that fail
//   --words SIZE  adds the places of the text's words in a word model of that size
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "gatehouse/guard/message_analysis.hpp"
#include "rule_files.hpp"

namespace {

using gatehouse::guard::MessageAnalyzer;

void print_line(const std::string& line) { std::cout << line << '\n'; }

std::string text_of(const boost::json::object& example, std::string_view key) {
  const auto* value = example.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string describe(const boost::json::object& example, MessageAnalyzer& analyzer,
                     std::size_t words) {
  const std::string text = text_of(example, "text");
  const auto findings = analyzer.read(text, gatehouse::guard::MessageOrigin::kPerson);
  boost::json::object features;
  for (const auto& feature : analyzer.features()) {
    auto& group = features[feature.group];
    if (!group.is_object()) group = boost::json::object();
    group.get_object()[feature.name] = feature.value;
  }
  boost::json::object out{{"label", text_of(example, "label")},
                          {"family", text_of(example, "family")},
                          {"confidence", findings.confidence},
                          {"rule", findings.rule},
                          {"features", std::move(features)}};
  if (words > 0) {
    auto& places = out["words"].emplace_array();
    for (const auto place : analyzer.word_places(words)) places.emplace_back(place);
  }
  return boost::json::serialize(out);
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
  std::string line;
  while (std::getline(std::cin, line)) {
    boost::system::error_code error;
    const auto example = boost::json::parse(line, error);
    if (error || !example.is_object()) {
      std::fprintf(stderr, "gatehouse-scan: not an object: %s\n", line.c_str());
      return 1;
    }
    print_line(describe(example.get_object(), **analyzer, words));
  }
  return 0;
}
