#include "toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "nearest_name.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kInvalid, std::move(message));
}

// Lists take arrays of texts, integers whole numbers and so on: what TOML can say is not said in
// quotes.
Result<Value> from_node(const Setting& setting, const toml::node& node) {
  if (setting.is_list()) {
    const auto* array = node.as_array();
    if (array == nullptr) return bad("must be a list in brackets: [\"one\", \"two\"].");
    std::vector<std::string> items;
    for (const auto& item : *array) {
      if (!item.is_string()) return bad("must list texts in quotes only.");
      items.push_back(item.as_string()->get());
    }
    return parse_items(setting, items);
  }
  if (setting.type == Type::kInteger) {
    const auto* number = node.as_integer();
    if (number == nullptr) return bad("must be a whole number without quotes.");
    return parse_value(setting, std::to_string(number->get()));
  }
  if (setting.type == Type::kBoolean) {
    const auto* flag = node.as_boolean();
    if (flag == nullptr) return bad("must be true or false without quotes.");
    return flag->get();
  }
  if (setting.type == Type::kMoney && node.is_integer())
    return parse_value(setting, std::to_string(node.as_integer()->get()));
  if (!node.is_string()) return bad("must be a text in quotes.");
  return parse_given(setting, node.as_string()->get());
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {
    for (const auto& setting : all_settings()) {
      if (setting.is_in_file && setting.status == Status::kBuilt) keys_.push_back(setting.key);
    }
  }

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      // A name with a dot in quotes is not the path it looks like.
      const auto* setting = name.str().contains('.') ? nullptr : find_setting(key);
      if (setting != nullptr && setting->is_in_file) {
        read_setting(*setting, node);
      } else if (node.is_table() && is_section(key)) {
        read_table(*node.as_table(), key + '.');
      } else {
        report_unknown(key, node.source().begin.line);
      }
    }
  }

  // toml++ keeps tables sorted by name; people read from the top.
  FileValues take() {
    std::ranges::sort(problems_, {}, &Found::line);
    for (auto& found : problems_) result_.problems.push_back(std::move(found.problem));
    return std::move(result_);
  }

 private:
  static bool is_section(std::string_view key) {
    return std::ranges::any_of(all_settings(),
                               [&](const Setting& row) { return row.section() == key; });
  }

  void read_setting(const Setting& setting, const toml::node& node) {
    const auto line = node.source().begin.line;
    if (setting.status == Status::kLater) {
      report(setting.key, line, std::string(setting.help) + " is not built yet. Remove the line.");
      return;
    }
    auto value = from_node(setting, node);
    if (value) {
      result_.values.push_back({&setting, std::move(*value), line});
    } else {
      report(setting.key, line, value.error().client_message);
    }
  }

  void report_unknown(const std::string& key, std::uint32_t line) {
    std::string message = "is not a setting.";
    if (const auto nearest = nearest_name(key, keys_); !nearest.empty()) {
      message += " Did you mean " + std::string(nearest) + "?";
    }
    const auto quoted = quote(key);
    report(quoted.substr(1, quoted.size() - 2), line, message);
  }

  void report(std::string_view key, std::uint32_t line, const std::string& message) {
    std::string text = path_ + ":" + std::to_string(line) + ": " + message;
    problems_.push_back({line, {std::string(key), std::move(text), true}});
  }

  struct Found {
    std::uint32_t line = 0;
    Problem problem;
  };

  const std::string path_;
  std::vector<std::string_view> keys_;
  std::vector<Found> problems_;
  FileValues result_;
};

// toml++ quotes what it saw, which may be a piece of a secret: only single characters stay.
std::string without_quotations(std::string_view text) {
  std::string out;
  while (true) {
    const auto open = text.find('\'');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open + 1);
    const auto close = text.find('\'');
    out += close == 1 ? "'" + std::string(text.substr(0, 1)) + "'" : "'...'";
    if (close == std::string_view::npos) return out;
    text.remove_prefix(close + 1);
  }
}

Problem describe(const toml::parse_error& error, const std::string& path) {
  const auto at = error.source().begin;
  const auto description = quote(without_quotations(error.description()));
  return {"config",
          path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
              ": is not valid TOML. " + description.substr(1, description.size() - 2),
          true};
}

}  // namespace

FileValues read_toml(std::string_view text, const std::string& path) {
  try {
    Reader reader(path);
    reader.read_table(toml::parse(text), "");
    return reader.take();
  } catch (const toml::parse_error& error) {
    FileValues result;
    result.problems.push_back(describe(error, path));
    return result;
  }
}

}  // namespace gatehouse::settings
