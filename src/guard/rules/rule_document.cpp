#include "gatehouse/guard/rule_document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <utility>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

std::unexpected<Error> fault_at(std::string_view file, std::uint32_t line,
                                std::string_view message) {
  std::string text(file);
  text.append(":").append(std::to_string(line)).append(": ").append(message);
  return fail(ErrorCode::kInvalid, std::move(text));
}

bool is_choice(std::string_view choices, std::string_view value) {
  if (choices.empty()) return true;
  const auto known = split(choices, '|');
  return std::ranges::find(known, value) != known.end();
}

const RuleKey* key_of(std::span<const RuleKey> keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &RuleKey::name);
  return found == keys.end() ? nullptr : &*found;
}

std::string joined(std::span<const RuleKey> keys) {
  std::string out;
  for (const auto& key : keys) out.append(out.empty() ? "" : ", ").append(key.name);
  return out;
}

// One file. The first fault ends the reading.
class Reader {
 public:
  Reader(const RuleFile& file, std::span<const RuleForm> forms, const RuleLimits& limits)
      : file_(file.name), forms_(forms), limits_(limits) {}

  Result<std::vector<RuleEntry>> read(const toml::table& document) {
    if (const auto* top = form_of("")) {
      if (auto read = read_entry(document, *top, 1); !read) return std::unexpected(read.error());
    }
    for (const auto& [name, node] : document) {
      const auto line = node.source().begin.line;
      const auto* form = form_of(name.str());
      if (form == nullptr || form->name.empty()) {
        if (is_top_key(name.str())) continue;
        return fault_at(file_, line, unknown(name.str(), {}));
      }
      if (auto read = read_entries(node, *form); !read) return std::unexpected(read.error());
    }
    // toml++ keeps tables sorted by name; people and rules read from the top.
    std::ranges::stable_sort(entries_, {}, &RuleEntry::line);
    return std::move(entries_);
  }

 private:
  const RuleForm* form_of(std::string_view name) const {
    const auto found = std::ranges::find(forms_, name, &RuleForm::name);
    return found == forms_.end() ? nullptr : &*found;
  }
  bool is_top_key(std::string_view name) const {
    const auto* top = form_of("");
    return top != nullptr && key_of(top->keys, name) != nullptr;
  }
  static std::string unknown(std::string_view key, std::span<const RuleKey> keys) {
    std::string text = "'" + std::string(key) + "' is not known here. ";
    if (keys.empty()) return text + "Remove it, or correct its name.";
    return text + "Known are " + joined(keys) + ".";
  }

  Result<void> read_entries(const toml::node& node, const RuleForm& form) {
    const auto* array = node.as_array();
    const std::string header = "[[" + std::string(form.name) + "]]";
    if (array == nullptr || !array->is_homogeneous(toml::node_type::table))
      return fault_at(file_, node.source().begin.line, "Entries begin with " + header + ".");
    for (const auto& item : *array) {
      if (entries_.size() >= limits_.entries)
        return fault_at(file_, item.source().begin.line,
                        "The file holds more than " + std::to_string(limits_.entries) +
                            " entries. Divide it into several.");
      const auto line = item.source().begin.line;
      if (auto read = read_entry(*item.as_table(), form, line); !read)
        return std::unexpected(read.error());
    }
    return {};
  }

  Result<void> read_entry(const toml::table& table, const RuleForm& form, std::uint32_t line) {
    std::vector<RuleEntry::Field> fields;
    for (const auto& [name, node] : table) {
      const auto* key = key_of(form.keys, name.str());
      const auto at = node.source().begin.line;
      if (key == nullptr) {
        if (form.name.empty() && form_of(name.str()) != nullptr) continue;
        return fault_at(file_, at, unknown(name.str(), form.keys));
      }
      auto value = value_of(*key, node);
      if (!value) return std::unexpected(value.error());
      fields.push_back({std::string(name.str()), std::move(*value), at});
    }
    for (const auto& key : form.keys) {
      if (key.is_required && !table.contains(key.name))
        return fault_at(file_, line, "'" + std::string(key.name) + "' is missing. Add it.");
    }
    entries_.emplace_back(file_, std::string(form.name), line, std::move(fields));
    return {};
  }

  Result<RuleEntry::Value> value_of(const RuleKey& key, const toml::node& node) const {
    const auto line = node.source().begin.line;
    const auto wrong = [&](std::string_view what) {
      return fault_at(file_, line, std::string(key.name) + " " + std::string(what));
    };
    switch (key.type) {
      case RuleKeyType::kText:
        if (!node.is_string()) return wrong("must be a text in quotes.");
        return text_of(key, node.as_string()->get(), line);
      case RuleKeyType::kTexts:
        return texts_of(key, node);
      case RuleKeyType::kInteger: {
        if (!node.is_integer()) return wrong("must be a whole number without quotes.");
        const auto number = node.as_integer()->get();
        if (number < key.least || number > key.most)
          return wrong("must be from " + std::to_string(key.least) + " to " +
                       std::to_string(key.most) + ".");
        return number;
      }
      case RuleKeyType::kNumber:
        if (!node.is_number()) return wrong("must be a number without quotes.");
        return node.is_integer() ? static_cast<double>(node.as_integer()->get())
                                 : node.as_floating_point()->get();
      case RuleKeyType::kBoolean:
        if (!node.is_boolean()) return wrong("must be true or false without quotes.");
        return node.as_boolean()->get();
    }
    return wrong("can't be read.");
  }

  Result<RuleEntry::Value> text_of(const RuleKey& key, const std::string& text,
                                   std::uint32_t line) const {
    const std::string name(key.name);
    if (text.empty()) return fault_at(file_, line, name + " must not be empty.");
    if (text.size() > limits_.text_bytes)
      return fault_at(file_, line,
                      name + " is longer than " + std::to_string(limits_.text_bytes) + " bytes.");
    if (!is_choice(key.choices, text))
      return fault_at(file_, line, name + " must be one of " + std::string(key.choices) + ".");
    return text;
  }

  Result<RuleEntry::Value> texts_of(const RuleKey& key, const toml::node& node) const {
    const auto line = node.source().begin.line;
    const std::string name(key.name);
    const auto* array = node.as_array();
    if (array == nullptr)
      return fault_at(file_, line, name + " must be a list in brackets: [\"one\", \"two\"].");
    if (array->size() > limits_.texts)
      return fault_at(file_, line,
                      name + " lists more than " + std::to_string(limits_.texts) + " texts.");
    std::vector<std::string> texts;
    for (const auto& item : *array) {
      const auto at = item.source().begin.line;
      if (!item.is_string()) return fault_at(file_, at, name + " must list texts in quotes only.");
      auto text = text_of(key, item.as_string()->get(), at);
      if (!text) return std::unexpected(text.error());
      texts.push_back(std::get<std::string>(std::move(*text)));
    }
    return texts;
  }

  const std::string file_;
  std::span<const RuleForm> forms_;
  const RuleLimits& limits_;
  std::vector<RuleEntry> entries_;
};

}  // namespace

RuleEntry::RuleEntry(std::string file, std::string form, std::uint32_t line,
                     std::vector<Field> fields)
    : file_(std::move(file)), form_(std::move(form)), line_(line), fields_(std::move(fields)) {}

const RuleEntry::Field* RuleEntry::find(std::string_view key) const {
  const auto found = std::ranges::find(fields_, key, &Field::key);
  return found == fields_.end() ? nullptr : &*found;
}

std::string_view RuleEntry::text(std::string_view key, std::string_view fallback) const {
  const auto* field = find(key);
  const auto* value = field == nullptr ? nullptr : std::get_if<std::string>(&field->value);
  return value == nullptr ? fallback : std::string_view(*value);
}

std::span<const std::string> RuleEntry::texts(std::string_view key) const {
  const auto* field = find(key);
  if (field == nullptr) return {};
  const auto* value = std::get_if<std::vector<std::string>>(&field->value);
  if (value == nullptr) return {};
  return *value;
}

std::int64_t RuleEntry::integer(std::string_view key, std::int64_t fallback) const {
  const auto* field = find(key);
  const auto* value = field == nullptr ? nullptr : std::get_if<std::int64_t>(&field->value);
  return value == nullptr ? fallback : *value;
}

double RuleEntry::number(std::string_view key, double fallback) const {
  const auto* field = find(key);
  const auto* value = field == nullptr ? nullptr : std::get_if<double>(&field->value);
  return value == nullptr ? fallback : *value;
}

bool RuleEntry::flag(std::string_view key, bool fallback) const {
  const auto* field = find(key);
  const auto* value = field == nullptr ? nullptr : std::get_if<bool>(&field->value);
  return value == nullptr ? fallback : *value;
}

std::unexpected<Error> RuleEntry::fault(std::string_view key, std::string_view message) const {
  const auto* field = find(key);
  std::string text(key);
  text.append(key.empty() ? "" : " ").append(message);
  return fault_at(file_, field == nullptr ? line_ : field->line, text);
}

Result<std::vector<RuleEntry>> read_rule_document(const RuleFile& file,
                                                  std::span<const RuleForm> forms,
                                                  const RuleLimits& limits) {
  if (file.text.size() > limits.file_bytes)
    return fault_at(file.name, 1,
                    "The file is larger than " + std::to_string(limits.file_bytes) +
                        " bytes. Divide it into several.");
  try {
    return Reader(file, forms, limits).read(toml::parse(std::string_view(file.text)));
  } catch (const toml::parse_error& error) {
    return fault_at(file.name, error.source().begin.line,
                    "is not valid TOML. " + std::string(error.description()));
  }
}

Result<std::vector<RuleEntry>> read_rule_documents(std::span<const RuleFile> files,
                                                   std::span<const RuleForm> forms,
                                                   const RuleLimits& limits) {
  std::vector<RuleEntry> entries;
  std::map<std::pair<std::string, std::string>, std::string> places;  // of ids, by form
  for (const auto& file : files) {
    auto read = read_rule_document(file, forms, limits);
    if (!read) return read;
    for (auto& entry : *read) {
      if (const auto id = entry.text("id"); !id.empty()) {
        std::string place(entry.file());
        place.append(":").append(std::to_string(entry.line()));
        const auto [known, is_new] =
            places.try_emplace({std::string(entry.form()), std::string(id)}, std::move(place));
        if (!is_new)
          return entry.fault(
              "id", "'" + std::string(id) + "' is taken by " + known->second + ". Choose another.");
      }
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

}  // namespace gatehouse::guard
