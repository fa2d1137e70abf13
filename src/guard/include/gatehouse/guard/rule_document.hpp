// Files of rules: TOML text to entries that know their file and line. What the keys mean is told by
// a table of forms, so every kind of rule is read, bounded and refused in one way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::guard {

// A file as it was read; `name` is for messages ("rules/message/sql.toml").
struct RuleFile {
  std::string name;
  std::string text;
};

enum class RuleKeyType : std::uint8_t { kText, kTexts, kInteger, kNumber, kBoolean };

struct RuleKey {
  std::string_view name;
  RuleKeyType type = RuleKeyType::kText;
  bool is_required = false;
  std::int64_t least = 0;  // of integers
  std::int64_t most = 1000;
  std::string_view choices = {};  // of texts: "mask|cut|replace"; empty: any
};

// One kind of entry: [[rule]], [[concept]]. The form without a name is the top of the file, which
// is one entry and comes first.
struct RuleForm {
  std::string_view name;
  std::span<const RuleKey> keys;
};

struct RuleLimits {
  std::size_t file_bytes = 1024 * 1024;
  std::size_t entries = 4096;      // of one file
  std::size_t texts = 2048;        // of one list
  std::size_t text_bytes = 16384;  // of one text
};

// One [[entry]] of a file. Keys that are not there read as empty, zero, or the fallback.
class RuleEntry {
 public:
  using Value = std::variant<std::string, std::vector<std::string>, std::int64_t, double, bool>;
  struct Field {
    std::string key;
    Value value;
    std::uint32_t line = 0;
  };

  RuleEntry(std::string file, std::string form, std::uint32_t line, std::vector<Field> fields);

  std::string_view file() const { return file_; }
  std::string_view form() const { return form_; }  // "rule"; empty: the top of the file
  std::uint32_t line() const { return line_; }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::string_view text(std::string_view key, std::string_view fallback = {}) const;
  std::span<const std::string> texts(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback = 0) const;
  double number(std::string_view key, double fallback = 0) const;
  bool flag(std::string_view key, bool fallback = false) const;

  // What is wrong with a key of this entry (or with the entry, if `key` is empty), with file and
  // line: "rules/a.toml:12: pattern …". `message` says what to do.
  std::unexpected<Error> fault(std::string_view key, std::string_view message) const;

 private:
  const Field* find(std::string_view key) const;

  std::string file_;
  std::string form_;
  std::uint32_t line_ = 0;
  std::vector<Field> fields_;
};

// The entries of one file, in its order. An unknown or missing key, a wrong type, a value out of
// bounds and bad TOML are errors that name file and line.
Result<std::vector<RuleEntry>> read_rule_document(const RuleFile& file,
                                                  std::span<const RuleForm> forms,
                                                  const RuleLimits& limits = {});

// The same for all files of a folder, in order; `id`s are unique within each form.
Result<std::vector<RuleEntry>> read_rule_documents(std::span<const RuleFile> files,
                                                   std::span<const RuleForm> forms,
                                                   const RuleLimits& limits = {});

}  // namespace gatehouse::guard
